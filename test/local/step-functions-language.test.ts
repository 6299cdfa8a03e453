import { afterEach, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invoke, invokeAndWait, machine, startMachines, type TestMachines } from './machines.ts';

let machines: TestMachines;
afterEach(() => machines.close());

const whole = { 'Payload.$': '$' };
const echo = (event: unknown) => Promise.resolve(event);

async function outputOf(states: Record<string, object>, input: unknown = {}): Promise<unknown> {
  machines = await startMachines([machine('m', states)], { echo });
  const { status, output, error, cause } = await machines.run('m', input);
  return status === 'SUCCEEDED' ? (JSON.parse(output!) as unknown) : { error, cause };
}

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
    [{ Variable: '$.a', NumericLessThan: 5 }, 'yes'],
    [{ Variable: '$.z', NumericLessThan: 5 }, 'no'],
    [{ Variable: '$.s', NumericGreaterThanEquals: 5 }, 'no'],
    [{ Variable: '$.z', TimestampLessThan: '2026-01-01T00:00:00Z' }, 'no'],
    [{ Variable: '$.a', StringGreaterThanPath: '$.s' }, 'no'],
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
    expect(await outputOf(states, { a: 1, z: null, s: '7' })).toBe(chosen);
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
      'JSON as text, which comes out broken',
      machine('bad', { S: { Type: 'Pass', Parameters: { 'a.$': 'States.JsonToString($)' }, End: true } }),
      /States.JsonToString/,
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

test('every deployed definition runs here', async () => {
  const directory = join(import.meta.dirname, '../../state-machines');
  const specs = readdirSync(directory)
    .filter((file) => file.endsWith('.asl.json'))
    .map((file) => {
      const definition = readFileSync(join(directory, file), 'utf8');
      const keys = [...definition.matchAll(/\$\{(\w+)\}/g)].map(([, key = '']) => key);
      const arns = keys.map((key) => [key, `arn:aws:lambda:eu-central-1:123456789012:function:${key}`]);
      return {
        name: file.split('.')[0]!,
        type: 'STANDARD',
        definition,
        substitutions: Object.fromEntries(arns) as Record<string, string>,
      } as const;
    });
  machines = await startMachines(specs, {});
  expect(specs.length).toBeGreaterThan(0);
});
