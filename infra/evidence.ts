import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, type EventPattern, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { lookerRoleName, patternsOf } from './buckets.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';
import { DurableQueue } from './queue.ts';
import { names, patternOf, type Source } from './sources.ts';

const TIMEOUT = Duration.seconds(60);

/** Recorders at work at once: a flood of objects must not take the account's concurrency away from the checker. */
const MOST_RECORDERS = 50;

/** Facts of the world on their way into the table: bus, rules, queue, recorder. */
export class Evidence extends Construct {
  /** For events that come from elsewhere than this account's default bus. */
  readonly bus: EventBus;
  readonly events: DurableQueue;
  readonly recorder: Handler;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { stackName, buckets, sourceAccounts, logRetention } = config;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus(stackName),
      description: 'Evidence for Overdue',
    });
    // Six times the function's timeout, as Lambda asks for, so that throttled batches do not count as failures.
    this.events = new DurableQueue(this, 'Events', {
      visibility: Duration.seconds(6 * TIMEOUT.toSeconds()),
      attempts: 5,
    });
    this.recorder = new Handler(this, 'Recorder', {
      entry: 'recorder',
      roleName: lookerRoleName(config, 'recorder'),
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
    for (const source of sourceAccounts) this.#hear(stackName, source);
    // The state changes of jobs come here: one static pattern a source, matching is the recorder's.
  }

  /** From a source comes what it was asked for, by its role for that, and of its own buckets only. */
  #hear(stackName: string, { account, region, events, buckets }: Source): void {
    if (events.length === 0) return;
    const id = `${account}${region.replaceAll('-', '')}`;
    const role = { service: 'iam', region: '', account, resource: 'role' };
    const roleArn = Stack.of(this).formatArn({ ...role, resourceName: names.forwardRole(stackName, region) });
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: `From${id}`,
        principals: [new AccountPrincipal(account)],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: {
          ArnEquals: { 'aws:PrincipalArn': roleArn },
          'ForAllValues:StringEquals': {
            'events:source': events.flatMap((event) => patternOf(event).source),
          },
          // For all of none would be true.
          Null: { 'events:source': 'false' },
        },
      }),
    );
    if (!events.includes('s3')) return;
    const origin = { account: [account], region: [region] };
    this.#listen(
      `From${id}`,
      this.bus,
      objectsCreatedIn(buckets).map((pattern) => ({ ...pattern, ...origin })),
    );
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
  return patternsOf(buckets).map((name) => ({
    ...patternOf('s3'),
    ...(name === 'all' ? {} : { detail: { bucket: { name } } }),
  }));
}
