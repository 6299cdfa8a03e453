import type { Context } from '../../functions/app/ports.ts';
import type { Instant, Milliseconds } from '../../functions/core/time.ts';
import { describe } from './describe.ts';
import { Heap } from './heap.ts';

/** What befalls one call of a port. The second half of the names says whether the call took place. */
export type Fault = 'crash-before' | 'crash-after' | 'error-before' | 'error-after' | 'slow';

/** What the use-cases need of the world, but for time, chance and the log. */
export type Ports = Omit<
  Context,
  'now' | 'pause' | 'random' | 'log' | 'metrics' | 'secrets' | 'publicUrl' | 'jobSources'
>;

/** A line of the story of a run. */
export interface Line {
  at: Instant;
  task: string;
  what: string;
}

/** A fault, and the call of which task it befell. */
export interface Befallen {
  at: Instant;
  task: string;
  /** The task with its number: two may have one name. */
  caller: string;
  call: string;
  fault: Fault;
}

/** How a task ended; a crash is only noticed by its silence. */
export type End<T> = { is: 'done'; value: T } | { is: 'failed'; error: unknown } | { is: 'crashed' };

export interface MachineOptions {
  /** Numbers from 0 up to but without 1. */
  dice: () => number;
  /** Called for every call of a port; undefined lets it pass. */
  fault: () => Fault | undefined;
  /** The rest of the context. */
  rest: Omit<Context, 'now' | 'pause' | 'random'>;
  now: Instant;
  /** More calls than this are a loop without end. */
  mostCalls: number;
  trace?: ((line: Line) => void) | undefined;
}

interface Task {
  name: string;
  number: number;
  skew: Milliseconds;
  dead: boolean;
  faults: number;
  end: (end: End<unknown>) => void;
}

interface Waiting {
  task: Task;
  port: string;
  method: string;
  args: unknown[];
  call: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  delayed: boolean;
}

/** A fault that the caller sees. */
export class Injected extends Error {
  override name = 'Injected';
}

/**
 * Runs tasks that call ports, one call of one task at a time, on a virtual clock. Which of the waiting calls goes first
 * is the dice's choice, so that every interleaving of concurrent tasks can come up, and comes up again from its seed.
 */
