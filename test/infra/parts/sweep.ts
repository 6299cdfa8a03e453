import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { TODO_SHARDS } from '../../../functions/adapters/table.ts';
import type { Context } from '../../../functions/app/ports.ts';
import { sweepTask } from '../../../functions/handlers/tasks.ts';
import { resources, synthesize, Text } from '../stack.ts';

const Schedule = z.object({
  ScheduleExpression: z.string(),
  State: z.string(),
  GroupName: Text,
  Target: z.object({ Arn: Text, Input: z.string().default('{}'), DeadLetterConfig: z.object({ Arn: Text }) }),
});

const Input = z.object({ groups: z.array(z.int()) });

const schedules = [...resources(synthesize(), 'AWS::Scheduler::Schedule', Schedule).values()].filter(
  ({ GroupName }) => GroupName.startsWith('Overdue-Sweep-'),
);

it('the sweep is started every five minutes', () => {
  expect(schedules).toMatchObject([
    {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Target: { Arn: expect.stringMatching(/^<SweepMachine/) },
    },
  ]);
});

it('the sweep looks at every shard exactly once', async () => {
  const looked: number[] = [];
  const ctx = {
    now: () => 0,
    metrics: { count: () => undefined, time: () => undefined },
    todos: { shards: TODO_SHARDS, due: (shard: number) => (looked.push(shard), Promise.resolve([])) },
  } as unknown as Context;
  const { groups } = Input.parse(JSON.parse(schedules[0]!.Target.Input));
  for (const group of groups) {
    await sweepTask(ctx)({ group, groups }, { getRemainingTimeInMillis: () => 115_000 });
  }
  expect(looked.sort((one, other) => one - other)).toEqual(
    Array.from({ length: TODO_SHARDS }, (_, shard) => shard),
  );
});

it('the schedule of the sweep is out of reach for those who make schedules for deadlines', () => {
  const groups = resources(synthesize(), 'AWS::Scheduler::ScheduleGroup', z.object({ Name: z.string() }));
  expect(groups.size).toBe(3);
  expect(schedules[0]?.GroupName).toMatch(/^Overdue-Sweep-/);
});
