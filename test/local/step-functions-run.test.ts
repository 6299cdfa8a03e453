import { afterEach, describe, expect, test } from '@jest/globals';
import { invoke, invokeAndWait, machine, startMachines, type TestMachines } from './machines.ts';
import { eventually } from './serve.ts';

let machines: TestMachines;
afterEach(() => machines.close());

const whole = { 'Payload.$': '$' };
const echo = (event: unknown) => Promise.resolve(event);

async function outputOf(states: Record<string, object>, input: unknown = {}): Promise<unknown> {
  machines = await startMachines([machine('m', states)], { echo });
  const { status, output, error, cause } = await machines.run('m', input);
  return status === 'SUCCEEDED' ? (JSON.parse(output!) as unknown) : { error, cause };
}

class LakeError extends Error {
  override name = 'LakeError';
}

describe('functions', () => {
  test('answer as the optimized integration does, by name or ARN', async () => {
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:echo:live';
    const result = await outputOf({ Call: invoke(arn, whole, { End: true }) }, { a: [1] });
    expect(result).toEqual({ ExecutedVersion: '$LATEST', Payload: { a: [1] }, StatusCode: 200 });
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

describe('the language', () => {
  test('the context names the execution, the state and the machine', async () => {
    const Parameters = {
      'id.$': '$$.Execution.Id',
      'name.$': '$$.Execution.Name',
      'start.$': '$$.Execution.StartTime',
      'input.$': '$$.Execution.Input.a',
      'state.$': "States.Format('in {}', $$.State.Name)",
      'entered.$': '$$.State.EnteredTime',
      'machine.$': '$$.StateMachine.Name',
    };
    const inner = { Inside: { Type: 'Pass', Parameters, End: true } };
    const ItemProcessor = { StartAt: 'Inside', States: inner };
    const outputs = await outputOf(
      { Each: { Type: 'Map', ItemsPath: '$.list', ItemProcessor, End: true } },
      { a: 7, list: [1] },
    );
    const { executionArn, startDate } = machines.closed[0]!;
    const entered: unknown = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(outputs).toEqual([
      {
        id: executionArn,
        name: executionArn.split(':').at(-1),
        start: new Date(startDate).toISOString(),
        input: 7,
        state: 'in Inside',
        entered,
        machine: 'm',
      },
    ]);
  });

  test('EnteredTime is still the entry when the result is selected', async () => {
    const Call = invoke('echo', whole, {
      ResultSelector: { 'entered.$': '$$.State.EnteredTime', 'payload.$': '$.Payload' },
      End: true,
    });
    const states = { Wait: { Type: 'Wait', Seconds: 1, Next: 'Call' }, Call };
    machines = await startMachines([machine('m', states)], {
      echo: async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return 1;
      },
    });
    const { output, startDate, stopDate } = await machines.run('m');
    const { entered } = JSON.parse(output!) as { entered: string };
    expect(Date.parse(entered)).toBeGreaterThanOrEqual(startDate + 1000);
    expect(stopDate! - Date.parse(entered)).toBeGreaterThanOrEqual(290);
  });

  test.each([
    [
      { Type: 'Pass', Result: 0, ResultPath: '$.zero', End: true },
      { a: 1, zero: 0 },
    ],
    [{ Type: 'Pass', Result: [2], ResultPath: '$', End: true }, [2]],
    [
      { Type: 'Pass', Result: 3, ResultPath: "$['a b'].c", End: true },
      { a: 1, 'a b': { c: 3 } },
    ],
    [
      {
        Type: 'Parallel',
        Branches: ['x', 'y'].map((name) => ({
          StartAt: name,
          States: { [name]: { Type: 'Pass', Result: name, End: true } },
        })),
        ResultPath: '$.both',
        End: true,
      },
      { a: 1, both: ['x', 'y'] },
    ],
  ])('a single state %#', async (state, output) => {
    expect(await outputOf({ Only: state }, { a: 1 })).toEqual(output);
  });

  test.each([
    [{ Variable: '$.b', IsPresent: false }, 'yes'],
    [{ Variable: '$.a', IsPresent: false }, 'no'],
    [{ Variable: '$.a', IsNull: false }, 'yes'],
    [{ And: [{ Variable: '$.a', NumericEquals: 1 }, { Not: { Variable: '$.b', IsPresent: true } }] }, 'yes'],
    [
      {
        Or: [
          { Variable: '$.a', IsString: false },
          { Variable: '$.b', StringEquals: 'x' },
        ],
      },
      'yes',
    ],
  ])('a choice %#', async (rule, chosen) => {
    const states = {
      Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
      Yes: { Type: 'Pass', Result: 'yes', End: true },
      No: { Type: 'Pass', Result: 'no', End: true },
    };
    expect(await outputOf(states, { a: 1 })).toBe(chosen);
  });

  test('an execution starts another, and catches that its name is taken', async () => {
    const start = {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution',
      Parameters: { StateMachineArn: '${Other}', 'Name.$': '$.name', Input: { 'n.$': '$.n' } },
      ResultPath: '$.started',
    };
    const Catch = [
      {
        ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'],
        ResultPath: '$.error',
        Next: 'Taken',
      },
    ];
    const main = machine('m', {
      First: { ...start, Next: 'Second' },
      Second: { ...start, Parameters: { ...start.Parameters, Input: {} }, Catch, End: true },
      Taken: { Type: 'Pass', OutputPath: '$.started', End: true },
    });
    const other = machine('other', { Wait: { Type: 'Wait', Seconds: 60, End: true } });
    const substitutions = { Other: 'arn:aws:states:eu-central-1:123456789012:stateMachine:other' };
    machines = await startMachines([{ ...main, substitutions }, other], {});
    const { output } = await machines.run('m', { name: 'child', n: 1 });
    expect(JSON.parse(output!)).toMatchObject({
      ExecutionArn: 'arn:aws:states:eu-central-1:123456789012:execution:other:child',
    });
  });

  test.each([
    [
      'a placeholder without a value',
      machine('bad', { S: { Type: 'Pass', Result: '${Nobody}', End: true } }),
      /no substitution for \$\{Nobody\}/,
    ],
    [
      'an invalid definition',
      machine('bad', { S: { Type: 'Pass', Next: 'Nowhere' } }),
      /State machine bad: .*invalid/s,
    ],
    [
      'a token in Express',
      machine('bad', { S: invokeAndWait('f', { End: true }) }, 'EXPRESS'),
      /waitForTaskToken/,
    ],
    [
      'an unknown resource',
      machine('bad', { S: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } }),
      /sns:publish/,
    ],
  ])('refuses %s at once', async (_, spec, message) => {
    machines = await startMachines([], {});
    await expect(startMachines([spec], {})).rejects.toThrow(message);
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

  test('executions run so many functions at once, the earlier ones finish first', async () => {
    const load = { now: 0, most: 0 };
    const finished: number[] = [];
    const halfDone = new Set<number>();
    let mostHalfDone = 0;
    const step = async (event: unknown) => {
      load.most = Math.max(load.most, ++load.now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      load.now--;
      const { n, last } = event as { n: number; last: boolean };
      if (last) {
        halfDone.delete(n);
        finished.push(n);
      } else halfDone.add(n);
      mostHalfDone = Math.max(mostHalfDone, halfDone.size);
    };
    const task = (last: boolean, rest: object) =>
      invoke('step', { Payload: { 'n.$': '$.n', last } }, { ResultPath: null, ...rest });
    const express = machine(
      'm',
      { One: task(false, { Next: 'Two' }), Two: task(true, { End: true }) },
      'EXPRESS',
    );
    machines = await startMachines([express], { step }, { maxRunning: 4 });
    for (let n = 0; n < 300; n++)
      machines.service.startExecution({ stateMachineArn: machines.arn('m'), input: `{"n":${n}}` });
    await eventually(() => (finished.length === 300 ? true : undefined));
    expect(load.most).toBe(4);
    expect(mostHalfDone).toBeLessThanOrEqual(4);
    expect(finished.every((n, at) => Math.abs(n - at) <= 8)).toBe(true);
  });

  test('an execution that waits holds no slot', async () => {
    const slow = machine('slow', { Token: invokeAndWait('echo', { End: true }) });
    const wait = machine('wait', { Wait: { Type: 'Wait', Seconds: 60, End: true } });
    const quick = machine('quick', { Call: invoke('echo', whole, { End: true }) });
    machines = await startMachines([slow, wait, quick], { echo }, { maxRunning: 1 });
    for (const name of ['slow', 'wait', 'slow'])
      machines.service.startExecution({ stateMachineArn: machines.arn(name) });
    expect(await machines.run('quick')).toMatchObject({ status: 'SUCCEEDED' });
  });
});
