import { randomUUID } from 'node:crypto';
import { DueWorker, retryAt } from '../due-worker.ts';
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

/** AWS's defaults of RetryPolicy. */
const MAX_RETRIES = 185;
const MAX_AGE_SECONDS = 86_400;

/** Delivers what is due: at least once, and a schedule ends only after its target accepted. */
export class Dispatcher {
  readonly #store: ScheduleStore;
  readonly #arnOf: (schedule: Schedule) => string;
  readonly #options: DispatchOptions;
  readonly worker: DueWorker<Schedule>;

  constructor(store: ScheduleStore, arnOf: (schedule: Schedule) => string, options: DispatchOptions) {
    this.#store = store;
    this.#arnOf = arnOf;
    this.#options = options;
    const { maxDelivering: concurrency = 16, log } = options;
    this.worker = new DueWorker(store, (schedule) => this.#deliver(schedule), { concurrency, log });
  }

  async #deliver(schedule: Schedule): Promise<void> {
    const delivery = this.#deliveryOf(schedule);
    const begunAt = schedule.firstAttemptAt ?? Date.now();
    try {
      await this.#options.deliver(delivery);
    } catch (error) {
      await this.#handleFailure(schedule, delivery, begunAt, error);
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
    if (this.worker.closed) return;
    const { RetryPolicy: policy, DeadLetterConfig: deadLetter } = schedule.definition.Target;
    const attempts = schedule.attempts + 1;
    const maxAgeMs = (policy?.MaximumEventAgeInSeconds ?? MAX_AGE_SECONDS) * 1000;
    const maxRetries = policy?.MaximumRetryAttempts ?? MAX_RETRIES;
    const due = retryAt({ maxRetries, maxAgeMs, pauseMs: this.#options.retryMs ?? 1000 }, attempts, begunAt);
    if (due !== undefined) {
      this.#store.progress(schedule, {
        due,
        occurrence: schedule.occurrence,
        attempts,
        firstAttemptAt: begunAt,
      });
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
    if (this.worker.closed) return;
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
