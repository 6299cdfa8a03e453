import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { matches, parsePattern, type JsonValue } from '../../functions/core/event-pattern.ts';
import { AwsError, awsJsonHandler, type Action } from './aws-json.ts';
import { DueWorker, retryAt } from './due-worker.ts';
import { Journal, type BusEvent, type PendingDelivery } from './event-bus/journal.ts';
import { readEntries } from './event-bus/put-events.ts';
import { parseJsonText, isJsonObject, type JsonObject } from './json.ts';
import type { Closeable, WireHandler } from './service.ts';

export type { BusEvent } from './event-bus/journal.ts';

/** A target of a rule. */
export interface RuleTarget {
  /** Unique within its rule; keep it across restarts. */
  id: string;
  /** Resolves when the target has accepted, rejects to have it retried. */
  deliver: (event: BusEvent) => Promise<unknown>;
}

export interface Rule {
  name: string;
  /** An event pattern of EventBridge. */
  pattern: JsonObject;
  targets: readonly RuleTarget[];
}

/** A delivery that was given up. */
export interface DeadEvent {
  event: BusEvent;
  rule: string;
  target: string;
  attempts: number;
  error: unknown;
}

export interface EventBusOptions {
  /** Directory of `events.db`, made if missing. */
  dataDir: string;
  region: string;
  accountId: string;
  rules: readonly Rule[];
  /** Writes a line of log. */
  log: (message: string, details: object) => void;
  /** Told of every delivery that is given up. */
  onDeadLetter?: (dead: DeadEvent) => Promise<unknown>;
  /** What was accepted in this time is delivered again at the start; 60 minutes if not given. */
  replayMinutes?: number;
  /** Deliveries at once; 16 if not given. */
  maxDelivering?: number;
  /** Pause in ms before the first retry, doubled for each further one up to 5 minutes; 1,000 if not given. */
  retryMs?: number;
  /** Retries of one delivery; 185 within 24 hours, as on AWS, if not given. */
  maxRetries?: number;
  /** Accept PutEvents from sources that begin with `aws.`, which AWS refuses; false if not given. */
  acceptAwsSources?: boolean;
}

export interface EventBus extends Closeable {
  /** AWS JSON 1.1, target `AWSEvents`: PutEvents only. */
  handle: WireHandler;
  /** Accepts an event in its envelope; when it resolves, the event is on disk. */
  publish(event: BusEvent): Promise<void>;
  /** Delivers again what was accepted lately and begins to deliver. */
  start(): void;
}

const MAX_AGE_MS = 86_400_000;
const DELIVERY_TIMEOUT_MS = 30_000;
const PRUNE_MS = 60_000;
const UNSUPPORTED = [
  'DeleteRule',
  'DescribeRule',
  'ListRules',
  'ListTargetsByRule',
  'PutRule',
  'PutTargets',
  'RemoveTargets',
];

/**
 * EventBridge's default bus on one machine: an event is on disk before it is answered, and goes at least once to
 * every target whose rule matches. The queues behind it are in memory, so a start repeats what was accepted within
 * `replayMinutes`; receivers must be idempotent. Throws an Error on a pattern that it cannot match.
 */
export function createEventBus(options: EventBusOptions): EventBus {
  mkdirSync(options.dataDir, { recursive: true });
  const routes = options.rules.flatMap(compileRule);
  const journal = new Journal(join(options.dataDir, 'events.db'));
  const worker = createWorker(journal, new Map(routes.map((route) => [route.key, route])), options);
  const replayMs = (options.replayMinutes ?? 60) * 60_000;
  const pruning = setInterval(() => {
    journal.prune(Date.now() - replayMs);
  }, PRUNE_MS).unref();

  const targetsOf = (event: BusEvent): string[] => {
    const matchable = asJson(event);
    return routes.filter((route) => route.matches(matchable)).map((route) => route.key);
  };
  const accept = (events: readonly BusEvent[]): void => {
    const accepted = events.map((event) => ({ event, targets: targetsOf(event) }));
    const wanted = accepted.filter(({ targets }) => targets.length > 0);
    if (wanted.length === 0) return;
    journal.add(wanted, Date.now());
    worker.wake();
  };
  return {
    handle: createHandler(options, accept),
    publish: async (event) => {
      accept([event]);
      return Promise.resolve();
    },
    start: () => {
      journal.prune(Date.now() - replayMs);
      const replayed = journal.replay(Date.now() - replayMs, targetsOf);
      if (replayed > 0) options.log('events of before the start are delivered again', { events: replayed });
      worker.start();
    },
    close: async () => {
      clearInterval(pruning);
      await worker.close();
      journal.close();
    },
  };
}

