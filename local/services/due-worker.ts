import { setTimeout as delay } from 'node:timers/promises';

/** What is to be done at a time, as a durable store keeps it; instants in ms of the epoch. */
export interface DueStore<T> {
  /** What is due at `now` in the order in which to begin; also what is under way, until the store is told. */
  due(now: number, limit: number): T[];
  /** The next due time after `now`. */
  nextDue(now: number): number | undefined;
}

export interface DueWorkerOptions {
  /** Pieces of work at once. */
  concurrency: number;
  /** Writes a line of log. */
  log: (message: string, details: object) => void;
}

/** When a failed delivery is tried again. */
export interface RetryPolicy {
  maxRetries: number;
  /** Since the first attempt. */
  maxAgeMs: number;
  /** Pause before the first retry, doubled for each further one up to 5 minutes. */
  pauseMs: number;
}

const LONGEST_PAUSE_MS = 300_000;
/** The clock may be set meanwhile; also far below the longest timer of Node. */
const LONGEST_SLEEP_MS = 60_000;
const CLOSE_MS = 5000;

/** Does what is due, with one timer for all; a piece of work is never under way twice. */
export class DueWorker<T extends { id: number }> {
  readonly #store: DueStore<T>;
  readonly #work: (item: T) => Promise<void>;
  readonly #options: DueWorkerOptions;
  readonly #underWay = new Map<number, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #running = false;
  #closed = false;

  /** `work` tells the store what became of the item; it rejects only when the store fails. */
  constructor(store: DueStore<T>, work: (item: T) => Promise<void>, options: DueWorkerOptions) {
    this.#store = store;
    this.#work = work;
    this.#options = options;
  }

  /** Begins with what is overdue. */
  start(): void {
    this.#running = true;
    this.wake();
  }

  /** Looks for what is due now and sleeps until what is due next; to be called after every change. */
  readonly wake = (): void => {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    const { concurrency } = this.#options;
    const now = Date.now();
    for (const item of this.#store.due(now, concurrency + this.#underWay.size)) {
      if (this.#underWay.size >= concurrency) return;
      if (!this.#underWay.has(item.id)) this.#begin(item);
    }
    const next = this.#store.nextDue(now);
    if (next !== undefined) this.#timer = setTimeout(this.wake, Math.min(next - now, LONGEST_SLEEP_MS));
  };

  /** True when the store is about to close: what ends now is done again after the next start. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Begins nothing more and waits for what is under way, a few seconds at most. */
  async close(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await Promise.race([Promise.all(this.#underWay.values()), delay(CLOSE_MS, undefined, { ref: false })]);
    this.#closed = true;
  }

  #begin(item: T): void {
    const work = this.#work(item)
      .catch(this.#rest)
      .finally(() => {
        this.#underWay.delete(item.id);
        this.#wakeSoon();
      });
    this.#underWay.set(item.id, work);
  }

  /** Once a turn however many ended: thousands that are due at once must leave room for everything else. */
  #wakeSoon(): void {
    if (this.#soon) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      this.wake();
    });
  }

  /** A store that cannot write (disk full) must not have the same work done in a tight loop. */
  readonly #rest = async (error: unknown): Promise<void> => {
    if (this.#closed) return;
    this.#options.log('what became of a delivery could not be stored', { error: String(error) });
    await delay(LONGEST_SLEEP_MS, undefined, { ref: false });
  };
}

/** When to try again after `attempts` failures, the first attempt at `begunAt`; undefined: give up. */
export function retryAt(policy: RetryPolicy, attempts: number, begunAt: number): number | undefined {
  const full = Math.min(policy.pauseMs * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
  // Half of it random, so that what failed together does not return together.
  const at = Math.round(Date.now() + full / 2 + (Math.random() * full) / 2);
  return attempts <= policy.maxRetries && at <= begunAt + policy.maxAgeMs ? at : undefined;
}
