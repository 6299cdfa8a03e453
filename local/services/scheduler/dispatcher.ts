import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { nextDue, parseExpression } from './expression.ts';
import { fillAttributes } from './requests.ts';
import type { Schedule, ScheduleStore } from './store.ts';

/** One delivery to a target. */
export interface Delivery {
  targetArn: string;
  /** JSON text, its context attributes filled. */
  input: string;
  roleArn: string;
}

/** A delivery that was given up. */
export interface DeadDelivery extends Delivery {
  scheduleArn: string;
  /** Of the schedule's DeadLetterConfig. */
  deadLetterArn: string | undefined;
  attempts: number;
  error: unknown;
}

export interface DispatchOptions {
  /** Resolves when the target has accepted, rejects to have it retried. */
  deliver: (delivery: Delivery) => Promise<unknown>;
  /** Told of every delivery that is given up. */
  onDeadLetter?: (dead: DeadDelivery) => Promise<unknown>;
  /** Writes a line of log. */
  log: (message: string, details: object) => void;
  /** Deliveries at once; 16 if not given. */
  maxDelivering?: number;
  /** Pause in ms before the first retry, doubled for each further one up to 5 minutes; 1,000 if not given. */
  retryMs?: number;
}

const LONGEST_RETRY_MS = 300_000;
/** AWS's defaults of RetryPolicy. */
const MAX_ATTEMPTS = 185;
const MAX_AGE_SECONDS = 86_400;
/** The clock may be set meanwhile; also far below the longest timer of Node. */
const LONGEST_SLEEP_MS = 60_000;
const CLOSE_MS = 5000;

/** Delivers what is due: at least once, and a schedule ends only after its target accepted. */
export class Dispatcher {
  readonly #store: ScheduleStore;
  readonly #arnOf: (schedule: Schedule) => string;
  readonly #options: DispatchOptions;
  readonly #maxDelivering: number;
  /** Ids, with the promise of their delivery. */
  readonly #delivering = new Map<number, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;

  constructor(store: ScheduleStore, arnOf: (schedule: Schedule) => string, options: DispatchOptions) {
    this.#store = store;
    this.#arnOf = arnOf;
    this.#options = options;
    this.#maxDelivering = options.maxDelivering ?? 16;
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
    const now = Date.now();
    const due = this.#store.due(now, this.#maxDelivering + this.#delivering.size);
    for (const schedule of due) {
      if (this.#delivering.size >= this.#maxDelivering) return;
      if (!this.#delivering.has(schedule.id)) this.#begin(schedule);
    }
    const next = this.#store.nextDue(now);
    if (next !== undefined) this.#timer = setTimeout(this.wake, Math.min(next - now, LONGEST_SLEEP_MS));
  };

  /** Delivers nothing more and waits for what is under way, a few seconds at most. */
  async close(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await Promise.race([Promise.all(this.#delivering.values()), delay(CLOSE_MS, undefined, { ref: false })]);
    this.#closed = true;
  }

  #begin(schedule: Schedule): void {
    const delivery = this.#deliver(schedule)
      .catch(this.#rest)
      .finally(() => {
        this.#delivering.delete(schedule.id);
        // Not in this turn: thousands that are due at once must leave room for everything else.
        setImmediate(this.wake);
      });
    this.#delivering.set(schedule.id, delivery);
  }

  /** A store that cannot write (disk full) must not deliver the same schedule in a tight loop. */
  readonly #rest = async (error: unknown): Promise<void> => {
    this.#options.log('the schedule store failed', { error: String(error) });
    await delay(LONGEST_SLEEP_MS, undefined, { ref: false });
  };

  async #deliver(schedule: Schedule): Promise<void> {
    const delivery = this.#deliveryOf(schedule);
    const begunAt = schedule.firstAttemptAt ?? Date.now();
    try {
      await this.#options.deliver(delivery);
    } catch (error) {
      if (!this.#closed) await this.#handleFailure(schedule, delivery, begunAt, error);
      return;
    }
    this.#finish(schedule);
  }

  async #handleFailure(
    schedule: Schedule,
    delivery: Delivery,
    begunAt: number,
    error: unknown,
  ): Promise<void> {
    const { RetryPolicy: policy, DeadLetterConfig: deadLetter } = schedule.definition.Target;
    const attempts = schedule.attempts + 1;
    const retryAt = Date.now() + pause(this.#options.retryMs ?? 1000, attempts);
    const giveUpAt = begunAt + (policy?.MaximumEventAgeInSeconds ?? MAX_AGE_SECONDS) * 1000;
    if (attempts <= (policy?.MaximumRetryAttempts ?? MAX_ATTEMPTS) && retryAt <= giveUpAt) {
      const { occurrence } = schedule;
      this.#store.progress(schedule, { due: retryAt, occurrence, attempts, firstAttemptAt: begunAt });
      return;
    }
    const scheduleArn = this.#arnOf(schedule);
    this.#options.log('a scheduled delivery was given up', { scheduleArn, attempts, error: String(error) });
    try {
      await this.#options.onDeadLetter?.({
        ...delivery,
        scheduleArn,
        deadLetterArn: deadLetter?.Arn,
        attempts,
        error,
      });
    } catch (failure) {
      this.#options.log('a dead letter was lost', { ...delivery, scheduleArn, error: String(failure) });
    }
    this.#finish(schedule);
  }

  #finish(schedule: Schedule): void {
    // The store is closed: the schedule fires again after the next start.
    if (this.#closed) return;
    const { definition, occurrence } = schedule;
    const timing = parseExpression(definition.ScheduleExpression, definition.ScheduleExpressionTimezone);
    const until = (definition.EndDate ?? Infinity) * 1000;
    const next = nextDue(timing, occurrence ?? 0, Date.now(), until) ?? null;
    if (next === null && definition.ActionAfterCompletion === 'DELETE') this.#store.complete(schedule);
    else this.#store.progress(schedule, { due: next, occurrence: next, attempts: 0, firstAttemptAt: null });
  }

  #deliveryOf(schedule: Schedule): Delivery {
    const { Arn, RoleArn, Input = '{}' } = schedule.definition.Target;
    const values: Readonly<Record<string, string>> = {
      'schedule-arn': this.#arnOf(schedule),
      'scheduled-time': new Date(schedule.occurrence ?? 0).toISOString().replace('.000Z', 'Z'),
      'execution-id': randomUUID(),
      'attempt-number': String(schedule.attempts + 1),
    };
    return {
      targetArn: Arn,
      roleArn: RoleArn,
      input: fillAttributes(Input, (attribute) => values[attribute] ?? ''),
    };
  }
}

/** Exponential with full jitter of the second half, so that what failed together does not return together. */
function pause(baseMs: number, attempts: number): number {
  const full = Math.min(baseMs * 2 ** (attempts - 1), LONGEST_RETRY_MS);
  return Math.round(full / 2 + (Math.random() * full) / 2);
}
