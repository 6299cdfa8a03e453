import { expect, test } from '@jest/globals';
import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientConfig, eventually } from './serve.ts';

const COUNT = 200;

async function startProcess(
  dataDir: string,
  deliveries: string,
): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, 'scheduler-process.ts');
  const child = spawn(process.execPath, [script, dataDir, deliveries], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = await eventually(() => /http:\S+/.exec(output)?.[0], 10_000);
  return { child, url };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

function readDeliveries(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

test('kill -9 in the middle of deliveries loses none and repeats only those under way', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'scheduler-kill-'));
  const file = join(dataDir, 'deliveries');
  const first = await startProcess(dataDir, file);
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
  await eventually(() => (readDeliveries(file).length > COUNT / 4 ? true : undefined), 10_000);
  await kill(first.child);
  const before = readDeliveries(file).length;
  const second = await startProcess(dataDir, file);
  const listing = new SchedulerClient(clientConfig(second.url));
  await eventually(async () => {
    const { Schedules } = await listing.send(new ListSchedulesCommand({}));
    return Schedules!.length === 0 ? true : undefined;
  }, 10_000);
  await kill(second.child);
  const all = readDeliveries(file);
  rmSync(dataDir, { recursive: true });
  expect(before).toBeLessThan(COUNT);
  expect(new Set(all).size).toBe(COUNT);
  expect(all.length).toBeLessThanOrEqual(COUNT + 16);
}, 60_000);
