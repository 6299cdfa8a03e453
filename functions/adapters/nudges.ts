import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Nudges } from '../app/ports.ts';
import { SECOND, type Milliseconds } from '../core/time.ts';
import { coalesced } from './coalesce.ts';

const Recipients = z.object({ team: z.string(), channels: z.array(z.string()) });

/** SQS delays a message no longer than this; the sweep sees to what must wait longer. */
const LONGEST_DELAY_SECONDS = 900;

/** Messages that SQS takes in one call. */
const MOST_AT_ONCE = 10;

/** SQS took some messages of a batch and refused others. */
export class NudgesRefused extends Error {
  override name = 'NudgesRefused';
}

/** Messages to the notifier's queue that name a channel with something to send. */
export function sqsNudges(client: SQSClient, queueUrl: string): Nudges {
  /** A nudge asked for while one for the same channels is being sent shares the next one. */
  const sendNow = coalesced((group) => send(Recipients.parse(JSON.parse(group)), 0));
  const send = async ({ team, channels }: z.infer<typeof Recipients>, delay: Milliseconds) => {
    const DelaySeconds = Math.min(Math.ceil(delay / SECOND), LONGEST_DELAY_SECONDS);
    const bodies = [...new Set(channels)].map((channel) => JSON.stringify({ team, channel }));
    const batches = Array.from({ length: Math.ceil(bodies.length / MOST_AT_ONCE) }, (_, batch) =>
      bodies.slice(batch * MOST_AT_ONCE, (batch + 1) * MOST_AT_ONCE),
    );
    await Promise.all(batches.map((batch) => sendBatch(client, queueUrl, batch, DelaySeconds)));
  };
  return {
    send: (team, channels, delay = 0) =>
      delay > 0
        ? send({ team, channels: [...channels] }, delay)
        : sendNow(JSON.stringify({ team, channels })),
  };
}

/** @throws NudgesRefused */
async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  bodies: readonly string[],
  delaySeconds: number,
): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({
    Id: String(index),
    MessageBody,
    ...(delaySeconds > 0 ? { DelaySeconds: delaySeconds } : {}),
  }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  const [first] = Failed;
  if (first)
    throw new NudgesRefused(`SQS refused ${Failed.length} of ${bodies.length} nudges: ${first.Code ?? ''}`);
}
