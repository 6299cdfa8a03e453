import { awsJsonHandler } from './aws-json.ts';
import type { Closeable, WireHandler } from './service.ts';
import { createActions } from './step-functions/actions.ts';
import { Engine, type StartRequest, type StepFunctionsOptions } from './step-functions/engine.ts';
import { libraryTimeout } from './step-functions/errors.ts';

export type { StateMachineSpec } from './step-functions/definition.ts';
export type { ExecutionRecord } from './step-functions/executions.ts';
export type { StartRequest, StepFunctionsOptions } from './step-functions/engine.ts';

export interface StepFunctions extends Closeable {
  /** AWS JSON 1.0, target `AWSStepFunctions`. */
  handle: WireHandler;
  /** StartExecution without HTTP; `startDate` in ms of the epoch; throws AwsError. */
  startExecution(request: StartRequest): { executionArn: string; startDate: number };
}

/**
 * Step Functions on one machine: runs ASL definitions by aws-local-stepfunctions, their functions by `invoke`.
 *
 * Nothing is kept on disk. After a restart every execution is gone and its tokens are refused (TaskDoesNotExist);
 * the table is the truth and the sweep starts again what must run. Standard executions are kept in memory, closed
 * ones up to `maxClosed`; of Express ones only `onClosed` tells.
 * Throws an Error that names the state machine whose definition cannot run here.
 */
export async function createStepFunctions(options: StepFunctionsOptions): Promise<StepFunctions> {
  const engine = new Engine(options, await libraryTimeout());
  return {
    handle: awsJsonHandler('1.0', 'AWSStepFunctions', createActions(engine)),
    startExecution: (request) => engine.startExecution(request),
    close: () => engine.close(),
  };
}
