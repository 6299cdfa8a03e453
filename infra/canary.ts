import { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Handler } from './handler.ts';
import { Schedules } from './schedules.ts';

/** An expectation that is missed on purpose, and the topic where its alerts must arrive. Nobody need listen there. */
export class Canary extends Construct {
  readonly topic: Topic;
  /** Registers the expectation, and again when somebody has removed it. */
  readonly keeper: Handler;
  readonly schedules: Schedules;

  constructor(scope: Construct, id: string, { logRetention }: { logRetention: RetentionDays }) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.keeper = new Handler(this, 'Keeper', {
      entry: 'canary',
      description: 'Keeps an expectation that is meant to be missed',
      timeout: Duration.seconds(60),
      logRetention,
    });
    this.keeper.knows({ canaryTopicArn: this.topic.topicArn });
    this.schedules = new Schedules(this, 'Schedules', { starts: this.keeper });
    const { group, role, deadLetters } = this.schedules;
    new Schedule(this, 'Schedule', {
      description: 'Keeps the canary of Overdue',
      scheduleGroup: group,
      schedule: ScheduleExpression.rate(Duration.days(1)),
      target: new LambdaInvoke(this.keeper.lambda, {
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: deadLetters,
        maxEventAge: Duration.hours(1),
        retryAttempts: 10,
      }),
    });
  }
}
