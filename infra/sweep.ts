import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lookerRoleName } from './looks.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';
import { Machine } from './machine.ts';
import { Schedules } from './schedules.ts';

/** How long what was lost may stay undone. */
export const SWEEP_INTERVAL = Duration.minutes(5);

/** The shards of the to-do index are divided among as many tasks. */
const GROUPS = [0, 1, 2, 3, 4, 5, 6, 7];

/** Finds in the table what should have happened and did not, and does it. */
export class Sweep extends Construct {
  readonly sweeper: Handler;
  /** Tells a monitor elsewhere, if there is one, that a sweep left nothing undone. */
  readonly heartbeat: Handler;
  readonly machine: Machine;
  /** A group of its own: who may make schedules for deadlines must not be able to remove this one. */
  readonly schedules: Schedules;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { logRetention, heartbeatUrl } = config;
    this.sweeper = new Handler(this, 'Sweeper', {
      entry: 'sweep',
      roleName: lookerRoleName(config, 'sweep'),
      description: 'Sweeps one group of shards',
      // Below the 120 s that the machine waits for a group.
      timeout: Duration.seconds(115),
      logRetention,
    });
    this.heartbeat = new Handler(this, 'Heartbeat', {
      entry: 'heartbeat',
      description: 'Tells a monitor elsewhere of a sweep that left nothing undone',
      // Below the 30 s that the machine waits for it.
      timeout: Duration.seconds(25),
      logRetention,
    });
    this.heartbeat.knows({ heartbeatUrl });
    this.machine = new Machine(this, 'Machine', {
      name: 'sweep',
      type: StateMachineType.EXPRESS,
      tasks: { SweepFunctionArn: this.sweeper, HeartbeatFunctionArn: this.heartbeat },
      logRetention,
    });
    this.schedules = new Schedules(this, 'Schedules', { starts: this.machine });
    this.#every(SWEEP_INTERVAL);
  }

  #every(interval: Duration): void {
    const { group, role, deadLetters } = this.schedules;
    new Schedule(this, 'Schedule', {
      description: 'Starts the sweep of Overdue',
      scheduleGroup: group,
      schedule: ScheduleExpression.rate(interval),
      target: new StepFunctionsStartExecution(this.machine.machine, {
        // It may start the machine already.
        role: role.withoutPolicyUpdates(),
        deadLetterQueue: deadLetters,
        input: ScheduleTargetInput.fromObject({ groups: GROUPS }),
        // After that the next one starts anyway.
        maxEventAge: interval,
        retryAttempts: 3,
      }),
    });
  }
}
