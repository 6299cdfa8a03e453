import { create } from '../../functions/app/expectations/register.ts';
import type { DeadlineRef } from '../../functions/core/deadline.ts';
import { HOUR, MINUTE, SECOND, type Instant } from '../../functions/core/time.ts';
import {
  advanceBreachTask,
  awaitArrivalTask,
  checkTask,
  heartbeatTask,
  planTask,
  sweepTask,
} from '../../functions/handlers/tasks.ts';
import { notifierHandler, recorderHandler } from '../../functions/handlers/queues.ts';
import { objectCreated, type ObjectCreatedEvent } from '../../local/services/s3-events.ts';
import type { Bench } from './bench.ts';
import { times, type Usage } from './prices.ts';

const DAY = 24 * HOUR;

/** Days that are left out, until planning goes its weekly way, and days that are counted. */
const FIRST_DAYS = 9;
export const DAYS = 28;

const INVOCATION = { getRemainingTimeInMillis: () => 60 * SECOND };

/** The steps of the breach state machine: one turn is Act, Over?, AwaitArrival; the last is Act, Over?, Done. */
const TRANSITIONS_A_TURN = 3;

type Kind = 'met' | 'late' | 'never';

/**
 * What one deadline of a file that is due every day uses, on average over four weeks.
 * @param together so many files come at the same time, and their events are read from the queue together
 */
export async function deadline(bench: Bench, kind: Kind, together = 1): Promise<Usage> {
  const ids = Array.from({ length: together }, (_, n) => `orders-${kind}-${n}`);
  await furnish(bench);
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  for (const id of ids) {
    const file = { bucket: 'acme-landing', key: `${id}/{yyyy}/{MM}/{dd}/orders-*.csv` };
    await create(bench.ctx, { ...BODY, id, file, due, giveUpAfter: '24h' }, { by: 'bench' });
  }
  const begin = Math.ceil(bench.now / DAY) * DAY;
  for (let day = 0; day < FIRST_DAYS + DAYS; day++) {
    if (day === FIRST_DAYS) bench.take();
    await oneDay(bench, ids, begin + day * DAY, kind);
  }
  return times(bench.take(), 1 / (DAYS * together));
}

const BODY = {
  team: 'data-platform',
  title: 'Orders from ACME',
  grace: '10m',
  notify: ['ops'],
  runbook: 'https://wiki.example.com/orders',
};

