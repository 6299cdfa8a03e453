import { readFileSync } from 'node:fs';
import type { DeadLetters } from '../functions/adapters/dead-letters.ts';
import type { Context } from '../functions/app/ports.ts';
import { notifierHandler, recorderHandler } from '../functions/handlers/queues.ts';
import {
  advanceBreachTask,
  awaitArrivalTask,
  checkTask,
  heartbeatTask,
  planTask,
  sweepTask,
} from '../functions/handlers/tasks.ts';
import { functionArn } from './account.ts';
import type { LambdaFunction } from './services/lambda.ts';
import type { StateMachineSpec } from './services/step-functions.ts';

/**
 * The functions by name: the handlers that run on AWS, with their timeouts in seconds.
 * @param letters where events lie that could not be recorded
 * @param heartbeatUrl what is told after each sweep that ended well, if anything
 */
export function functionsOf(
  ctx: Context,
  letters: DeadLetters,
  heartbeatUrl?: string,
): Map<string, LambdaFunction> {
  return new Map<string, LambdaFunction>([
    ['check', { handler: checkTask(ctx), timeoutSeconds: 60 }],
    ['plan', { handler: planTask(ctx), timeoutSeconds: 60 }],
    ['advance-breach', { handler: advanceBreachTask(ctx), timeoutSeconds: 60 }],
    ['await-arrival', { handler: awaitArrivalTask(ctx), timeoutSeconds: 30 }],
    ['sweep', { handler: sweepTask(ctx), timeoutSeconds: 120 }],
    ['heartbeat', { handler: heartbeatTask(ctx, heartbeatUrl), timeoutSeconds: 25 }],
    ['recorder', { handler: recorderHandler(ctx, letters), timeoutSeconds: 60 }],
    ['notifier', { handler: notifierHandler(ctx), timeoutSeconds: 120 }],
  ]);
}

/** The state machines, by the files that are deployed to AWS. */
export function stateMachines(): StateMachineSpec[] {
  return [
    machine('checker', 'EXPRESS', { CheckFunctionArn: 'check', PlanFunctionArn: 'plan' }),
    machine('breach', 'STANDARD', {
      AdvanceBreachFunctionArn: 'advance-breach',
      AwaitArrivalFunctionArn: 'await-arrival',
    }),
    machine('sweep', 'EXPRESS', { SweepFunctionArn: 'sweep', HeartbeatFunctionArn: 'heartbeat' }),
  ];
}

function machine(
  name: string,
  type: StateMachineSpec['type'],
  functions: Readonly<Record<string, string>>,
): StateMachineSpec {
  const file = new URL(`../state-machines/${name}.asl.json`, import.meta.url);
  const substitutions = Object.entries(functions).map(([key, value]) => [key, functionArn(value)]);
  return {
    name,
    type,
    definition: readFileSync(file, 'utf8'),
    substitutions: Object.fromEntries(substitutions) as Record<string, string>,
  };
}
