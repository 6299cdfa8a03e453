import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  EventBus,
  Match,
  Rule,
  type EventPattern,
  type IEventBus,
  type IRuleTarget,
  type RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_ATTEMPTS } from '../functions/adapters/dead-letters.ts';
import { patternsOf } from './buckets.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';
import { executionsOfOthers, jobPatternOf, jobPatternsAsOne, JobSource, withoutData } from './job-events.ts';
import { lookerRoleName } from './looks.ts';
import { DurableQueue } from './queue.ts';
import { jobsOf, names, objectPattern, patternOf, type Source } from './sources.ts';

const TIMEOUT = Duration.seconds(60);

/** Recorders at work at once: a flood of objects must not take the account's concurrency away from the checker. */
const MOST_RECORDERS = 50;

/** What is on Overdue's own bus because somebody of the account put it there, by PutEvents or by a rule. */
const PUT_BY_PEOPLE: readonly EventPattern[] = [
  { source: Match.anythingButPrefix('aws.') },
  { source: Match.prefix('aws.'), detailType: Match.anythingBut(...typesWithRules()) },
];

/** What has rules of its own, which know from where it may come. */
function typesWithRules(): string[] {
  const ofAws = JobSource.options.map(jobPatternOf).filter(({ source }) => source[0]?.startsWith('aws.'));
  return [objectPattern, ...ofAws].flatMap(({ detailType }) => detailType);
}

/** Facts of the world on their way into the table: bus, rules, queue, recorder. */
export class Evidence extends Construct {
  /** For events that come from elsewhere than this account's default bus. */
  readonly bus: EventBus;
  readonly events: DurableQueue;
  readonly recorder: Handler;
  /** Of the rules on the default bus, which is not ours alone. */
  readonly #ruleArns: string[] = [];

  /** @param ownMachines ARNs of state machines whose executions are none of anybody's jobs */
  constructor(scope: Construct, id: string, config: Config, ownMachines: readonly string[]) {
    super(scope, id);
    const { stackName, buckets, jobSources, sourceAccounts, logRetention } = config;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: names.bus(stackName),
      description: 'Evidence for Overdue',
    });
    // Six times the function's timeout, as Lambda asks for, so that throttled batches do not count as failures.
    this.events = new DurableQueue(this, 'Events', {
      visibility: Duration.seconds(6 * TIMEOUT.toSeconds()),
      attempts: EVENT_ATTEMPTS,
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
    // It puts there itself what it gives up, with the reason: SQS would move it without.
    const { queueArn, queueUrl } = this.events.deadLetters;
    this.recorder.may(['sqs:SendMessage'], [queueArn]);
    this.recorder.knows({ eventDlqUrl: queueUrl });
    this.#listenHere(buckets, jobSources, ownMachines);
    this.#listen('Own', this.bus, PUT_BY_PEOPLE);
    for (const source of sourceAccounts) this.#hear(stackName, source);
    this.#admitRules();
  }

  /** What AWS tells of this account and Region: objects, and for each service its jobs. */
  #listenHere(buckets: readonly string[], jobs: readonly JobSource[], ownMachines: readonly string[]): void {
    const bus = EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    const rules = [
      ...this.#listen('Objects', bus, objectsCreatedIn(buckets)),
      ...jobs.flatMap((job) =>
        job === 'stepfunctions'
          ? this.#listen(`Jobs-${job}`, bus, [executionsOfOthers(ownMachines)], withoutData())
          : this.#listen(`Jobs-${job}`, bus, [jobPatternOf(job)]),
      ),
    ];
    this.#ruleArns.push(...rules.map(({ ruleArn }) => ruleArn));
  }

  /** From a source comes what it was asked for, by its role for that, and of its own buckets only. */
  #hear(stackName: string, source: Source): void {
    const { account, region, events, buckets } = source;
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
    const origin = { account: [account], region: [region] };
    const objects = events.includes('s3') ? objectsCreatedIn(buckets) : [];
    this.#listen(
      `From${id}`,
      this.bus,
      objects.map((pattern) => ({ ...pattern, ...origin })),
    );
    this.#hearJobs(id, origin, jobsOf(source));
  }

  /** Events of Lambda come as if people had put them on the bus. */
  #hearJobs(id: string, origin: EventPattern, jobs: readonly JobSource[]): void {
    const others = jobs.filter((job) => job !== 'stepfunctions' && job !== 'lambda');
    if (others.length > 0)
      this.#listen(`JobsFrom${id}`, this.bus, [{ ...jobPatternsAsOne(others), ...origin }]);
    if (jobs.includes('stepfunctions'))
      this.#listen(
        `ExecutionsFrom${id}`,
        this.bus,
        [{ ...jobPatternOf('stepfunctions'), ...origin }],
        withoutData(),
      );
  }

  /** One rule for each pattern; what EventBridge cannot deliver lies with the other dead letters. */
  #listen(
    id: string,
    eventBus: EventBus | IEventBus,
    patterns: readonly EventPattern[],
    input?: RuleTargetInput,
  ): Rule[] {
    // Not the SqsQueue of CDK: it writes a statement into the queue's policy for each rule, and 20 are all that fit.
    const target: IRuleTarget = {
      bind: () => ({
        arn: this.events.queue.queueArn,
        deadLetterConfig: { arn: this.events.deadLetters.queueArn },
        ...(input && { input }),
      }),
    };
    return patterns.map(
      (eventPattern, index) => new Rule(this, `${id}${index}`, { eventBus, eventPattern, targets: [target] }),
    );
  }

  /** The queues take events of these rules, and of rules on the bus of our own. */
  #admitRules(): void {
    const onOurBus = Stack.of(this).formatArn({
      ...{ service: 'events', resource: 'rule', resourceName: `${this.bus.eventBusName}/*` },
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    for (const queue of [this.events.queue, this.events.deadLetters])
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: { ArnLike: { 'aws:SourceArn': [...this.#ruleArns, onOurBus] } },
        }),
      );
  }
}

function objectsCreatedIn(buckets: readonly string[]): EventPattern[] {
  return patternsOf(buckets).map((name) => ({
    ...patternOf('s3'),
    ...(name === 'all' ? {} : { detail: { bucket: { name } } }),
  }));
}
