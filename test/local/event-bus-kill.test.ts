import { expect, test } from '@jest/globals';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines, startProcess } from './processes.ts';
import { clientConfig, eventually } from './serve.ts';

test('kill -9 right after the answer loses no event', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'events-kill-'));
  const file = join(dataDir, 'deliveries');
  const first = await startProcess('event-bus-process.ts', dataDir, file);
  const client = new EventBridgeClient(clientConfig(first.url));
  const accepted: (string | undefined)[] = [];
  for (let n = 0; n < 20; n++) {
    const Entries = Array.from({ length: 10 }, () => ({ Source: 'shop', DetailType: 'Order', Detail: '{}' }));
    const answer = await client.send(new PutEventsCommand({ Entries }));
    accepted.push(...answer.Entries!.map(({ EventId }) => EventId));
  }
  await first.kill();
  const before = readLines(file).length;
  const second = await startProcess('event-bus-process.ts', dataDir, file);
  const all = await eventually(() => {
    const ids = new Set(readLines(file));
    return ids.size >= accepted.length ? ids : undefined;
  }, 10_000);
  await second.kill();
  rmSync(dataDir, { recursive: true });
  expect(before).toBeLessThan(accepted.length);
  expect([...all].sort()).toEqual([...accepted].sort());
}, 60_000);
