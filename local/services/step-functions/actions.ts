import { z } from 'zod';
import { AwsError, parseJson, parseRequest, type Action } from '../aws-json.ts';
import type { Json } from '../json.ts';
import type { Program } from './definition.ts';
import type { ExecutionRecord } from './executions.ts';
import { ROLE_ARN } from './run.ts';
import { TaskError } from './errors.ts';
import type { Tokens } from './suspension.ts';
import type { Engine } from './engine.ts';

const MAX_PAYLOAD_BYTES = 262_144;
const DEFAULT_PAGE = 100;

const payload = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES, 'at most 262144 bytes');
const page = {
  maxResults: z.int().min(0).max(1000).optional(),
  nextToken: z.string().max(3096).optional(),
};
const machineArn = z.object({ stateMachineArn: z.string().min(1) });
const executionArn = z.object({ executionArn: z.string().min(1) });
const startRequest = machineArn.extend({ name: z.string().optional(), input: payload.optional() });
const stopRequest = executionArn.extend({
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});
const statuses = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']);
const listRequest = machineArn.extend({ ...page, statusFilter: statuses.optional() });
const taskToken = z.object({ taskToken: z.string().min(1).max(2048) });
const successRequest = taskToken.extend({ output: payload });
const failureRequest = taskToken.extend({
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});

/** The actions of the Step Functions API that this machine serves, over one engine. */
export function createActions(engine: Engine): Readonly<Record<string, Action>> {
  return {
    ...taskActions(engine.tokens),
    StartExecution: (body) => {
      const started = engine.startExecution(parseRequest(startRequest, body));
      return { ...started, startDate: started.startDate / 1000 };
    },
    StopExecution: (body) => {
      const request = parseRequest(stopRequest, body);
      return { stopDate: engine.stopExecution(request.executionArn, request) / 1000 };
    },
    DescribeExecution: (body) =>
      describe(engine.executions.get(parseRequest(executionArn, body).executionArn).record),
    ListExecutions: (body) => listExecutions(engine, parseRequest(listRequest, body)),
    DescribeStateMachine: (body) => {
      const program = engine.program(parseRequest(machineArn, body).stateMachineArn);
      const fixed = { definition: program.text, roleArn: ROLE_ARN, status: 'ACTIVE' };
      return { ...summary(program, engine.startedAt), ...fixed };
    },
    ListStateMachines: (body) => {
      const { maxResults, nextToken } = parseRequest(z.object(page), body);
      const rest = [...engine.programs.values()].slice(cursor(nextToken, 0));
      const shown = rest.slice(0, maxResults || DEFAULT_PAGE);
      const next = rest.length > shown.length ? { nextToken: `${cursor(nextToken, 0) + shown.length}` } : {};
      return { stateMachines: shown.map((program) => summary(program, engine.startedAt)), ...next };
    },
  };
}

function taskActions(tokens: Tokens): Readonly<Record<string, Action>> {
  return {
    SendTaskSuccess: (body) => {
      const request = parseRequest(successRequest, body);
      const invalid = () => new AwsError('InvalidOutput', "Invalid Output: 'The output is not valid JSON'");
      const output = parseJson(request.output, invalid) as Json;
      tokens.find(request.taskToken).resolve(output);
      return {};
    },
    SendTaskFailure: (body) => {
      const {
        taskToken: token,
        error = 'States.TaskFailed',
        cause = '',
      } = parseRequest(failureRequest, body);
      tokens.find(token).reject(new TaskError(error, cause));
      return {};
    },
    SendTaskHeartbeat: (body) => {
      tokens.find(parseRequest(taskToken, body).taskToken).heartbeat();
      return {};
    },
  };
}

function listExecutions(engine: Engine, request: z.infer<typeof listRequest>): object {
  const program = engine.program(request.stateMachineArn);
  if (program.spec.type === 'EXPRESS') {
    throw new AwsError(
      'StateMachineTypeNotSupported',
      'This operation is not supported by this type of state machine',
    );
  }
  const limit = request.maxResults || DEFAULT_PAGE;
  const found = engine.executions.list(
    program.arn,
    request.statusFilter,
    cursor(request.nextToken, Infinity),
    limit,
  );
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    executions: shown.map(({ record }) => ({ ...listed(record), redriveCount: 0 })),
    ...(found.length > limit && last ? { nextToken: `${last.number}` } : {}),
  };
}

function cursor(token: string | undefined, start: number): number {
  if (token === undefined) return start;
  if (!/^\d{1,15}$/.test(token)) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(token);
}

function summary(program: Program, startedAt: number): object {
  const { arn: stateMachineArn, spec } = program;
  return { stateMachineArn, name: spec.name, type: spec.type, creationDate: startedAt / 1000 };
}

function listed(record: ExecutionRecord): object {
  const { executionArn: arn, stateMachineArn, name, status, startDate, stopDate } = record;
  const dates = {
    startDate: startDate / 1000,
    ...(stopDate === undefined ? {} : { stopDate: stopDate / 1000 }),
  };
  return { executionArn: arn, stateMachineArn, name, status, ...dates };
}

function describe(record: ExecutionRecord): object {
  const { input, output, error, cause } = record;
  const details = { inputDetails: { included: true }, redriveCount: 0, redriveStatus: 'NOT_REDRIVABLE' };
  return { ...listed(record), input, output, error, cause, ...details };
}
