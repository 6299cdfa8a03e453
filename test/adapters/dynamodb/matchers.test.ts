import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { matchers } from '../../../functions/adapters/dynamodb/matchers.ts';
import type { Matcher } from '../../../functions/app/ports.ts';
import { reach } from '../../../functions/core/reach.ts';
import { fileExpectation, registrationOf } from '../../core/build.ts';
import { startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

function matcher(bucket: string, id: string, rev = 1): Matcher {
  const { file } = fileExpectation({ id }, { bucket });
  return { team: 'data', id, rev, file: file!, ...reach(registrationOf(fileExpectation())) };
}

test('a bucket shows what was put, and every revision of it', async () => {
  const store = matchers(table.store);
  expect(await store.of({ bucket: 'acme' })).toEqual([]);
  const all = [matcher('acme', 'a', 1), matcher('acme', 'a', 2), matcher('acme', 'b')];
  for (const one of all) await store.put(one);
  await store.put(matcher('other', 'c'));
  expect(await store.of({ bucket: 'acme' })).toEqual(all);
  await store.put({ ...matcher('acme', 'b'), silent: true });
  expect((await store.of({ bucket: 'acme' })).map(({ silent }) => silent)).toEqual([false, false, true]);
});

test('a follow-up is found at both of its sides', async () => {
  const store = matchers(table.store);
  const one: Matcher = {
    ...{ ...matcher('acme', 'ledger'), file: undefined },
    followUp: {
      after: { file: { bucket: 'incoming', key: 'orders/{*}.csv' } },
      by: { event: { pattern: { source: ['com.acme.ledger'] }, key: '$.detail.order' } },
      within: '2h',
    },
  };
  await store.put(one);
  for (const place of [{ bucket: 'incoming' }, { events: 'com.acme.ledger' }])
    expect(await store.of(place)).toMatchObject([{ id: 'ledger', followUp: one.followUp }]);
  expect(await store.of({ events: '*' })).toEqual([]);
});

test('one of a replaced revision expires a day after the last object that it wants', async () => {
  const store = matchers(table.store);
  const until = Date.parse('2026-11-21T06:00:00Z');
  await store.put({ ...matcher('retired', 'a'), until });
  expect(await store.of({ bucket: 'retired' })).toMatchObject([{ id: 'a', until }]);
  const { Item } = await table.store.client.send(
    new GetCommand({ TableName: table.store.table, Key: { pk: 'M#retired', sk: 'P#data/a#r1' } }),
  );
  expect(Item?.['expiresAt']).toBe(Date.parse('2026-11-22T06:00:00Z') / 1000);
});

test('another process sees a change with its next call, whatever it has kept', async () => {
  const [writer, reader] = [matchers(table.store), matchers(table.store)];
  for (let count = 1; count <= 5; count++) {
    await writer.put(matcher('shared', `e${count}`));
    expect(await reader.of({ bucket: 'shared' })).toHaveLength(count);
  }
});

test('an unchanged bucket costs one small read, also one that nobody watches', async () => {
  const store = matchers(table.store);
  await store.put(matcher('quiet', 'a'));
  await store.of({ bucket: 'quiet' });
  table.calls();
  expect(await store.of({ bucket: 'quiet' })).toHaveLength(1);
  expect(await store.of({ bucket: 'unwatched' })).toEqual([]);
  expect(table.calls()).toEqual(['GetItem', 'GetItem']);
});

test('a change that comes while the list is read is read by the next call', async () => {
  const [writer, reader] = [matchers(table.store), matchers(table.store)];
  await writer.put(matcher('racing', 'a'));
  let interfered = false;
  table.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName === 'QueryCommand' && !interfered) {
          interfered = true;
          await writer.put(matcher('racing', 'b'));
        }
        return answer;
      },
    { step: 'initialize', name: 'interfere' },
  );
  expect(await reader.of({ bucket: 'racing' })).toHaveLength(1);
  table.client.middlewareStack.remove('interfere');
  expect(await reader.of({ bucket: 'racing' })).toHaveLength(2);
});