interface Route {
  key: string;
  rule: string;
  target: RuleTarget;
  matches: (event: JsonValue) => boolean;
}

function compileRule({ name, pattern, targets }: Rule): Route[] {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) throw new Error(`rule ${name}: ${parsed.problems[0]?.message ?? ''}`);
  const isOf = (event: JsonValue) => matches(parsed.pattern, event);
  return targets.map((target) => ({ key: `${name}/${target.id}`, rule: name, target, matches: isOf }));
}

function createHandler(options: EventBusOptions, accept: (events: readonly BusEvent[]) => void): WireHandler {
  const { accountId: account, region, acceptAwsSources = false } = options;
  const refusals = UNSUPPORTED.map((action): [string, Action] => [
    action,
    () => {
      throw new AwsError(
        'UnsupportedOperation',
        `${action}: the rules on one machine are fixed at its start`,
      );
    },
  ]);
  return awsJsonHandler('1.1', 'AWSEvents', {
    ...Object.fromEntries(refusals),
    PutEvents: (body) => {
      const { results, events } = readEntries(body, { account, region, acceptAwsSources });
      accept(events);
      return { FailedEntryCount: results.length - events.length, Entries: results };
    },
  });
}

function createWorker(
  journal: Journal,
  routes: ReadonlyMap<string, Route>,
  options: EventBusOptions,
): DueWorker<PendingDelivery> {
  const { log, retryMs: pauseMs = 1000, maxRetries = 185, maxDelivering: concurrency = 16 } = options;
  const policy = { maxRetries, maxAgeMs: MAX_AGE_MS, pauseMs };

  const giveUp = async (pending: PendingDelivery, { rule, target }: Route, error: unknown): Promise<void> => {
    const attempts = pending.attempts + 1;
    const about = { event: pending.event.id, rule, target: target.id, error: String(error) };
    log('the delivery of an event was given up', { ...about, attempts });
    try {
      await options.onDeadLetter?.({ event: pending.event, rule, target: target.id, attempts, error });
    } catch (failure) {
      log('a dead letter was lost', { ...about, failure: String(failure) });
    }
  };
  const work = async (pending: PendingDelivery): Promise<void> => {
    const route = routes.get(pending.target);
    const begunAt = pending.firstAttemptAt ?? Date.now();
    try {
      // A rule that is gone since wants nothing any more.
      if (route) await withinTimeout(route.target.deliver(pending.event));
    } catch (error) {
      const due = retryAt(policy, pending.attempts + 1, begunAt);
      if (worker.closed) return;
      if (due !== undefined) {
        journal.retry(pending.id, due, pending.attempts + 1, begunAt);
        return;
      }
      if (route) await giveUp(pending, route, error);
    }
    if (!worker.closed) journal.remove(pending.id);
  };
  const worker = new DueWorker(journal, work, { concurrency, log });
  return worker;
}

/** A target that never answers must not hold up the others. */
async function withinTimeout(delivery: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error('the target did not answer in time'));
  }, DELIVERY_TIMEOUT_MS);
  try {
    await Promise.race([delivery, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** An event as it is when it comes back from the journal. */
function asJson(event: BusEvent): JsonObject {
  const json = parseJsonText(JSON.stringify(event));
  if (!isJsonObject(json)) throw new Error('an event is an object');
  return json;
}
