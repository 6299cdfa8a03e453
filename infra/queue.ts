import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const COMMON: QueueProps = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };

/** Keeps what could not be delivered for as long as SQS can, so that a person can look at it and send it again. */
export function deadLetterQueue(scope: Construct, id: string): Queue {
  return new Queue(scope, id, { ...COMMON, retentionPeriod: Duration.days(14) });
}

export interface DurableQueueProps {
  /** How long a message is hidden while it is worked on; after a failure it comes back then. */
  visibility: Duration;
  /** Attempts before a message goes to the dead letters. */
  attempts: number;
}

/** A queue whose failures end in a queue of dead letters. */
export class DurableQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { visibility, attempts }: DurableQueueProps) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      visibilityTimeout: visibility,
      // The age of a message counts on among the dead letters: what is found there late has still ten days.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: attempts },
    });
  }
}
