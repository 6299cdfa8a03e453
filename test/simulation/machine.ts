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
  /** With its number: two may have one name. */
  caller: string;
  skew: Milliseconds;
  dead: boolean;
  end: (end: End<unknown>) => void;
}

interface Method {
  port: string;
  name: string;
  call: (args: unknown[]) => unknown;
}

interface Waiting {
  task: Task;
  method: Method;
  args: unknown[];
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
  /** Makes a port of the context when it is asked for: there are many tasks, and each uses few ports. */
  #Context = TaskContext;
  readonly #timers = new Heap<{ at: Instant; act: () => void }>();
  readonly #waiting: Waiting[] = [];
  /** Whether a task may have gone on since it was last waited for. */
  #stirred = true;
  readonly #running = new Map<Task, Instant>();

  constructor(options: MachineOptions) {
    this.#options = options;
    this.now = options.now;
  }

  /** The ports whose calls tasks make. */
  serve(ports: Ports): void {
    class Served extends TaskContext {}
    const { rest, dice: random } = this.#options;
    const pause = (length: Milliseconds) => this.#pause(length);
    Object.assign(Served.prototype, rest, { random, pause });
    for (const [name, port] of Object.entries(ports)) {
      const Port = this.#portOf(name, port);
      Object.defineProperty(Served.prototype, name, {
        get(this: OfTask) {
          return new Port(this.task);
        },
      });
    }
    this.#Context = Served;
  }

  /** Does something at an instant that lies ahead, or as soon as it can. */
  at(instant: Instant, act: () => void): void {
    this.#timers.push({ at: Math.max(instant, this.now), act });
  }

  /** When something is done the next time that nothing else is to be done. */
  get next(): Instant {
    return this.#timers.peek()?.at ?? Infinity;
  }

  /** Starts a task with a context of its own, whose clock is a little off. */
  spawn<T>(name: string, work: (ctx: Context) => Promise<T>, end: (end: End<T>) => void, skew = 0): void {
    const caller = `${name} #${++this.#spawned}`;
    const task: Task = { name, caller, skew, dead: false, end: end as Task['end'] };
    this.#running.set(task, this.now);
    this.tell(name, 'begins');
    this.#stirred = true;
    const settled = (result: End<unknown>) => {
      if (!task.dead) this.#finish(task, result);
    };
    void work(new this.#Context(task, this) as unknown as Context).then(
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

  /** Lets one call go on. @returns when it is done, if it takes place now */
  #release(): Promise<void> | undefined {
    this.#stirred = true;
    const one = this.#drawn();
    if (!one || one.task.dead) return undefined;
    const { task, method } = one;
    const fault = one.delayed ? undefined : this.#options.fault();
    if (fault) this.#note(task, fault, nameOf(method));
    if (fault === 'slow') {
      const back = { ...one, delayed: true };
      this.at(this.now + Math.floor(this.#options.dice() * 40_000), () => this.#waiting.push(back));
    } else if (fault === 'crash-before') this.#finish(task, { is: 'crashed' });
    else if (fault === 'error-before') one.reject(new Injected(`${nameOf(method)} was throttled`));
    else return this.#call(one, fault);
    return undefined;
  }

  /** One of those that wait, by the dice. The last one takes its place. */
  #drawn(): Waiting | undefined {
    const index = Math.floor(this.#options.dice() * this.#waiting.length);
    const one = this.#waiting[index];
    const last = this.#waiting.pop();
    if (last && last !== one) this.#waiting[index] = last;
    return one;
  }

  async #call({ task, method, args, resolve, reject }: Waiting, fault: Fault | undefined): Promise<void> {
    this.count('calls');
    this.caller = task.caller;
    try {
      const value = await method.call(args);
      if (this.#options.trace) this.#tellOfCall(task, describe(method.port, method.name, args, value));
      if (fault === 'crash-after') this.#finish(task, { is: 'crashed' });
      else if (fault === 'error-after') reject(new Injected(`${nameOf(method)} did not answer`));
      else resolve(value);
    } catch (error) {
      reject(error);
    }
  }

  #note({ name, caller }: Task, fault: Fault, call: string): void {
    this.count(fault);
    this.befallen.push({ at: this.now, task: name, caller, call, fault });
    this.tell(name, `${fault} of ${call}`);
  }

  #tellOfCall(task: Task, what: string | undefined): void {
    if (what !== undefined) this.tell(task.name, what);
  }

  #pause(length: Milliseconds): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.now + length, () => {
        this.#stirred = true;
        resolve();
      });
    });
  }

  /** Methods wait for their turn; other members are as they are. */
  #portOf(port: string, target: object): new (task: Task) => OfTask {
    const waiting = this.#waiting;
    class Port extends OfTask {}
    for (const name of membersOf(target)) {
      const member: unknown = Reflect.get(target, name, target);
      const isSync = typeof member !== 'function' || (port === 'senders' && name === 'problem');
      const call = (args: unknown[]): unknown => Reflect.apply(member as () => unknown, target, args);
      const method = { port, name, call };
      const waits = function (this: Port, ...args: unknown[]) {
        return new Promise((resolve, reject) => {
          waiting.push({ task: this.task, method, args, resolve, reject, delayed: false });
        });
      };
      Object.defineProperty(Port.prototype, name, { value: isSync ? member : waits });
    }
    return Port;
  }
}

/** What one task has of its own. */
class OfTask {
  readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }
}

class TaskContext extends OfTask {
  readonly now: () => Instant;

  constructor(task: Task, clock: { now: Instant }) {
    super(task);
    this.now = () => clock.now + task.skew;
  }
}

function nameOf({ port, name }: Method): string {
  return `${port}.${name}`;
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
