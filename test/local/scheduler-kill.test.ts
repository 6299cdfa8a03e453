import { expect, test } from '@jest/globals';
import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines, startProcess } from './processes.ts';
import { clientConfig, eventually } from './serve.ts';

const COUNT = 200;

test('kill -9 in the middle of deliveries loses none and repeats only those under way', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'scheduler-kill-'));
  const file = join(dataDir, 'deliveries');
  const first = await startProcess('scheduler-process.ts', dataDir, file);
  const client = new SchedulerClient(clientConfig(first.url));
  const due = new Date(Date.now() + 3000).toISOString().slice(0, 19);
  for (let n = 0; n < COUNT; n++) {
    await client.send(
      new CreateScheduleCommand({
        Name: `n${n}`,
        ScheduleExpression: `at(${due})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:checker',
          RoleArn: 'arn:aws:iam::123456789012:role/overdue',
          Input: String(n),
        },
      }),
    );
  }
  await eventually(() => (readLines(file).length > COUNT / 4 ? true : undefined), 10_000);
  await first.kill();
  const before = readLines(file).length;
  const second = await startProcess('scheduler-process.ts', dataDir, file);
  const listing = new SchedulerClient(clientConfig(second.url));
  await eventually(async () => {
    const { Schedules } = await listing.send(new ListSchedulesCommand({}));
    return Schedules!.length === 0 ? true : undefined;
  }, 10_000);
  await second.kill();
  const all = readLines(file);
  rmSync(dataDir, { recursive: true });
  expect(before).toBeLessThan(COUNT);
  expect(new Set(all).size).toBe(COUNT);
  expect(all.length).toBeLessThanOrEqual(COUNT + 16);
}, 60_000);