export class Machine {
  now: Instant;
  /** The task whose call is being made, with its number. */
  caller = '';
  #spawned = 0;
  readonly counts: Record<string, number> = {};
  readonly befallen: Befallen[] = [];
  readonly #options: MachineOptions;
  #prototypes: [name: string, prototype: object][] = [];
  readonly #timers = new Heap<{ at: Instant; act: () => void }>();
  #waiting: Waiting[] = [];
  /** Whether a task may have gone on since it was last waited for. */
  #stirred = true;
  readonly #running = new Map<Task, Instant>();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.now = options.now;
  }

  /** The ports whose calls tasks make. */
  serve(ports: Ports): void {
    this.#prototypes = Object.entries(ports).map(([name, port]) => [name, this.#prototype(name, port)]);
  }

  /** Does something at an instant that lies ahead, or as soon as it can. */
  at(instant: Instant, act: () => void): void {
    this.#timers.push({ at: Math.max(instant, this.now), act });
  }

  /** Starts a task with a context of its own, whose clock is a little off. */
  spawn<T>(name: string, work: (ctx: Context) => Promise<T>, end: (end: End<T>) => void, skew = 0): void {
    const task: Task = {
      name,
      number: ++this.#spawned,
      skew,
      dead: false,
      faults: 0,
      end: end as Task['end'],
    };
    this.#running.set(task, this.now);
    this.tell(name, 'begins');
    this.#stirred = true;
    const settled = (result: End<unknown>) => {
      if (!task.dead) this.#finish(task, result);
    };
    void work(this.#contextOf(task)).then(
      (value) => {
        settled({ is: 'done', value });
      },
      (error: unknown) => {
        settled({ is: 'failed', error });
      },
    );
  }

  /** Lets time pass up to and including the instant, until nothing that can be done now is left. */
  async run(until: Instant): Promise<void> {
    for (;;) {
      if ((this.counts['calls'] ?? 0) > this.#options.mostCalls) throw new Error('it does not come to rest');
      if (this.#stirred) await turn();
      this.#stirred = false;
      if (this.#waiting.length > 0) {
        await this.#release();
        continue;
      }
      const next = this.#timers.peek();
      if (!next || next.at > until) break;
      this.now = Math.max(this.now, next.at);
      this.#timers.pop()?.act();
    }
    this.now = until;
  }

  /** Names of the tasks that began before an instant and have not ended. */
  runningSince(before: Instant): string[] {
    return [...this.#running].filter(([, began]) => began < before).map(([{ name }]) => name);
  }

  /** Something that happened, for the story. */
  tell(task: string, what: string): void {
    this.#options.trace?.({ at: this.now, task, what });
  }

  /** Counts something that went wrong on purpose. */
  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #finish(task: Task, end: End<unknown>): void {
    task.dead = true;
    this.#running.delete(task);
    if (end.is !== 'done') {
      const why = end.is === 'failed' ? `: ${String(end.error)}` : '';
      this.tell(task.name, `${end.is}${why}`);
    }
    task.end(end);
  }

  async #release(): Promise<void> {
    this.#stirred = true;
    const index = Math.floor(this.#options.dice() * this.#waiting.length);
    const last = this.#waiting.length - 1;
    const one = this.#waiting[index];
    const end = this.#waiting.pop();
    if (index < last && end) this.#waiting[index] = end;
    if (!one || one.task.dead) return;
    const { task, port, method } = one;
    const fault = one.delayed ? undefined : this.#options.fault();
    if (fault) this.#note(task, fault, `${port}.${method}`);
    if (fault === 'slow') {
      const back = { ...one, delayed: true };
      this.at(this.now + Math.floor(this.#options.dice() * 40_000), () => this.#waiting.push(back));
      return;
    }
    if (fault === 'crash-before') {
      this.#finish(task, { is: 'crashed' });
      return;
    }
    if (fault === 'error-before') {
      one.reject(new Injected(`${port}.${method} was throttled`));
      return;
    }
    await this.#call(one, fault);
  }

  async #call(
    { call, task, port, method, args, resolve, reject }: Waiting,
    fault: Fault | undefined,
  ): Promise<void> {
    this.count('calls');
    this.caller = callerOf(task);
    try {
      const value = await call();
      if (this.#options.trace) this.#tellOfCall(task, describe(port, method, args, value));
      if (fault === 'crash-after') this.#finish(task, { is: 'crashed' });
      else if (fault === 'error-after') reject(new Injected(`${port}.${method} did not answer`));
      else resolve(value);
    } catch (error) {
      reject(error);
    }
  }

  #note(task: Task, fault: Fault, what: string): void {
    this.count(fault);
    this.befallen.push({ at: this.now, task: task.name, caller: callerOf(task), call: what, fault });
    this.tell(task.name, `${fault} of ${what}`);
  }

  #tellOfCall(task: Task, what: string | undefined): void {
    if (what !== undefined) this.tell(task.name, what);
  }

  #contextOf(task: Task): Context {
    const ports = this.#prototypes.map(([name, prototype]) => [
      name,
      Object.assign(Object.create(prototype) as object, { task }),
    ]);
    return {
      ...this.#options.rest,
      ...(Object.fromEntries(ports) as Ports),
      now: () => this.now + task.skew,
      random: this.#options.dice,
      pause: (length: Milliseconds) =>
        new Promise<void>((resolve) => {
          this.at(this.now + length, () => {
            this.#stirred = true;
            resolve();
          });
        }),
    };
  }

  /** Methods that wait for their turn; other members are as they are. */
  #prototype(name: string, target: object): object {
    const await_ = (waiting: Waiting) => this.#waiting.push(waiting);
    const members = membersOf(target).map((key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function' || (name === 'senders' && key === 'problem')) return [key, member];
      const method = function ({ task }: { task: Task }, args: unknown[]): Promise<unknown> {
        return new Promise((resolve, reject) => {
          const call = () => Reflect.apply(member, target, args) as unknown;
          await_({ task, port: name, method: key, args, call, resolve, reject, delayed: false });
        });
      };
      return [
        key,
        function (this: { task: Task }, ...args: unknown[]) {
          return method(this, args);
        },
      ];
    });
    return Object.fromEntries(members) as object;
  }
}

function callerOf({ name, number }: Task): string {
  return `${name} #${number}`;
}

function membersOf(target: object): string[] {
  const names = new Set<string>();
  for (
    let level: object | null = target;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(level)) if (name !== 'constructor') names.add(name);
  }
  return [...names];
}

/** Lets everything that can go on without another call of a port do so: a tick begins when no promise is left to go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
