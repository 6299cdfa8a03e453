import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Nudges } from '../app/ports.ts';
import { SECOND } from '../core/time.ts';

/** SQS delays a message no longer than this; the sweep sees to what must wait longer. */
const LONGEST_DELAY_SECONDS = 900;

/** Messages to the notifier's queue that name a channel with something to send. */
export function sqsNudges(client: SQSClient, queueUrl: string): Nudges {
  return {
    async send(team, channels, delay = 0) {
      const DelaySeconds = Math.min(Math.ceil(delay / SECOND), LONGEST_DELAY_SECONDS);
      const sends = channels.map((channel) =>
        client.send(
          new SendMessageCommand({
            QueueUrl: queueUrl,
            MessageBody: JSON.stringify({ team, channel }),
            ...(DelaySeconds > 0 ? { DelaySeconds } : {}),
          }),
        ),
      );
      await Promise.all(sends);
    },
  };
}
