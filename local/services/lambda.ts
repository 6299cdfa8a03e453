import { randomUUID } from 'node:crypto';
import type { LambdaHandler } from './service.ts';

/** A function of this machine; `timeoutSeconds` as configured on AWS (1-900). */
export interface LambdaFunction {
  handler: LambdaHandler;
  timeoutSeconds: number;
}

/** Invokes a function by name or ARN with a JSON text; answers the JSON text of its result. */
export type Invoke = (functionName: string, payload: string) => Promise<string>;

/** A failed invocation: `name` is Lambda's errorType, `message` the JSON text that Step Functions reports as Cause. */
export class LambdaError extends Error {
  constructor(errorType: string, errorMessage: string, trace: readonly string[] = []) {
    super(JSON.stringify({ errorType, errorMessage, trace }));
    this.name = errorType;
  }
}

/**
 * Runs Lambda functions in this process.
 * Payload and result pass through JSON text, so that a handler can neither see nor leak live objects.
 * Throws LambdaError: `Lambda.ResourceNotFoundException`, `Sandbox.Timedout` (the handler itself runs on, as
 * nothing can stop it), or the `name` of the error that the handler threw.
 */
export function createInvoke(functions: ReadonlyMap<string, LambdaFunction>): Invoke {
  return async (functionName, payload) => {
    const name = plainName(functionName);
    const lambda = functions.get(name);
    if (!lambda) {
      throw new LambdaError('Lambda.ResourceNotFoundException', `Function not found: ${functionName}`);
    }
    const result = await runWithin(lambda, name, JSON.parse(payload));
    return encodeResult(result);
  };
}

/** Calls one function with objects instead of texts; they are copied through JSON all the same. */
export function bindFunction(invoke: Invoke, functionName: string): (event: unknown) => Promise<unknown> {
  return async (event) => JSON.parse(await invoke(functionName, JSON.stringify(event))) as unknown;
}

/** Name, partial ARN or ARN, each with or without a qualifier: the forms that Lambda's Invoke takes. */
function plainName(nameOrArn: string): string {
  const afterFunction = nameOrArn.split(':function:')[1];
  return (afterFunction ?? nameOrArn).split(':')[0] ?? nameOrArn;
}

async function runWithin(lambda: LambdaFunction, functionName: string, event: unknown): Promise<unknown> {
  const awsRequestId = randomUUID();
  const deadline = Date.now() + lambda.timeoutSeconds * 1000;
  const context = { functionName, awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  const { promise: expiry, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `RequestId: ${awsRequestId} Error: Task timed out after ${lambda.timeoutSeconds.toFixed(2)} seconds`;
    reject(new LambdaError('Sandbox.Timedout', message));
  }, lambda.timeoutSeconds * 1000);
  try {
    return await Promise.race([runHandler(lambda.handler, event, context), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function runHandler(
  ...[handler, event, context]: [LambdaHandler, ...Parameters<LambdaHandler>]
): Promise<unknown> {
  try {
    return await handler(event, context);
  } catch (error) {
    throw describeFailure(error);
  }
}

/** What the Node.js runtime of Lambda reports of a thrown value. */
function describeFailure(thrown: unknown): LambdaError {
  if (thrown instanceof Error) return new LambdaError(thrown.name, thrown.message, thrown.stack?.split('\n'));
  return new LambdaError(typeof thrown, String(thrown));
}

function encodeResult(result: unknown): string {
  try {
    const text: unknown = JSON.stringify(result);
    return typeof text === 'string' ? text : 'null';
  } catch (error) {
    throw new LambdaError('Runtime.MarshalError', `Unable to stringify response body: ${String(error)}`);
  }
}
