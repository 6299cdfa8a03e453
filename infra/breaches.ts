import { Duration } from 'aws-cdk-lib';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lookerRoleName } from './looks.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';
import { Machine } from './machine.ts';

/** Below the 60 s that the machine waits for an action. */
const TIMEOUT = Duration.seconds(55);

/** The lives of breaches: tell, wait for the arrival, look, remind, give up. */
export class Breaches extends Construct {
  readonly advance: Handler;
  readonly awaitArrival: Handler;
  readonly machine: Machine;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { logRetention } = config;
    this.advance = new Handler(this, 'Advance', {
      entry: 'advance-breach',
      roleName: lookerRoleName(config, 'advance'),
      description: 'Does what is due on an open breach',
      timeout: TIMEOUT,
      logRetention,
    });
    this.awaitArrival = new Handler(this, 'AwaitArrival', {
      entry: 'await-arrival',
      description: 'Parks the task token of a waiting breach',
      timeout: TIMEOUT,
      logRetention,
    });
    this.machine = new Machine(this, 'Machine', {
      name: 'breach',
      type: StateMachineType.STANDARD,
      tasks: { AdvanceBreachFunctionArn: this.advance, AwaitArrivalFunctionArn: this.awaitArrival },
      logRetention,
    });
  }

  /** Lets the functions start the lives of breaches. */
  lendStart(...handlers: Handler[]): void {
    this.#lend('states:StartExecution', handlers);
  }

  /** Lets the functions wake breaches out of their wait. */
  lendWake(...handlers: Handler[]): void {
    this.#lend('states:SendTaskSuccess', handlers);
  }

  #lend(action: string, handlers: readonly Handler[]): void {
    for (const handler of handlers) {
      handler.may([action], [this.machine.arn]);
      handler.knows({ breachArn: this.machine.arn });
    }
  }
}
