import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  TreatMissingData,
  type Alarm,
  type CreateAlarmOptions,
  type Metric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { SWEEP_INTERVAL } from './sweep.ts';

export interface WatchdogProps {
  /** Each with a name for its alarm. */
  deadLetters: Readonly<Record<string, Queue>>;
  machines: Readonly<Record<string, StateMachine>>;
  groups: Readonly<Record<string, ScheduleGroup>>;
  sweep: StateMachine;
  /** Is told of every alarm; without it they show on the console only. */
  topicArn?: string | undefined;
}

const PERIOD = Duration.minutes(5);

/** Watches the watchdog. */
export class Watchdog extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: WatchdogProps) {
    super(scope, id);
    const { deadLetters, machines, groups, sweep, topicArn } = props;
    this.#topic = topicArn === undefined ? undefined : Topic.fromTopicArn(this, 'Topic', topicArn);
    for (const [name, queue] of Object.entries(deadLetters)) this.#notEmpty(name, queue);
    for (const [name, machine] of Object.entries(machines)) this.#failing(name, machine);
    for (const [name, group] of Object.entries(groups)) this.#dropping(name, group);
    this.#missing(sweep);
    // The dashboard, the canary and the heartbeat to someone else's monitor come here.
  }

  #notEmpty(name: string, queue: Queue): void {
    this.#alarm(
      `${name}DeadLetters`,
      queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'max' }),
      {
        alarmDescription: `${name}: something could not be delivered and lies among the dead letters`,
      },
    );
  }

  #failing(name: string, machine: StateMachine): void {
    const options = { period: PERIOD };
    this.#alarm(`${name}Failed`, machine.metricFailed(options), {
      alarmDescription: `${name}: executions fail; the sweep repairs what they leave undone`,
    });
    this.#alarm(`${name}TimedOut`, machine.metricTimedOut(options), {
      alarmDescription: `${name}: executions run out of time; the sweep repairs what they leave undone`,
    });
  }

  #dropping(name: string, group: ScheduleGroup): void {
    this.#alarm(`${name}Dropped`, group.metricDropped({ period: PERIOD }), {
      alarmDescription: `${name}: EventBridge Scheduler gave up starting the target`,
    });
  }

  /** No data is the worst data: then nothing starts the sweep, or it never ends well. */
  #missing(sweep: StateMachine): void {
    const periods = 3;
    this.#alarm('SweepMissing', sweep.metricSucceeded({ period: SWEEP_INTERVAL }), {
      alarmDescription: `No sweep has succeeded for ${periods * SWEEP_INTERVAL.toMinutes()} minutes: verdicts may be late`,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #alarm(id: string, metric: Metric, options: Partial<CreateAlarmOptions>): Alarm {
    const alarm = metric.createAlarm(this, id, {
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
    });
    if (this.#topic) {
      alarm.addAlarmAction(new SnsAction(this.#topic));
      alarm.addOkAction(new SnsAction(this.#topic));
    }
    return alarm;
  }
}
