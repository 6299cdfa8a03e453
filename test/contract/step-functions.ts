import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { clause, fresh, refused, soon, type Chapter } from './contract.ts';
import { listen } from './listener.ts';
import type { MachineName } from './machines.ts';
import type { Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/step-functions/latest';
const START = `${DOCS}/apireference/API_StartExecution.html`;
const SUCCESS = `${DOCS}/apireference/API_SendTaskSuccess.html`;
const FAILURE = `${DOCS}/apireference/API_SendTaskFailure.html`;
const HEARTBEAT = `${DOCS}/apireference/API_SendTaskHeartbeat.html`;
const TOKENS = `${DOCS}/dg/connect-to-resource.html#connect-wait-token`;
const TASK = `${DOCS}/dg/state-task.html`;
const ERRORS = `${DOCS}/dg/concepts-error-handling.html`;
const SELECTOR = `${DOCS}/dg/input-output-inputpath-params.html`;

const ALREADY = 'ExecutionAlreadyExists';
/** Nobody waits for the token any more, by the errors that the page lists. */
const CLOSED = ['TaskTimedOut', 'TaskDoesNotExist'];

const start = ({ aws, machine }: Target, of: MachineName, input: object, name = fresh('x')) =>
  aws.sfn.send(
    new StartExecutionCommand({ stateMachineArn: machine(of), name, input: JSON.stringify(input) }),
  );

const Told = z.object({ token: z.string().optional(), n: z.number().optional() });

/** Runs a clause with somebody who hears what the function tells. */
async function hearing(
  clauseOf: (heard: {
    tellTo: string;
    heard: z.output<typeof Told>[];
    token: () => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const { tellTo, heard, close } = await listen((event) => Told.parse(event));
  try {
    await clauseOf({ tellTo, heard, token: () => soon('a token', () => Promise.resolve(heard[0]?.token)) });
  } finally {
    close();
  }
}

async function ended({ aws }: Target, executionArn: string | undefined) {
  const { status, output = '{}' } = await soon(
    'the end',
    async () => {
      const described = await aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
      return described.status === 'RUNNING' ? undefined : described;
    },
    8000,
  );
  return { status, output: z.record(z.string(), z.unknown()).parse(JSON.parse(output)) };
}

const succeed = ({ aws }: Target, taskToken: string, output: object = {}) =>
  aws.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));

export const stepFunctions: Chapter = {
  service: 'Step Functions',
  clauses: [
    clause(
      'sfn-same',
      'a running name with the same input is answered as before, and nothing else starts',
      START,
      (t) =>
        hearing(async ({ tellTo, heard, token }) => {
          const name = fresh('x');
          const first = await start(t, 'waits', { tellTo }, name);
          await token();
          const second = await start(t, 'waits', { tellTo }, name);
          assert.equal(second.executionArn, first.executionArn);
          await sleep(500);
          assert.equal(heard.length, 1);
        }),
    ),
    clause('sfn-other-input', 'a running name with another input is refused', START, (t) =>
      hearing(async ({ tellTo }) => {
        const name = fresh('x');
        await start(t, 'waits', { tellTo }, name);
        await refused(start(t, 'waits', { tellTo, other: true }, name), ALREADY);
      }),
    ),
    clause('sfn-closed', 'a name that ran is refused, with the same input too', START, (t) =>
      hearing(async ({ tellTo }) => {
        const name = fresh('x');
        const { executionArn } = await start(t, 'decides', { tellTo }, name);
        await ended(t, executionArn);
        await refused(start(t, 'decides', { tellTo }, name), ALREADY);
      }),
    ),
    clause('sfn-names', 'a name has up to 80 characters and no colon', START, (t) =>
      hearing(async ({ tellTo }) => {
        await start(t, 'decides', { tellTo }, `${fresh('x')}${'x'.repeat(80)}`.slice(0, 80));
        await refused(start(t, 'decides', { tellTo }, 'x'.repeat(81)), 'InvalidName', 'ValidationException');
        await refused(start(t, 'decides', { tellTo }, `${fresh('x')}:y`), 'InvalidName');
      }),
    ),
    clause('sfn-input', 'an input that is no JSON is refused', START, async ({ aws, machine }) => {
      const command = new StartExecutionCommand({ stateMachineArn: machine('decides'), input: '{' });
      await refused(aws.sfn.send(command), 'InvalidExecutionInput');
    }),
    clause(
      'sfn-no-machine',
      'a machine that does not exist is told as such',
      START,
      async ({ aws, machine }) => {
        const stateMachineArn = `${machine('decides')}-not`;
        await refused(
          aws.sfn.send(new StartExecutionCommand({ stateMachineArn })),
          'StateMachineDoesNotExist',
        );
      },
    ),
    clause('sfn-express', 'an Express machine starts twice for the same name', START, (t) =>
      hearing(async ({ tellTo, heard }) => {
        const name = fresh('x');
        for (const n of [1, 2]) await start(t, 'tells', { tellTo, n }, name);
        const both = await soon('both', () => Promise.resolve(heard.length === 2 ? heard : undefined));
        assert.deepEqual(both.map(({ n }) => n).toSorted(), [1, 2]);
      }),
    ),
    clause('sfn-token', 'a token that is sent back ends the wait with its output', TOKENS, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waits', { tellTo });
        await succeed(t, await token(), { arrived: true });
        const { status, output } = await ended(t, executionArn);
        assert.deepEqual([status, output], ['SUCCEEDED', { tellTo, answer: { arrived: true } }]);
      }),
    ),
    clause('sfn-token-twice', 'a token that was sent back is refused', SUCCESS, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waits', { tellTo });
        await succeed(t, await token());
        await ended(t, executionArn);
        await refused(succeed(t, await token()), ...CLOSED);
      }),
    ),
    clause('sfn-token-late', 'a token is refused after the timeout of its task', SUCCESS, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waitsShortly', { tellTo });
        await ended(t, executionArn);
        await refused(succeed(t, await token()), ...CLOSED);
      }),
    ),
    clause('sfn-token-stopped', 'a token is refused when its execution was stopped', SUCCESS, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waits', { tellTo });
        const taskToken = await token();
        await t.aws.sfn.send(new StopExecutionCommand({ executionArn }));
        assert.equal((await ended(t, executionArn)).status, 'ABORTED');
        await refused(succeed(t, taskToken), ...CLOSED);
      }),
    ),
    clause('sfn-token-wrong', 'a token that is none is refused', SUCCESS, async (t) => {
      await refused(succeed(t, 'nobody-gave-this'), 'InvalidToken');
    }),
    clause('sfn-token-failure', 'a failure that is sent back fails the task by its name', FAILURE, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waits', { tellTo });
        const failure = { taskToken: await token(), error: 'Gone', cause: 'why' };
        await t.aws.sfn.send(new SendTaskFailureCommand(failure));
        await soon('the end', async () => {
          const described = await t.aws.sfn.send(new DescribeExecutionCommand({ executionArn }));
          return described.status === 'FAILED' && described.error === 'Gone' ? true : undefined;
        });
      }),
    ),
    clause('sfn-token-heartbeat', 'a heartbeat needs a task that waits', HEARTBEAT, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waits', { tellTo });
        await t.aws.sfn.send(new SendTaskHeartbeatCommand({ taskToken: await token() }));
        await succeed(t, await token());
        await ended(t, executionArn);
        await refused(t.aws.sfn.send(new SendTaskHeartbeatCommand({ taskToken: await token() })), ...CLOSED);
      }),
    ),
    clause('sfn-timeout', 'TimeoutSeconds ends a wait by States.Timeout', TASK, (t) =>
      hearing(async ({ tellTo }) => {
        const began = Date.now();
        const { executionArn } = await start(t, 'waitsShortly', { tellTo });
        const { output } = await ended(t, executionArn);
        assert.equal(output['by'], 'States.Timeout');
        assert.ok(Date.now() - began >= 1000);
      }),
    ),
    clause('sfn-timeout-path', 'TimeoutSecondsPath takes the timeout from the input', TASK, (t) =>
      hearing(async ({ tellTo }) => {
        const { executionArn } = await start(t, 'waitsAsTold', { tellTo, seconds: 1 });
        assert.equal((await ended(t, executionArn)).output['by'], 'States.Timeout');
      }),
    ),
    clause('sfn-null-path', 'ResultPath null keeps the input as it was', SELECTOR, (t) =>
      hearing(async ({ tellTo, token }) => {
        const { executionArn } = await start(t, 'waitsAsTold', { tellTo, seconds: 30 });
        await succeed(t, await token(), { arrived: true });
        assert.deepEqual((await ended(t, executionArn)).output, { tellTo, seconds: 30 });
      }),
    ),
    clause(
      'sfn-choice',
      'ResultSelector and ResultPath place an answer, by which a Choice decides',
      SELECTOR,
      (t) =>
        hearing(async ({ tellTo }) => {
          const { executionArn } = await start(t, 'decides', { tellTo, again: true });
          const { output } = await ended(t, executionArn);
          assert.deepEqual(output, { tellTo, again: true, judged: { again: true }, by: 'choice' });
        }),
    ),
    clause('sfn-retry', 'Retry calls a function that failed as often as it says', ERRORS, (t) =>
      hearing(async ({ tellTo, heard }) => {
        const { executionArn } = await start(t, 'retries', { tellTo, failWith: 'Any' });
        assert.equal((await ended(t, executionArn)).output['by'], 'States.ALL');
        assert.equal(heard.length, 3);
      }),
    ),
    clause('sfn-error-name', 'Catch tells the errors of a function by their names', ERRORS, (t) =>
      hearing(async ({ tellTo }) => {
        const { executionArn } = await start(t, 'retries', { tellTo, failWith: 'Faulty' });
        assert.equal((await ended(t, executionArn)).output['by'], 'name');
      }),
    ),
  ],
};
