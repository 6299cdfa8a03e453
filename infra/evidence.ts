import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule, type EventPattern, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { patternsOf } from './buckets.ts';
import { Handler } from './handler.ts';
import { DurableQueue } from './queue.ts';

const TIMEOUT = Duration.seconds(60);

/** Recorders at work at once: a flood of objects must not take the account's concurrency away from the checker. */
const MOST_RECORDERS = 50;

export interface EvidenceProps {
  buckets: readonly string[];
  logRetention: RetentionDays;
}

/** Facts of the world on their way into the table: bus, rules, queue, recorder. */
export class Evidence extends Construct {
  /** For events that come from elsewhere than this account's default bus. */
  readonly bus: EventBus;
  readonly events: DurableQueue;
  readonly recorder: Handler;

  constructor(scope: Construct, id: string, { buckets, logRetention }: EvidenceProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: 'Evidence for Overdue' });
    // Six times the function's timeout, as Lambda asks for, so that throttled batches do not count as failures.
    this.events = new DurableQueue(this, 'Events', {
      visibility: Duration.seconds(6 * TIMEOUT.toSeconds()),
      attempts: 5,
    });
    this.recorder = new Handler(this, 'Recorder', {
      entry: 'recorder',
      description: 'Records evidence and tells the deadlines that it concerns',
      timeout: TIMEOUT,
      logRetention,
    });
    this.recorder.reads(this.events.queue, {
      batchSize: 50,
      maxBatchingWindow: Duration.seconds(1),
      maxConcurrency: MOST_RECORDERS,
    });
    const defaultBus = EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.#listen('Objects', defaultBus, objectsCreatedIn(buckets));
    this.#listen('ForwardedObjects', this.bus, objectsCreatedIn(buckets));
    // The state changes of jobs come here: one static pattern a source, matching is the recorder's.
  }

  /** One rule for each pattern; what EventBridge cannot deliver lies with the other dead letters, in the same form. */
  #listen(id: string, eventBus: EventBus | IEventBus, patterns: readonly EventPattern[]): void {
    for (const [index, eventPattern] of patterns.entries()) {
      const rule = new Rule(this, `${id}${index}`, { eventBus, eventPattern });
      rule.addTarget(new SqsQueue(this.events.queue, { deadLetterQueue: this.events.deadLetters }));
    }
  }
}

function objectsCreatedIn(buckets: readonly string[]): EventPattern[] {
  return patternsOf(buckets).map((names) => ({
    source: ['aws.s3'],
    detailType: ['Object Created'],
    ...(names === 'all' ? {} : { detail: { bucket: { name: names } } }),
  }));
}
