import { Duration } from 'aws-cdk-lib';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lookerRoleName } from './looks.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';
import { Machine } from './machine.ts';

/** Below the 60 s that the machine waits for a task, so that the error is the function's own. */
const TIMEOUT = Duration.seconds(55);

/** Judges one deadline, then plans the next ones. */
export class Checker extends Construct {
  readonly check: Handler;
  readonly plan: Handler;
  readonly machine: Machine;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { logRetention } = config;
    this.check = new Handler(this, 'Check', {
      entry: 'check',
      roleName: lookerRoleName(config, 'check'),
      description: 'Gives a deadline its verdict',
      timeout: TIMEOUT,
      logRetention,
    });
    this.plan = new Handler(this, 'Plan', {
      entry: 'plan',
      roleName: lookerRoleName(config, 'plan'),
      description: 'Plans the next deadlines of an expectation',
      timeout: TIMEOUT,
      logRetention,
    });
    this.machine = new Machine(this, 'Machine', {
      name: 'checker',
      type: StateMachineType.EXPRESS,
      tasks: { CheckFunctionArn: this.check, PlanFunctionArn: this.plan },
      logRetention,
    });
  }
}
