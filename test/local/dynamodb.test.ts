import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import db, { type Item, type Level, type Table } from 'dynalite/db/index.js';
import { startDynamoDb } from '../../local/services/dynamodb.ts';
import { repairDatabase } from '../../local/services/dynamodb-repair.ts';
import { STATE, TODO, clientOf, createTable, decide, ids, item, put } from './dynamodb-table.ts';
import { cleanUp, started, temporaryDirectory, victim } from './support.ts';

afterEach(cleanUp);

/** Works on the closed database of `directory`. */
async function onDisk<Result>(directory: string, work: (level: Level) => Promise<Result>): Promise<Result> {
  const { db: level } = db.create({ path: join(directory, 'level') });
  await level.open();
  try {
    return await work(level);
  } finally {
    await level.close();
  }
}

const entriesOf = async (level: Level, index: string): Promise<[string, Item][]> => {
  const prefix = `index-global~overdue~${index}~`;
  return level.iterator<Item>({ gte: prefix, lt: `${prefix}~` }).nextv(100);
};

const service = fileURLToPath(new URL('../../local/services/dynamodb.ts', import.meta.url));

const startVictim = (directory: string) =>
  victim(`const { startDynamoDb } = await import(${JSON.stringify(service)});
    console.log((await startDynamoDb({ directory: ${JSON.stringify(directory)} })).endpoint);`);

test('keeps its items over a clean close', async () => {
  const directory = temporaryDirectory();
  const first = await startDynamoDb({ directory });
  await createTable(clientOf(first.endpoint));
  await put(clientOf(first.endpoint), '01');
  await first.close();
  expect(existsSync(join(directory, 'closed-cleanly'))).toBe(true);

  const second = await started(startDynamoDb({ directory }));
  expect(existsSync(join(directory, 'closed-cleanly'))).toBe(false);
  expect(await ids(clientOf(second.endpoint), TODO, 'T#0')).toEqual(['01']);
});

test('rebuilds indexes that lost an entry, kept a stale one or have old content', async () => {
  const directory = temporaryDirectory();
  const process = await startVictim(directory);
  const client = clientOf(process.line);
  await createTable(client);
  for (const id of ['01', '02', '03']) await put(client, id);
  await process.kill();

  await onDisk(directory, async (level) => {
    const [first, second, third] = await entriesOf(level, 'todo');
    const [pending] = await entriesOf(level, 'state');
    await level.batch([
      { type: 'del', key: first![0] },
      { type: 'put', key: `${second![0]}00`, value: { ...second![1], actAt: { S: 'stale' } } },
      { type: 'put', key: third![0], value: { ...third![1], id: { S: 'old' } } },
      { type: 'put', key: pending![0], value: { ...pending![1], state: { S: 'old' } } },
    ]);
  });

  const restarted = clientOf((await started(startDynamoDb({ directory }))).endpoint);
  expect(await ids(restarted, TODO, 'T#0')).toEqual(['01', '02', '03']);
  expect(await ids(restarted, STATE, 'pending')).toEqual(['01', '02', '03']);
  const again = await restarted.send(
    new GetItemCommand({ TableName: 'overdue', Key: { group: item('03').group, id: item('03').id } }),
  );
  expect(again.Item).toEqual(item('03'));
});

test('settles tables that a kill left half created or half deleted', async () => {
  const directory = temporaryDirectory();
  const first = await startVictim(directory);
  const client = clientOf(first.line);
  await createTable(client);
  await put(client, '01');
  await first.kill();

  const setStatus = (status: string) =>
    onDisk(directory, async (level) => {
      const [[key, table]] = (await level.iterator<Table>({ gte: 'table~', lt: 'table~~' }).nextv(1)) as [
        [string, Table],
      ];
      await level.batch([{ type: 'put', key, value: { ...table, TableStatus: status } }]);
    });

  await setStatus('CREATING');
  const second = await startVictim(directory);
  expect(await ids(clientOf(second.line), TODO, 'T#0')).toEqual(['01']);
  await second.kill();

  await setStatus('DELETING');
  const third = clientOf((await started(startDynamoDb({ directory }))).endpoint);
  await expect(third.send(new DescribeTableCommand({ TableName: 'overdue' }))).rejects.toThrow(/not found/);
  await createTable(third);
  expect(await ids(third, TODO, 'T#0')).toEqual([]);
  await third.send(new DeleteTableCommand({ TableName: 'overdue' }));
});

test('kill -9 loses no acknowledged write and leaves no index out of step', async () => {
  const directory = temporaryDirectory();
  const written = new Set<string>();
  const decided = new Set<string>();
  let next = 1000;
  for (let round = 0; round < 3; round += 1) {
    const process = await startVictim(directory);
    const client = clientOf(process.line);
    if (round === 0) await createTable(client);
    const work = Array.from({ length: 32 }, async () => {
      for (;;) {
        const id = String(next++);
        await put(client, id);
        written.add(id);
        await decide(client, id);
        decided.add(id);
      }
    });
    const ended = Promise.allSettled(work);
    await sleep(500);
    await process.kill();
    for (const outcome of await ended)
      expect(outcome).toHaveProperty('reason.message', expect.stringMatching(/ECONN|EPIPE|hang up/));
    // What the start of the next round would hide.
    expect(await onDisk(directory, repairDatabase)).toMatchObject({ missing: 0, stale: 0 });
  }

  const client = clientOf((await started(startDynamoDb({ directory }))).endpoint);
  const todo = new Set(await ids(client, TODO, 'T#0'));
  const met = new Set(await ids(client, STATE, 'met'));
  expect(written.size).toBeGreaterThan(100);
  expect([...decided].filter((id) => !met.has(id) || todo.has(id))).toEqual([]);
  expect([...written].filter((id) => !met.has(id) && !todo.has(id))).toEqual([]);
}, 30_000);

test('a reader sees an item in its index at every moment of an update', async () => {
  const client = clientOf((await started(startDynamoDb({ directory: temporaryDirectory() }))).endpoint);
  await createTable(client);
  await put(client, '01');
  const run = { over: false };
  const move = (async () => {
    for (let i = 0; i < 150; i += 1)
      await client.send(
        new PutItemCommand({ TableName: 'overdue', Item: { ...item('01'), actAt: { S: `${i}` } } }),
      );
    run.over = true;
  })();
  const seen = new Set<string>();
  while (!run.over)
    for (const found of await Promise.all([1, 2, 3].map(() => ids(client, TODO, 'T#0'))))
      seen.add(found.join());
  await move;
  expect([...seen]).toEqual(['01']);
});

test('a client that goes away in the middle of a request does not end the service', async () => {
  const { endpoint } = await started(startDynamoDb({ directory: temporaryDirectory() }));
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf');
  await sleep(50);
  socket.resetAndDestroy();
  await sleep(50);
  await createTable(clientOf(endpoint));
});

test('a taken port and an opened directory are refused', async () => {
  const directory = temporaryDirectory();
  const { endpoint } = await started(startDynamoDb({ directory }));
  const port = Number(new URL(endpoint).port);
  await expect(startDynamoDb({ directory: temporaryDirectory(), port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await expect(startDynamoDb({ directory })).rejects.toMatchObject({ code: 'LEVEL_DATABASE_NOT_OPEN' });
});