async function furnish({ ctx }: Bench): Promise<void> {
  const grants = [{ bucket: 'acme-landing', prefix: '' }];
  await ctx.teams.save({ id: 'data-platform', grants, createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://hooks.example.com/1' };
  await ctx.channels.put({ team: 'data-platform', name: 'ops', target, createdAt: 0 });
}

async function oneDay(bench: Bench, ids: readonly string[], midnight: number, kind: Kind): Promise<void> {
  const date = new Date(midnight).toISOString().slice(0, 10);
  const dueAt = midnight + 6 * HOUR;
  const keyOf = (id: string) => `${id}/${date.replaceAll('-', '/')}/orders-1.csv`;
  if (kind === 'met') await arrive(bench, ids.map(keyOf), dueAt - 20 * MINUTE);
  bench.now = dueAt + 10 * MINUTE + 20 * SECOND;
  for (const id of ids) {
    const ref = { team: 'data-platform', expectation: id, occurrence: `${date}T06:00`, rev: 1 };
    await check(bench, ref);
    if (kind !== 'met') await live(bench, ref, keyOf(id), kind);
  }
}

/** The events of objects, through SQS to the recorder, which reads and deletes them together. */
export async function arrive(bench: Bench, keys: readonly string[], at: number): Promise<void> {
  bench.now = at + 2 * SECOND;
  bench.use({ s3Events: keys.length, sqsRequests: keys.length + 2 });
  const Records = keys.map((key, n) => ({
    messageId: String(n),
    body: JSON.stringify(created(key, at)),
  }));
  const { batchItemFailures } = await bench.lambda((ctx) => recorderHandler(ctx)({ Records }, INVOCATION));
  if (batchItemFailures.length > 0) throw new Error('the recorder failed');
}

/** What S3 sends for a new object. */
function created(key: string, at: Instant): ObjectCreatedEvent {
  return objectCreated({
    ...{ bucket: 'acme-landing', key, size: 9, etag: `e${at}`, versionId: undefined },
    ...{ completed: new Date(at), region: 'us-east-1', requestId: 'A1B2C3D4E5F6A7B8' },
    ...{ sourceAddress: '10.0.0.1', reason: 'PutObject' },
  });
}

async function check(bench: Bench, ref: DeadlineRef): Promise<void> {
  bench.use({ scheduleInvocations: 1 });
  const event = { deadline: ref };
  await bench.express(async () => {
    const { plan, status } = await bench.lambda((ctx) => checkTask(ctx)(event, INVOCATION));
    if (status === 'pending' || status === 'absent') throw new Error(`${ref.occurrence} is ${status}`);
    if (plan) await bench.lambda((ctx) => planTask(ctx)(event, INVOCATION));
  });
}

/** The life of a breach, turn by turn, until it is over. */
async function live(bench: Bench, ref: DeadlineRef, key: string, kind: Kind): Promise<void> {
  bench.started.length = 0;
  let Payload: { next: string; seconds: number; turn: number } | undefined;
  for (let turns = 0; ; turns++) {
    const event = { deadline: ref, generation: 1, ...(Payload ? { Payload } : {}) };
    Payload = await bench.lambda((ctx) => advanceBreachTask(ctx)(event, INVOCATION));
    bench.use({ standardTransitions: TRANSITIONS_A_TURN });
    await notify(bench);
    if (Payload.next === 'done') return;
    const wait = { deadline: ref, generation: 1, taskToken: `token ${bench.now}` };
    await bench.lambda((ctx) => awaitArrivalTask(ctx)(wait, INVOCATION));
    if (kind === 'late' && turns === 3) {
      await arrive(bench, [key], bench.now + MINUTE);
      await notify(bench);
    } else bench.now += Payload.seconds * SECOND;
  }
}

async function notify(bench: Bench): Promise<void> {
  const nudged = bench.nudged;
  bench.nudged = 0;
  const body = JSON.stringify({ team: 'data-platform', channel: 'ops' });
  for (let n = 0; n < nudged; n++) {
    bench.use({ sqsRequests: 2 });
    const event = { Records: [{ messageId: String(n), body }] };
    await bench.lambda((ctx) => notifierHandler(ctx)(event, INVOCATION));
  }
}

/** What a day without any deadline uses: the sweeps, and the empty reads of the two queues. */
export async function idleDay(bench: Bench, sweepsADay: number, groups: readonly number[]): Promise<Usage> {
  bench.take();
  bench.use({ scheduleInvocations: 1 });
  await bench.express(async () => {
    for (const group of groups) {
      await bench.lambda((ctx) => sweepTask(ctx)({ group, groups }, INVOCATION));
    }
    await bench.lambda((ctx) => heartbeatTask(ctx, undefined)({}, INVOCATION));
  });
  // Lambda polls a queue with five connections, each for 20 seconds at a time.
  const reads = (2 * 5 * 86_400) / 20 / sweepsADay;
  bench.use({ sqsRequests: reads });
  return times(bench.take(), sweepsADay);
}

/** What an object uses that nobody wants, read from its queue with nine others. */
export async function unwanted(bench: Bench): Promise<Usage> {
  await furnish(bench);
  bench.take();
  const keys = Array.from({ length: 10 }, (_, n) => `elsewhere/${n}`);
  await arrive(bench, keys, bench.now);
  return times(bench.take(), 1 / keys.length);
}

/** What each of many deadlines uses that are missed at one instant, until it is told: one message tells of all. */
export async function storm(bench: Bench, count: number): Promise<Usage> {
  await furnish(bench);
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  const ids = Array.from({ length: count }, (_, n) => `storm-${n}`);
  for (const id of ids) {
    const file = { bucket: 'acme-landing', key: `${id}/{yyyy-MM-dd}.csv` };
    await create(bench.ctx, { ...BODY, id, file, due }, { by: 'bench' });
  }
  const midnight = Math.ceil(bench.now / DAY) * DAY;
  bench.now = midnight + 6 * HOUR + 11 * MINUTE;
  bench.take();
  for (const expectation of ids) {
    const occurrence = `${new Date(midnight).toISOString().slice(0, 10)}T06:00`;
    const ref = { team: 'data-platform', expectation, occurrence, rev: 1 };
    await check(bench, ref);
    const event = { deadline: ref, generation: 1 };
    await bench.lambda((ctx) => advanceBreachTask(ctx)(event, INVOCATION));
    bench.use({ standardTransitions: TRANSITIONS_A_TURN });
    const wait = { ...event, taskToken: `token ${expectation}` };
    await bench.lambda((ctx) => awaitArrivalTask(ctx)(wait, INVOCATION));
  }
  // The first nudge finds everything; the others find nothing.
  await notify(bench);
  return times(bench.take(), 1 / count);
}
