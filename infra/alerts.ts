import { Duration } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Handler } from './handler.ts';
import { DurableQueue } from './queue.ts';

const TIMEOUT = Duration.seconds(60);

/**
 * Alerts on their way to people. What is to be sent lies in the table; the queue only says that a channel has
 * something to send.
 */
export class Alerts extends Construct {
  readonly nudges: DurableQueue;
  readonly notifier: Handler;

  constructor(scope: Construct, id: string, { logRetention }: { logRetention: RetentionDays }) {
    super(scope, id);
    // Shorter than Lambda's six timeouts: after a crash the nudge itself is the retry, and one too many finds nothing.
    this.nudges = new DurableQueue(this, 'Nudges', { visibility: Duration.seconds(90), attempts: 10 });
    this.notifier = new Handler(this, 'Notifier', {
      entry: 'notifier',
      description: 'Sends what waits for a channel',
      timeout: TIMEOUT,
      logRetention,
      // A channel that is down is nudged again by the notifier; Lambda would end that as a loop after 16 attempts.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.notifier.reads(this.nudges.queue, { batchSize: 10 });
  }

  /** Lets the functions say that a channel has something to send. */
  lendNudges(...handlers: Handler[]): void {
    for (const handler of handlers) {
      handler.may(['sqs:SendMessage'], [this.nudges.queue.queueArn]);
      handler.knows({ nudgeQueueUrl: this.nudges.queue.queueUrl });
    }
  }
}
