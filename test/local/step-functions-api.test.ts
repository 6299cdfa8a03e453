import { afterEach, describe, expect, test } from '@jest/globals';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { machine, startMachines, type TestMachines } from './machines.ts';
import { eventually } from './serve.ts';

const pass = { Start: { Type: 'Pass', End: true } };
const waiting = { Start: { Type: 'Wait', Seconds: 3600, End: true } };

let machines: TestMachines;
afterEach(() => machines.close());

async function start(stateMachine: string, name?: string, input?: string) {
  const command = new StartExecutionCommand({ stateMachineArn: machines.arn(stateMachine), name, input });
  return await machines.sfn.send(command);
}

async function describeExecution(executionArn: string | undefined) {
  return await machines.sfn.send(new DescribeExecutionCommand({ executionArn }));
}

describe('executions', () => {
  test('a Standard execution is described with its input, output and dates', async () => {
    machines = await startMachines([machine('m', pass)], {});
    const started = await start('m', 'one', '{"a":1}');
    expect(started.executionArn).toBe('arn:aws:states:eu-central-1:123456789012:execution:m:one');
    const ended = await eventually(async () => {
      const described = await describeExecution(started.executionArn);
      return described.status === 'RUNNING' ? undefined : described;
    });
    expect(ended).toMatchObject({ name: 'one', status: 'SUCCEEDED', input: '{"a":1}', output: '{"a":1}' });
    expect(ended.startDate).toEqual(started.startDate);
    expect(ended.stopDate!.getTime()).toBeGreaterThanOrEqual(ended.startDate!.getTime());
  });

  test('same name and input while running is the same execution, all else is refused', async () => {
    machines = await startMachines([machine('m', waiting)], {});
    const first = await start('m', 'one', '{"a":1}');
    const again = await start('m', 'one', '{"a":1}');
    expect(again).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(start('m', 'one', '{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await machines.sfn.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('m', 'one', '{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test('Express executions share a name, and are not described or listed', async () => {
    machines = await startMachines([machine('m', pass, 'EXPRESS')], {});
    const first = await start('m', 'one');
    const second = await start('m', 'one');
    expect(first.executionArn).toMatch(/^arn:aws:states:eu-central-1:123456789012:express:m:one:/);
    expect(second.executionArn).not.toBe(first.executionArn);
    await expect(describeExecution(first.executionArn)).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
    const list = new ListExecutionsCommand({ stateMachineArn: machines.arn('m') });
    await expect(machines.sfn.send(list)).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
    await eventually(() => (machines.closed.length === 2 ? true : undefined));
  });

  test.each([
    ['no such machine', 'nowhere', 'n', '{}', 'StateMachineDoesNotExist'],
    ['a space in the name', 'm', 'a b', '{}', 'InvalidName'],
    ['a colon in the name', 'm', 'a:b', '{}', 'InvalidName'],
    ['81 characters', 'm', 'x'.repeat(81), '{}', 'InvalidName'],
    ['input that is no JSON', 'm', 'n', '{', 'InvalidExecutionInput'],
    ['input beyond 256 KiB', 'm', 'n', `"${'x'.repeat(262_144)}"`, 'ValidationException'],
  ])('refuses %s', async (_, stateMachine, name, input, error) => {
    machines = await startMachines([machine('m', pass)], {});
    await expect(start(stateMachine, name, input)).rejects.toMatchObject({ name: error });
  });

  test('stopping one aborts it with the reason given', async () => {
    machines = await startMachines([machine('m', waiting)], {});
    const { executionArn } = await start('m', 'one');
    await machines.sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'of this' }));
    const described = await describeExecution(executionArn);
    expect(described).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'of this' });
    expect(machines.closed).toHaveLength(1);
  });

  test('lists by machine and status, newest first, in pages', async () => {
    machines = await startMachines([machine('m', waiting), machine('other', waiting)], {});
    await start('other');
    for (let i = 0; i < 5; i++) await start('m', `n${i}`);
    const { executionArn } = await start('m', 'stopped');
    await machines.sfn.send(new StopExecutionCommand({ executionArn }));
    const query = { stateMachineArn: machines.arn('m'), statusFilter: 'RUNNING', maxResults: 2 } as const;
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await machines.sfn.send(new ListExecutionsCommand({ ...query, nextToken }));
      names.push(...page.executions!.map((execution) => execution.name));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(names).toEqual(['n4', 'n3', 'n2', 'n1', 'n0']);
  });

  test('forgets the oldest closed ones beyond the limit, never open ones', async () => {
    machines = await startMachines([machine('m', pass), machine('w', waiting)], {}, { maxClosed: 2 });
    const open = await start('w', 'open');
    const arns: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      arns.push((await start('m', `n${i}`)).executionArn);
      await eventually(() => (machines.closed.length === i + 1 ? true : undefined));
    }
    await expect(describeExecution(arns[1])).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(await describeExecution(arns[2])).toMatchObject({ status: 'SUCCEEDED' });
    expect(await describeExecution(open.executionArn)).toMatchObject({ status: 'RUNNING' });
    await start('m', 'n0');
  });
});

describe('state machines', () => {
  test('are described and listed, with their placeholders filled', async () => {
    const definition = JSON.stringify({
      StartAt: 'S',
      States: { S: { Type: 'Pass', Result: '${Who}', End: true } },
    });
    const spec = { name: 'b', type: 'STANDARD', definition, substitutions: { Who: 'me' } } as const;
    machines = await startMachines([machine('a', pass), spec, machine('c', pass, 'EXPRESS')], {});
    const described = await machines.sfn.send(
      new DescribeStateMachineCommand({ stateMachineArn: machines.arn('b') }),
    );
    expect(described).toMatchObject({ name: 'b', type: 'STANDARD', status: 'ACTIVE' });
    expect(described.definition).toContain('"Result":"me"');
    const first = await machines.sfn.send(new ListStateMachinesCommand({ maxResults: 2 }));
    const second = await machines.sfn.send(new ListStateMachinesCommand({ nextToken: first.nextToken }));
    const names = [first, second].flatMap((page) => page.stateMachines!.map((item) => item.name));
    expect(names).toEqual(['a', 'b', 'c']);
    expect(second.nextToken).toBeUndefined();
  });
});
