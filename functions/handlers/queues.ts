import { z } from 'zod';
import { flush } from '../app/alerts/flush.ts';
import { recordObject } from '../app/evidence/record-object.ts';
import type { Context } from '../app/ports.ts';
import { SECOND } from '../core/time.ts';
import type { Invocation, Task } from './tasks.ts';

const Batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

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

/** Turns events of the world into evidence. A record that fails comes again alone, and in the end lands in the DLQ. */
export function recorderHandler(ctx: Context): Task<BatchResponse> {
  return (event) =>
    eachRecord(ctx, event, 'event not recorded', async (body) => {
      const { time, detail } = ObjectCreated.parse(body);
      const { bucket, object } = detail;
      const wanted = await recordObject(ctx, {
        bucket: bucket.name,
        key: object.key,
        size: object.size,
        etag: object.etag,
        versionId: object['version-id'],
        sequencer: object.sequencer,
        at: Date.parse(time),
      });
      if (wanted === 0) ctx.metrics.count('eventsUnwanted');
    });
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
    return eachRecord(ctx, event, 'channel not flushed', async (body) => {
      const { team, channel } = Nudge.parse(body);
      const name = `${team}/${channel}`;
      const flushed = flushes.get(name) ?? flush(ctx, team, channel, until);
      flushes.set(name, flushed);
      await flushed;
    });
  };
}

async function eachRecord(
  ctx: Context,
  event: unknown,
  failure: string,
  work: (body: unknown) => Promise<void>,
): Promise<BatchResponse> {
  const { Records } = Batch.parse(event);
  const results = await Promise.allSettled(Records.map(async ({ body }) => work(JSON.parse(body))));
  const failed = Records.filter((_, index) => results[index]?.status === 'rejected');
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    ctx.log.error(failure, { messageId: Records[index]?.messageId, error: String(result.reason) });
  }
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
