import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Handler } from './handler.ts';
import { deadLetterQueue } from './queue.ts';

/** What a schedule can start: a state machine or a function. */
export interface Startable {
  readonly arn: string;
  readonly startAction: 'states:StartExecution' | 'lambda:InvokeFunction';
}

/** A group of schedules whose role may start one thing and put what it could not start among the dead letters. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  readonly deadLetters: Queue;
  readonly role: Role;
  readonly #target: Startable;

  constructor(scope: Construct, id: string, { starts }: { starts: Startable }) {
    super(scope, id);
    this.#target = starts;
    this.group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.role = new Role(this, 'Role', { assumedBy: schedulerOf(this.group) });
    this.role.addToPolicy(new PolicyStatement({ actions: [starts.startAction], resources: [starts.arn] }));
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
    );
  }

  /** Lets the functions make schedules of the group and move them, with the group's role and no other. */
  lend(...handlers: Handler[]): void {
    for (const handler of handlers) this.#lendTo(handler);
  }

  /** Lets the functions remove schedules of the group. */
  lendRemoval(...handlers: Handler[]): void {
    for (const handler of handlers) handler.may(['scheduler:DeleteSchedule'], [this.#every]);
  }

  get #every(): string {
    const resourceName = `${this.group.scheduleGroupName}/*`;
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName });
  }

  #lendTo(handler: Handler): void {
    const { scheduleGroupName } = this.group;
    handler.may(['scheduler:CreateSchedule', 'scheduler:UpdateSchedule'], [this.#every]);
    handler.may(['iam:PassRole'], [this.role.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
    handler.knows({
      checkerArn: this.#target.arn,
      scheduleGroup: scheduleGroupName,
      scheduleRoleArn: this.role.roleArn,
      scheduleDlqArn: this.deadLetters.queueArn,
    });
  }
}

/** Scheduler on behalf of this group: without the conditions any account's schedules could be given the role. */
function schedulerOf(group: ScheduleGroup): ServicePrincipal {
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: {
      StringEquals: {
        'aws:SourceAccount': Stack.of(group).account,
        'aws:SourceArn': group.scheduleGroupArn,
      },
    },
  });
}
