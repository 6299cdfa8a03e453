import { afterEach, describe, expect, test } from '@jest/globals';
import { invoke, invokeAndWait, machine, startMachines, type TestMachines } from './machines.ts';
import { eventually } from './serve.ts';

let machines: TestMachines;
afterEach(() => machines.close());

const whole = { 'Payload.$': '$' };
const echo = (event: unknown) => Promise.resolve(event);

class LakeError extends Error {
  override name = 'LakeError';
}

describe('functions', () => {
  test('answer as the optimized integration does, by name or ARN', async () => {
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:echo:live';
    machines = await startMachines([machine('m', { Call: invoke(arn, whole, { End: true }) })], { echo });
    const { output } = await machines.run('m', { a: [1] });
    expect(JSON.parse(output!)).toEqual({ ExecutedVersion: '$LATEST', Payload: { a: [1] }, StatusCode: 200 });
  });

  test('are invoked again by a Retry that names their error, and by no other', async () => {
    let calls = 0;
    const fail = () => Promise.reject(new LakeError(`call ${++calls}`));
    const Retry = [
      { ErrorEquals: ['Other'], MaxAttempts: 9 },
      {
        ErrorEquals: ['LakeError'],
        IntervalSeconds: 1,
        MaxAttempts: 2,
        BackoffRate: 1,
        MaxDelaySeconds: 1,
        JitterStrategy: 'FULL',
      },
    ];
    const Catch = [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'Caught' }];
    const states = {
      Call: invoke('fail', whole, { Retry, Catch, End: true }),
      Caught: { Type: 'Pass', End: true },
    };
    machines = await startMachines([machine('m', states)], { fail });
    const { output } = await machines.run('m', { id: 1 });
    expect(calls).toBe(3);
    const parsed = JSON.parse(output!) as { id: number; error: { Error: string; Cause: string } };
    expect(parsed.error.Error).toBe('LakeError');
    expect(JSON.parse(parsed.error.Cause)).toMatchObject({ errorType: 'LakeError', errorMessage: 'call 3' });
  });

  test.each([
    ['nowhere', 'Lambda.ResourceNotFoundException'],
    ['hang', 'Sandbox.Timedout'],
    ['huge', 'States.DataLimitExceeded'],
    ['thrown', 'string'],
  ])('fail the execution: %s', async (name, error) => {
    const hang = () => new Promise(() => undefined);
    const huge = () => Promise.resolve('x'.repeat(262_143));
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what Lambda does with it is the test
    const thrown = () => Promise.reject('no error');
    machines = await startMachines([machine('m', { Call: invoke(name, whole, { End: true }) })], {
      hang,
      huge,
      thrown,
    });
    expect(await machines.run('m')).toMatchObject({ status: 'FAILED', error });
  });

  test('see copies: what they keep and change leaves the execution alone', async () => {
    const kept: { list?: number[] } = { list: [] };
    const keep = () => Promise.resolve(kept);
    const spoil = () => {
      kept.list!.push(1);
      return Promise.resolve(undefined);
    };
    const states = {
      Keep: invoke('keep', whole, { ResultPath: '$.kept', Next: 'Spoil' }),
      Spoil: invoke('spoil', whole, { ResultPath: '$.spoilt', End: true }),
    };
    machines = await startMachines([machine('m', states)], { keep, spoil });
    const { output } = await machines.run('m');
    expect(JSON.parse(output!)).toMatchObject({ kept: { Payload: { list: [] } }, spoilt: { Payload: null } });
  });

  test('time out by the state before they do by themselves', async () => {
    const hang = () => new Promise(() => undefined);
    const states = {
      Call: invoke('hang', whole, {
        TimeoutSeconds: 1,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
        End: true,
      }),
      Late: { Type: 'Pass', Result: 'late', End: true },
    };
    const call = machine('m', states);
    machines = await startMachines([call], {}, { invoke: () => hang() as Promise<string> });
    expect((await machines.run('m')).output).toBe('"late"');
  });
});

