import { z } from 'zod';
import { EVENT_ATTEMPTS, type DeadLetters } from '../adapters/dead-letters.ts';
import { flush } from '../app/alerts/flush.ts';
import { recordObject } from '../app/evidence/record-object.ts';
import { Enough } from '../app/evidence/enough.ts';
import { recordEvent } from '../app/evidence/record-event.ts';
import { recordRun } from '../app/evidence/record-run.ts';
import type { Context } from '../app/ports.ts';
import { BusEvent } from '../core/run.ts';
import { runOf } from '../core/sources/index.ts';
import { SECOND } from '../core/time.ts';
import type { Invocation, Task } from './tasks.ts';

const Message = z.object({
  messageId: z.string(),
  body: z.string(),
  attributes: z.object({ ApproximateReceiveCount: z.coerce.number().default(1) }).default({
    ApproximateReceiveCount: 1,
  }),
});
const Batch = z.object({ Records: z.array(Message) });

/** What SQS is told of a batch: these come again, the others are done. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * The event that S3 sends to EventBridge for a new object.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
const ObjectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.int().default(0),
      etag: z.string().default(''),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});

/**
 * Turns events of the world into evidence. A record that fails comes again alone, and in the end lies among the dead
 * letters, with the reason.
 */
export function recorderHandler(ctx: Context, letters?: DeadLetters): Task<BatchResponse> {
  const enough = new Enough();
  return (batch) => {
    const perBatch = { ...ctx, matchers: askedOnce(ctx.matchers) };
    const work = async (body: unknown) => {
      const event = BusEvent.parse(body);
      const wanted = await recordAll(perBatch, event, body, enough);
      if (wanted === 0) ctx.metrics.count('eventsUnwanted');
    };
    return eachRecord(ctx, batch, 'event not recorded', work, letters);
  };
}

/** Of what was sent before a batch was handed out, everything is known that was registered before. */
function askedOnce(matchers: Context['matchers']): Context['matchers'] {
  const asked = new Map<string, ReturnType<typeof matchers.of>>();
  return {
    put: (matcher) => matchers.put(matcher),
    of: (place) => {
      const key = JSON.stringify(place);
      const answer = asked.get(key) ?? matchers.of(place);
      asked.set(key, answer);
      return answer;
    },
  };
}

async function recordAll(ctx: Context, event: BusEvent, body: unknown, enough: Enough): Promise<number> {
  // First, for it counts as an event also where it tells of no run or object as documented.
  const told = await recordEvent(ctx, event, z.json().parse(body), enough);
  const isObject = event.source === 'aws.s3' && event['detail-type'] === 'Object Created';
  return told + (isObject ? await object(ctx, body, enough) : await run(ctx, event, enough));
}

function object(ctx: Context, body: unknown, enough: Enough): Promise<number> {
  const { time, detail } = ObjectCreated.parse(body);
  const { bucket, object } = detail;
  const { key, size, etag, sequencer, 'version-id': versionId } = object;
  const created = { bucket: bucket.name, key, size, etag, versionId, sequencer, at: Date.parse(time) };
  return recordObject(ctx, created, enough);
}

/** @throws NotUnderstood when the event is of a known kind, but not as documented */
async function run(ctx: Context, event: BusEvent, enough: Enough): Promise<number> {
  const told = runOf(event);
  return told ? recordRun(ctx, told, enough) : 0;
}

const Nudge = z.object({ team: z.string(), channel: z.string() });

/** Stop early enough to release the channel. */
const RESERVE = 15 * SECOND;

/**
 * Sends what waits for the channels named in the batch, each channel once. A channel that another flush has is left to
 * it: it asks for new nudges before it ends, and if it dies, the sweep comes for the channel.
 */
export function notifierHandler(ctx: Context): Task<BatchResponse> {
  return (event, invocation: Invocation) => {
    const until = ctx.now() + invocation.getRemainingTimeInMillis() - RESERVE;
    const flushes = new Map<string, Promise<unknown>>();
    const work = async (body: unknown) => {
      const { team, channel } = Nudge.parse(body);
      const name = `${team}/${channel}`;
      const flushed = flushes.get(name) ?? flush(ctx, team, channel, until);
      flushes.set(name, flushed);
      await flushed;
    };
    return eachRecord(ctx, event, 'channel not flushed', work);
  };
}

/** @param failure what the log says of a record that fails */
async function eachRecord(
  ctx: Context,
  event: unknown,
  failure: string,
  work: (body: unknown) => Promise<void>,
  letters?: DeadLetters,
): Promise<BatchResponse> {
  const { Records } = Batch.parse(event);
  const failed = await Promise.all(
    Records.map(async (message) => {
      try {
        await work(JSON.parse(message.body));
        return [];
      } catch (error) {
        const { messageId } = message;
        ctx.log.error(failure, { messageId, error: String(error) });
        return (await isGivenUp(ctx, message, error, letters)) ? [] : [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failed.flat() };
}

/** After the last attempt SQS would move the message without the reason; if it cannot be moved with it, SQS still does. */
async function isGivenUp(
  ctx: Context,
  { messageId, body, attributes }: z.infer<typeof Message>,
  reason: unknown,
  letters: DeadLetters | undefined,
): Promise<boolean> {
  if (!letters || attributes.ApproximateReceiveCount < EVENT_ATTEMPTS) return false;
  try {
    await letters.put(body, reason);
    return true;
  } catch (error) {
    ctx.log.error('dead letter not written', { messageId, error: String(error) });
    return false;
  }
}
