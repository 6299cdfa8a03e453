import type { Context } from '../../functions/app/ports.ts';
import type { Instant, Milliseconds } from '../../functions/core/time.ts';
import { Heap } from './heap.ts';

/** What befalls one call of a port. The second half of the names says whether the call took place. */
export type Fault = 'crash-before' | 'crash-after' | 'error-before' | 'error-after' | 'slow';

export type Ports = Record<string, Record<string, unknown>>;

/** How a task ended; a crash is only noticed by its silence. */
export type End<T> = { is: 'done'; value: T } | { is: 'failed'; error: unknown } | { is: 'crashed' };

export interface MachineOptions {
  /** Numbers from 0 up to but without 1. */
  dice: () => number;
  /** Called for every call of a port; undefined lets it pass. */
  fault: (port: string, method: string) => Fault | undefined;
  ports: Ports;
  /** The rest of the context. */
  rest: Pick<Context, 'log' | 'secrets' | 'publicUrl'>;
  now: Instant;
  /** More calls than this are a loop without end. */
  mostCalls: number;
  trace?: ((line: string) => void) | undefined;
}

interface Task {
  name: string;
  skew: Milliseconds;
  dead: boolean;
  faults: number;
  end: (end: End<unknown>) => void;
}

interface Waiting {
  task: Task;
  port: string;
  method: string;
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
  readonly counts: Record<string, number> = {};
  /** Faults that tasks of a name met. */
  readonly faultsOf = new Map<string, number>();
  readonly #options: MachineOptions;
  readonly #prototypes: Record<string, object>;
  readonly #timers = new Heap<{ at: Instant; act: () => void }>();
  #waiting: Waiting[] = [];
  readonly #running = new Map<Task, Instant>();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.now = options.now;
    const entries = Object.entries(options.ports).map(([name, port]) => [name, this.#prototype(name, port)]);
    this.#prototypes = Object.fromEntries(entries) as Record<string, object>;
  }

  /** Does something at an instant that lies ahead, or as soon as it can. */
  at(instant: Instant, act: () => void): void {
    this.#timers.push({ at: Math.max(instant, this.now), act });
  }

  /** Starts a task with a context of its own, whose clock is a little off. */
  spawn<T>(name: string, work: (ctx: Context) => Promise<T>, end: (end: End<T>) => void, skew = 0): void {
    const task: Task = { name, skew, dead: false, faults: 0, end: end as Task['end'] };
    this.#running.set(task, this.now);
    this.#options.trace?.(`${this.#clock()} ${name} begins`);
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
      await turn();
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

  #clock(): string {
    return new Date(this.now).toISOString();
  }

  #finish(task: Task, end: End<unknown>): void {
    task.dead = true;
    this.#running.delete(task);
    if (end.is !== 'done') {
      const why = end.is === 'failed' ? `: ${String(end.error)}` : '';
      this.#options.trace?.(`${this.#clock()} ${task.name} ${end.is}${why}`);
    }
    task.end(end);
  }

  async #release(): Promise<void> {
    const index = Math.floor(this.#options.dice() * this.#waiting.length);
    const last = this.#waiting.length - 1;
    const one = this.#waiting[index];
    const end = this.#waiting.pop();
    if (index < last && end) this.#waiting[index] = end;
    if (!one || one.task.dead) return;
    const { task, port, method } = one;
    const fault = one.delayed ? undefined : this.#options.fault(port, method);
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
    { call, task, port, method, resolve, reject }: Waiting,
    fault: Fault | undefined,
  ): Promise<void> {
    this.counts['calls'] = (this.counts['calls'] ?? 0) + 1;
    try {
      const value = await call();
      if (fault === 'crash-after') this.#finish(task, { is: 'crashed' });
      else if (fault === 'error-after') reject(new Injected(`${port}.${method} did not answer`));
      else resolve(value);
    } catch (error) {
      reject(error);
    }
  }

  #note(task: Task, fault: Fault, what: string): void {
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    this.faultsOf.set(task.name, (this.faultsOf.get(task.name) ?? 0) + 1);
    this.#options.trace?.(`${this.#clock()} ${task.name}: ${fault} ${what}`);
  }

  #contextOf(task: Task): Context {
    const ports = Object.entries(this.#prototypes).map(([name, prototype]) => {
      const port = Object.create(prototype) as { task: Task };
      port.task = task;
      return [name, port];
    });
    return {
      ...this.#options.rest,
      ...(Object.fromEntries(ports) as Pick<Context, never>),
      now: () => this.now + task.skew,
      random: this.#options.dice,
      pause: (length: Milliseconds) =>
        new Promise<void>((resolve) => {
          this.at(this.now + length, resolve);
        }),
    } as Context;
  }

  /** Methods that wait for their turn; other members are as they are. */
  #prototype(name: string, target: Record<string, unknown>): object {
    const waiting = this;
    const members = membersOf(target).map((key) => {
      const member = Reflect.get(target, key, target) as unknown;
      if (typeof member !== 'function' || (name === 'senders' && key === 'problem')) return [key, member];
      const method = function (this: { task: Task }, ...args: unknown[]): Promise<unknown> {
        return new Promise((resolve, reject) => {
          const call = () => Reflect.apply(member, target, args) as unknown;
          waiting.#waiting.push({
            task: this.task,
            port: name,
            method: key,
            call,
            resolve,
            reject,
            delayed: false,
          });
        });
      };
      return [key, method];
    });
    return Object.fromEntries(members) as object;
  }
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

/** Lets everything that can go on without another call of a port do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
