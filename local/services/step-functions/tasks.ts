import { z } from 'zod';
import { AwsError } from '../aws-json.ts';
import { parseJsonText, type Json } from '../json.ts';
import { LongTimer } from '../long-timer.ts';
import { runtimeError, TaskError } from './errors.ts';
import { STILL_WAITING, type TaskPlan } from './prepare.ts';
import type { Run } from './run.ts';

/** Payload quota of a state's input and output; see the service quotas of Step Functions. */
const MAX_PAYLOAD_BYTES = 262_144;

/** TimeoutSeconds when a state names none. */
const DEFAULT_TIMEOUT_SECONDS = 99_999_999;

type CallPlan = Exclude<TaskPlan, { kind: 'wait' }>;
type WaitPlan = Extract<TaskPlan, { kind: 'wait' }>;

const positiveInteger = z.int().min(1);
/** Not z.json(), which copies: a wait is known again by the identity of its input. */
const json = z.custom<Json>();
const hidden = {
  __input: json.optional(),
  __timeout: positiveInteger.optional(),
  __heartbeat: positiveInteger.optional(),
};
const invokeParameters = z.strictObject({ FunctionName: z.string(), Payload: json.default({}), ...hidden });
const startParameters = z.strictObject({
  StateMachineArn: z.string(),
  Name: z.string().optional(),
  Input: json.optional(),
  ...hidden,
});
const waitParameters = z.object({
  __input: json,
  seconds: z.int().min(0).optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
});

/** Performs a Task or Wait state whose parameters are resolved; rejects with what Retry and Catch then match. */
export async function performTask(run: Run, plan: TaskPlan, parameters: Json): Promise<Json> {
  // Before any await: until here nothing else of this execution can have asked for a token.
  const token = run.takeToken();
  switch (plan.kind) {
    case 'invoke':
      run.countEvents(3);
      return invokeFunction(run, plan, parameters);
    case 'token':
      run.countEvents(4);
      return invokeAndWait(run, plan, parameters, token);
    case 'start':
      run.countEvents(3);
      return startExecution(run, parameters);
    case 'wait':
      return wait(run, plan, parameters);
  }
}

async function invokeFunction(run: Run, plan: CallPlan, parameters: Json): Promise<Json> {
  const { FunctionName, Payload, __timeout } = parseParameters(invokeParameters, parameters);
  const payload = encodePayload(Payload);
  const seconds = __timeout ?? plan.timeoutSeconds;
  const result = await run.inSlot(() => {
    const invocation = run.services.invoke(FunctionName, payload);
    return seconds === undefined ? invocation : within(seconds, invocation, run.services.timeoutError);
  });
  checkSize(result);
  return { ExecutedVersion: '$LATEST', Payload: parseJsonText(result), StatusCode: 200 };
}

async function invokeAndWait(run: Run, plan: CallPlan, parameters: Json, token: string): Promise<Json> {
  const { FunctionName, Payload, ...rest } = parseParameters(invokeParameters, parameters);
  const payload = encodePayload(Payload);
  const timeoutMs = (rest.__timeout ?? plan.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  const heartbeatSeconds = rest.__heartbeat ?? plan.heartbeatSeconds;
  return resumable(run, rest.__input, timeoutMs, () => {
    const suspension = run.suspend();
    run.services.tokens.open(token, suspension);
    const invocation = run.inSlot(async () => {
      suspension.endAfter(timeoutMs, () => {
        suspension.reject(run.services.timeoutError);
      });
      if (heartbeatSeconds !== undefined) {
        const lost = new TaskError('States.HeartbeatTimeout', 'States.HeartbeatTimeout');
        suspension.expectHeartbeat(heartbeatSeconds * 1000, () => {
          suspension.reject(lost);
        });
      }
      await run.services.invoke(FunctionName, payload);
    });
    invocation.catch((error: unknown) => {
      suspension.reject(asError(error));
    });
    return suspension.promise;
  });
}

async function wait(run: Run, plan: WaitPlan, parameters: Json): Promise<Json> {
  const fixed = plan.seconds !== undefined || plan.timestamp !== undefined;
  const target = fixed ? { __input: parameters, ...plan } : parseParameters(waitParameters, parameters);
  const until = target.timestamp === undefined ? undefined : Date.parse(target.timestamp) - Date.now();
  const delayMs = until ?? (target.seconds ?? 0) * 1000;
  if (delayMs <= 0) return target.__input;
  return resumable(run, target.__input, delayMs, () => {
    const suspension = run.suspend();
    suspension.endAfter(delayMs, () => {
      suspension.resolve(target.__input);
    });
    return suspension.promise;
  });
}

function startExecution(run: Run, parameters: Json): Json {
  const { StateMachineArn, Name, Input } = parseParameters(startParameters, parameters);
  const request = { stateMachineArn: StateMachineArn, name: Name, input: JSON.stringify(Input ?? {}) };
  try {
    const started = run.services.startExecution(request);
    return { ExecutionArn: started.executionArn, StartDate: new Date(started.startDate).toISOString() };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new TaskError(`StepFunctions.${error.name}Exception`, error.message);
  }
}

/** Waits under way whose state the library enters again, by the identity of the state's input. */
const ongoing = new WeakMap<object, Promise<Json>>();

/** Ends a wait that the library's timer could not, by entering the same state again as often as it takes. */
async function resumable(
  run: Run,
  input: Json | undefined,
  ms: number,
  begin: () => Promise<Json>,
): Promise<Json> {
  const { longestWaitMs } = run.services;
  if (ms <= longestWaitMs || typeof input !== 'object' || input === null) return begin();
  const waiting = ongoing.get(input) ?? begin().finally(() => ongoing.delete(input));
  ongoing.set(input, waiting);
  return within(longestWaitMs / 1000, waiting, new TaskError(STILL_WAITING, 'The wait goes on'));
}

async function within<T>(seconds: number, work: Promise<T>, expired: Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = new LongTimer(seconds * 1000, () => {
    reject(expired);
  });
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}

function parseParameters<T>(schema: z.ZodType<T>, parameters: Json): T {
  const parsed = schema.safeParse(parameters);
  if (!parsed.success) throw runtimeError(z.prettifyError(parsed.error));
  return parsed.data;
}

function encodePayload(payload: Json): string {
  const text = JSON.stringify(payload);
  checkSize(text);
  return text;
}

function checkSize(text: string): void {
  if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES) return;
  const cause =
    'The state/task returned a result with a size exceeding the maximum number of bytes service limit.';
  throw new TaskError('States.DataLimitExceeded', cause, { terminal: true });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
