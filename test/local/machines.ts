import { SFNClient } from '@aws-sdk/client-sfn';
import { createInvoke, type LambdaFunction } from '../../local/services/lambda.ts';
import type { LambdaHandler } from '../../local/services/service.ts';
import {
  createStepFunctions,
  type ExecutionRecord,
  type StateMachineSpec,
  type StepFunctions,
  type StepFunctionsOptions,
} from '../../local/services/step-functions.ts';
import { clientConfig, eventually, serve } from './serve.ts';

export interface TestMachines {
  sfn: SFNClient;
  service: StepFunctions;
  /** Every execution that ended, in order. */
  closed: Readonly<ExecutionRecord>[];
  arn(name: string): string;
  /** Starts one and waits for its end. */
  run(name: string, input?: unknown): Promise<Readonly<ExecutionRecord>>;
  close(): Promise<void>;
}

/** A Step Functions service over HTTP with some machines and functions. */
export async function startMachines(
  stateMachines: readonly StateMachineSpec[],
  handlers: Readonly<Record<string, LambdaHandler>>,
  options: Partial<StepFunctionsOptions> = {},
): Promise<TestMachines> {
  const functions = new Map<string, LambdaFunction>(
    Object.entries(handlers).map(([name, handler]) => [name, { handler, timeoutSeconds: 1 }]),
  );
  const closed: Readonly<ExecutionRecord>[] = [];
  const service = await createStepFunctions({
    stateMachines,
    invoke: createInvoke(functions),
    region: 'eu-central-1',
    accountId: '123456789012',
    onClosed: (record) => closed.push(record),
    ...options,
  });
  const server = await serve(service.handle);
  const sfn = new SFNClient({ ...clientConfig(server.url), maxAttempts: 1 });
  const arn = (name: string) => `arn:aws:states:eu-central-1:123456789012:stateMachine:${name}`;
  return {
    sfn,
    service,
    closed,
    arn,
    run: (name, input = {}) => {
      const started = service.startExecution({ stateMachineArn: arn(name), input: JSON.stringify(input) });
      return eventually(() => closed.find((record) => record.executionArn === started.executionArn));
    },
    close: async () => {
      sfn.destroy();
      await server.close();
      await service.close();
    },
  };
}

/** A definition from its states; it starts at the first. */
export function machine(
  name: string,
  states: Record<string, object>,
  type: StateMachineSpec['type'] = 'STANDARD',
): StateMachineSpec {
  return { name, type, definition: JSON.stringify({ StartAt: Object.keys(states)[0], States: states }) };
}

/** A Task that invokes a function with `payload`. */
export function invoke(functionName: string, payload: object, rest: object): object {
  const Parameters = { FunctionName: functionName, ...payload };
  return { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters, ...rest };
}

/** A Task that hands its token to a function and waits for it. */
export function invokeAndWait(functionName: string, rest: object): object {
  const Parameters = { FunctionName: functionName, Payload: { 'token.$': '$$.Task.Token' } };
  return { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters, ...rest };
}
