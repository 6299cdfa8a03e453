import { Duration, Stack } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  TreatMissingData,
  type Alarm,
  type CreateAlarmOptions,
  type Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { overdueMetric } from './metrics.ts';
import { SWEEP_INTERVAL } from './sweep.ts';

export interface WatchdogProps {
  /** Each with a name for its alarm. */
  deadLetters: Readonly<Record<string, Queue>>;
  /** Where events wait for the recorder. */
  events: Queue;
  checker: StateMachine;
  /** Has no limit of time that it could run out of. */
  breaches: StateMachine;
  /** The schedules of deadlines. Those of the sweep are watched by what they start. */
  deadlines: ScheduleGroup;
  sweep: StateMachine;
  /** Where the alerts of the canary arrive. */
  canary: Topic;
  api: HttpApi;
  /** Is told of every alarm; without it they show on the console only. */
  topicArn?: string | undefined;
}

const PERIOD = Duration.minutes(5);

const REPAIRED = 'the sweep repairs what they leave undone';

/** What waits longer was not done by three sweeps. */
const LONGEST_WAIT = Duration.minutes(15);

/** Watches the watchdog. Every alarm has a chapter of its name in docs/runbook.md. */
export class Watchdog extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: WatchdogProps) {
    super(scope, id);
    const { deadLetters, events, checker, breaches, deadlines, sweep, canary, api, topicArn } = props;
    this.#topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    this.#missing(sweep);
    this.#unheard(canary);
    this.#failing('Checker', checker);
    this.#outOfTime('Checker', checker);
    this.#failing('Breaches', breaches);
    this.#notStarting(deadlines);
    for (const [name, queue] of Object.entries(deadLetters)) this.#notEmpty(name, queue);
    this.#waiting(events);
    this.#late();
    this.#unsent();
    this.#refusing(api);
  }

  /** No data is the worst data: then nothing starts the sweep, or it never ends well. */
  #missing(sweep: StateMachine): void {
    const periods = 3;
    const what = `No sweep has succeeded for ${periods * SWEEP_INTERVAL.toMinutes()} minutes: verdicts may be late`;
    this.#alarm('SweepMissing', what, sweep.metricSucceeded({ period: SWEEP_INTERVAL }), {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** The one proof that a miss becomes an alert that arrives; counted by SNS, not by us. */
  #unheard(canary: Topic): void {
    const what = 'For a day no alert of the canary has arrived: people may not be told of missed deadlines';
    const arrived = canary.metricNumberOfMessagesPublished({ period: Duration.days(1), statistic: 'sum' });
    this.#alarm('CanaryMissing', what, arrived, {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #failing(name: string, machine: StateMachine): void {
    const what = `${name}: executions fail; ${REPAIRED}`;
    this.#alarm(`${name}Failed`, what, machine.metricFailed({ period: PERIOD }));
  }

  #outOfTime(name: string, machine: StateMachine): void {
    const what = `${name}: executions run out of time; ${REPAIRED}`;
    this.#alarm(`${name}TimedOut`, what, machine.metricTimedOut({ period: PERIOD }));
  }

  /** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
  #notStarting(group: ScheduleGroup): void {
    const options = { period: PERIOD };
    this.#alarm(
      'SchedulesDropped',
      'EventBridge Scheduler gave up starting the checker',
      group.metricDropped(options),
    );
    this.#alarm(
      'SchedulesThrottled',
      'EventBridge Scheduler holds invocations back: more deadlines at one minute than the quota allows',
      group.metricThrottled(options),
    );
    this.#alarm(
      'SchedulesRefused',
      'The checker refuses to be started by EventBridge Scheduler',
      group.metricTargetErrors(options),
    );
    this.#alarm(
      'SchedulesLost',
      'EventBridge Scheduler could not even put a start that it gave up among the dead letters',
      group.metricFailedToBeSentToDLQ(undefined, options),
    );
  }

  #notEmpty(name: string, queue: Queue): void {
    this.#alarm(
      `${name}DeadLetters`,
      `${name}: something could not be delivered and lies among the dead letters`,
      queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'max' }),
    );
  }

  /** Two periods: a single event that fails again and again is the oldest for three attempts, some 18 minutes. */
  #waiting(events: Queue): void {
    this.#alarm(
      'EventsWaiting',
      `Events wait for more than ${LONGEST_WAIT.toMinutes()} minutes: none is lost, what they tell is told late`,
      events.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'max' }),
      { threshold: LONGEST_WAIT.toSeconds(), evaluationPeriods: 2 },
    );
  }

  #late(): void {
    this.#alarm(
      'WorkUndone',
      `Something waits for more than ${LONGEST_WAIT.toMinutes()} minutes, although the sweep runs`,
      overdueMetric(this, 'oldestUndone', { period: PERIOD, statistic: 'max' }),
      { threshold: LONGEST_WAIT.toSeconds(), evaluationPeriods: 2 },
    );
  }

  #unsent(): void {
    this.#alarm(
      'AlertsGivenUp',
      'An alert was given up: its channel failed for three days, or refused it and took others',
      overdueMetric(this, 'givenUp', { period: PERIOD }),
    );
  }

  #refusing(api: HttpApi): void {
    this.#alarm(
      'ApiFailing',
      'The API answers with errors of its own: check-ins may be lost',
      api.metricServerError({ period: PERIOD, statistic: 'sum' }),
      { threshold: 5 },
    );
  }

  #alarm(id: string, what: string, metric: Metric, options: Partial<CreateAlarmOptions> = {}): void {
    const alarm = metric.createAlarm(this, id, {
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${what}. See docs/runbook.md#${id.toLowerCase()}`,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
    this.alarms.push(alarm);
    if (!this.#topic) return;
    alarm.addAlarmAction(new SnsAction(this.#topic));
    alarm.addOkAction(new SnsAction(this.#topic));
  }
}