describe('limits', () => {
  test('TimeoutSeconds of the definition ends an execution', async () => {
    const wait = { Wait: { Type: 'Wait', Seconds: 60, End: true } };
    const definition = JSON.stringify({ StartAt: 'Wait', TimeoutSeconds: 1, States: wait });
    const specs = (['STANDARD', 'EXPRESS'] as const).map((type) => ({ name: type, type, definition }));
    machines = await startMachines(specs, {});
    const ended = await Promise.all([machines.run('STANDARD'), machines.run('EXPRESS')]);
    expect(ended.map(({ status }) => status)).toEqual(['TIMED_OUT', 'TIMED_OUT']);
  });

  test('a loop ends at the quota of history events', async () => {
    const again = {
      Type: 'Choice',
      Choices: [{ Variable: '$.end', IsPresent: true, Next: 'End' }],
      Default: 'A',
    };
    const states = { A: { Type: 'Pass', Next: 'B' }, B: again, End: { Type: 'Succeed' } };
    machines = await startMachines([machine('m', states)], {}, { maxHistoryEvents: 100 });
    expect(await machines.run('m')).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('(100)') as unknown,
    });
  });

  test('executions of a machine run so many functions at once, the first that asked goes first', async () => {
    const load = { now: 0, most: 0 };
    const finished: string[] = [];
    const step = async (event: unknown) => {
      load.most = Math.max(load.most, ++load.now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      load.now--;
      const { n, step: name } = event as { n: number; step: string };
      finished.push(`${name} ${n}`);
    };
    const task = (name: string, rest: object) =>
      invoke('step', { Payload: { 'n.$': '$.n', step: name } }, { ResultPath: null, ...rest });
    const express = machine(
      'm',
      { One: task('first', { Next: 'Two' }), Two: task('second', { End: true }) },
      'EXPRESS',
    );
    machines = await startMachines([express], { step }, { maxRunning: 4 });
    for (let n = 0; n < 300; n++)
      machines.service.startExecution({ stateMachineArn: machines.arn('m'), input: `{"n":${n}}` });
    await eventually(() => (finished.length === 600 ? true : undefined));
    expect(load.most).toBe(4);
    const order = finished.map((done) => (done.startsWith('second') ? 300 : 0) + Number(done.split(' ')[1]));
    // The very first overtake, while the others are only being started.
    expect(order.filter((n, at) => Math.abs(n - at) > 8).length).toBeLessThanOrEqual(4);
  });

  test("a crowd in one machine does not hold up another machine's executions", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const done: string[] = [];
    const crowd = machine('crowd', { One: invoke('stuck', { Payload: {} }, { End: true }) }, 'EXPRESS');
    const other = machine('other', { One: invoke('quick', { Payload: {} }, { End: true }) }, 'EXPRESS');
    const functions = { stuck: () => gate, quick: () => Promise.resolve(void done.push('quick')) };
    machines = await startMachines([crowd, other], functions, { maxRunning: 2 });
    for (let n = 0; n < 10; n++) machines.service.startExecution({ stateMachineArn: machines.arn('crowd') });
    machines.service.startExecution({ stateMachineArn: machines.arn('other') });
    await eventually(() => (done.length === 1 ? true : undefined));
    release();
  });

  test('an execution that waits holds no slot', async () => {
    const Choices = ['Token', 'Wait'].map((kind) => ({ Variable: '$', StringEquals: kind, Next: kind }));
    const states = {
      Choose: { Type: 'Choice', Choices, Default: 'Call' },
      Token: invokeAndWait('echo', { End: true }),
      Wait: { Type: 'Wait', Seconds: 60, End: true },
      Call: invoke('echo', whole, { End: true }),
    };
    machines = await startMachines([machine('m', states)], { echo }, { maxRunning: 1 });
    for (const kind of ['Token', 'Wait', 'Token']) {
      const input = JSON.stringify(kind);
      machines.service.startExecution({ stateMachineArn: machines.arn('m'), input });
    }
    expect(await machines.run('m', 'Call')).toMatchObject({ status: 'SUCCEEDED' });
  });
});
