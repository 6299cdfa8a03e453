import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { invokeAndWait, machine, startMachines, type TestMachines } from './machines.ts';
import { eventually } from './serve.ts';

const DAY_S = 86_400;

let machines: TestMachines;
let tokens: string[] = [];
afterEach(async () => {
  jest.useRealTimers();
  tokens = [];
  await machines.close();
});

async function takeToken(event: unknown): Promise<void> {
  if (typeof event === 'object' && event !== null && 'token' in event) tokens.push(String(event.token));
  return Promise.resolve();
}

async function startWith(states: Record<string, object>, longestWaitMs?: number): Promise<string> {
  const options = longestWaitMs === undefined ? {} : { longestWaitMs };
  machines = await startMachines([machine('m', states)], { takeToken }, options);
  return machines.service.startExecution({ stateMachineArn: machines.arn('m'), input: '{"n":0,"t":1}' })
    .executionArn;
}

const nthToken = (n: number) => eventually(() => tokens[n]);
const succeed = async (taskToken: string, output: unknown) =>
  await machines.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
const ended = () => eventually(() => machines.closed[0]);
const caught = { Type: 'Pass', End: true };

describe('a task token', () => {
  test('ends the wait with its output', async () => {
    await startWith({ Wait: invokeAndWait('takeToken', { ResultPath: '$.result', End: true }) });
    await succeed(await nthToken(0), { arrived: true });
    const { status, output } = await ended();
    expect({ status, output }).toEqual({
      status: 'SUCCEEDED',
      output: '{"n":0,"t":1,"result":{"arrived":true}}',
    });
  });

  test('is fresh on every entry into the state, and spent after its use', async () => {
    const again = {
      Type: 'Choice',
      Choices: [{ Variable: '$.go', BooleanEquals: true, Next: 'Wait' }],
      Default: 'Done',
    };
    await startWith({
      Wait: invokeAndWait('takeToken', { Next: 'Again' }),
      Again: again,
      Done: { Type: 'Succeed' },
    });
    await succeed(await nthToken(0), { go: true });
    const second = await nthToken(1);
    expect(second).not.toBe(tokens[0]);
    await expect(succeed(tokens[0]!, { go: false })).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await succeed(second, { go: false });
    expect((await ended()).status).toBe('SUCCEEDED');
  });

  test('fails the task with the error and cause that were sent', async () => {
    const Catch = [{ ErrorEquals: ['Gone'], Next: 'Caught' }];
    await startWith({ Wait: invokeAndWait('takeToken', { Catch, End: true }), Caught: caught });
    const taskToken = await nthToken(0);
    await machines.sfn.send(new SendTaskFailureCommand({ taskToken, error: 'Gone', cause: 'why' }));
    expect((await ended()).output).toBe('{"Error":"Gone","Cause":"why"}');
  });

  test('times out as States.Timeout, which States.TaskFailed does not match', async () => {
    const Catch = [
      { ErrorEquals: ['States.TaskFailed'], Next: 'Wrong' },
      { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Caught' },
    ];
    const wait = invokeAndWait('takeToken', { TimeoutSeconds: 1, Catch, End: true });
    await startWith({ Wait: wait, Caught: caught, Wrong: { Type: 'Fail', Error: 'Wrong' } });
    const { status, output } = await ended();
    expect(status).toBe('SUCCEEDED');
    expect(output).toContain('"Error":"States.Timeout"');
    await expect(succeed(tokens[0]!, {})).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  test('takes its timeout from a path into the state input, not into the parameters', async () => {
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }];
    await startWith({
      Wait: invokeAndWait('takeToken', { TimeoutSecondsPath: '$.t', Catch, End: true }),
      Caught: caught,
    });
    expect((await ended()).status).toBe('SUCCEEDED');
  });

  test('is lost without a heartbeat, kept by one', async () => {
    await startWith({
      Wait: invokeAndWait('takeToken', { TimeoutSeconds: 60, HeartbeatSeconds: 1, End: true }),
    });
    const taskToken = await nthToken(0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await machines.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(machines.closed).toEqual([]);
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
  });

  test('waits longer than a timer of the library: the function is invoked once, the token stays', async () => {
    await startWith({ Wait: invokeAndWait('takeToken', { TimeoutSeconds: 3600, End: true }) }, 20);
    const token = await nthToken(0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect({ tokens: tokens.length, closed: machines.closed.length }).toEqual({ tokens: 1, closed: 0 });
    await succeed(token, 'late');
    expect((await ended()).output).toBe('"late"');
  });

  test('refuses garbage, tokens of another process, output that is no JSON', async () => {
    await startWith({ Wait: invokeAndWait('takeToken', { End: true }) });
    await expect(succeed('garbage', {})).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed('x'.repeat(44), {})).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    const command = new SendTaskSuccessCommand({ taskToken: await nthToken(0), output: '{' });
    await expect(machines.sfn.send(command)).rejects.toMatchObject({ name: 'InvalidOutput' });
  });

  test('ends with its execution', async () => {
    const executionArn = await startWith({
      Wait: invokeAndWait('takeToken', {
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      }),
      Caught: caught,
    });
    const token = await nthToken(0);
    await machines.sfn.send(new StopExecutionCommand({ executionArn }));
    await expect(succeed(token, {})).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect(await machines.sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
    });
  });
});

describe('a Wait', () => {
  test('of 40 days ends after 40 days', async () => {
    machines = await startMachines(
      [machine('m', { Wait: { Type: 'Wait', Seconds: 40 * DAY_S, End: true } })],
      {},
    );
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    machines.service.startExecution({ stateMachineArn: machines.arn('m') });
    await jest.advanceTimersByTimeAsync(39 * DAY_S * 1000);
    expect(machines.closed).toEqual([]);
    await jest.advanceTimersByTimeAsync(2 * DAY_S * 1000);
    expect(machines.closed).toMatchObject([{ status: 'SUCCEEDED' }]);
  });

  test('longer than a timer of the library lasts as long as it says', async () => {
    const began = Date.now();
    await startWith({ Wait: { Type: 'Wait', SecondsPath: '$.t', End: true } }, 30);
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: '{"n":0,"t":1}' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(Date.now() - began).toBeLessThan(1500);
  });

  test('until a timestamp that is past passes at once', async () => {
    await startWith({
      Wait: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', OutputPath: '$.n', End: true },
    });
    expect((await ended()).output).toBe('0');
  });
});
