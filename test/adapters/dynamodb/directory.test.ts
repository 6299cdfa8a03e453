import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { apiKeys } from '../../../functions/adapters/dynamodb/api-keys.ts';
import { channels } from '../../../functions/adapters/dynamodb/channels.ts';
import { checkInTokens } from '../../../functions/adapters/dynamodb/check-in-tokens.ts';
import { mutes } from '../../../functions/adapters/dynamodb/mutes.ts';
import { MalformedItem } from '../../../functions/adapters/dynamodb/store.ts';
import { teams } from '../../../functions/adapters/dynamodb/teams.ts';
import type { ApiKey, Channel, Team } from '../../../functions/app/ports.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

describe('teams', () => {
  const team = (id: string): Team => ({ id, title: 'A', grants: [], createdAt: NOW, version: 0 });

  test('are read as saved and listed by id', async () => {
    const store = teams(table.store);
    expect(await store.list()).toEqual([]);
    for (const id of ['b', 'a']) expect(await store.save(team(id))).toBe(true);
    expect(await store.get('a')).toEqual({ ...team('a'), version: 1 });
    expect(await store.get('c')).toBeUndefined();
    expect((await store.list()).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('are created once, and changed by one of two at a time', async () => {
    const store = teams(table.store);
    expect(await store.save(team('c'))).toBe(true);
    expect(await store.save(team('c'))).toBe(false);
    const current = (await store.get('c'))!;
    const grants = [{ bucket: 'acme', prefix: '' }];
    const results = await Promise.all([store.save({ ...current, grants }), store.save(current)]);
    expect(results.toSorted()).toEqual([false, true]);
  });
});

describe('mutes', () => {
  const one = (id: string) => ({
    id,
    from: NOW,
    until: NOW + 1,
    by: 'Ada',
    expectations: ['a*'],
    why: 'moving',
  });

  test('of a team are none at first, and are read as saved', async () => {
    const store = mutes(table.store);
    expect(await store.get('data')).toEqual({ mutes: [], version: 0 });
    expect(await store.save('data', { mutes: [one('a')], version: 0 })).toBe(true);
    expect(await store.get('data')).toEqual({ mutes: [one('a')], version: 1 });
    expect(await store.get('other')).toEqual({ mutes: [], version: 0 });
  });

  test('are changed by one of two at a time', async () => {
    const store = mutes(table.store);
    const { version } = await store.get('data');
    const saves = ['b', 'c'].map((id) => store.save('data', { mutes: [one(id)], version }));
    expect((await Promise.all(saves)).toSorted()).toEqual([false, true]);
  });
});

describe('channels', () => {
  const channel = (name: string, team = 'data'): Channel => ({
    team,
    name,
    target: { type: 'email', to: ['ops@example.com'] },
    createdAt: NOW,
  });

  test('are put, replaced, listed by name and removed', async () => {
    const store = channels(table.store);
    for (const name of ['slack', 'mail']) await store.put(channel(name));
    await store.put(channel('other', 'data-2'));
    expect(await store.get('data', 'mail')).toEqual(channel('mail'));
    const target = { type: 'slack', url: 'https://hooks.example.com/x' } as const;
    await store.put({ ...channel('slack'), target });
    expect((await store.list('data')).map(({ target: { type } }) => type)).toEqual(['email', 'slack']);
    expect(await store.remove('data', 'mail')).toBe(true);
    expect(await store.remove('data', 'mail')).toBe(false);
    expect(await store.get('data', 'mail')).toBeUndefined();
  });

  test('whose item is of unknown form are an error that tells the key and no secret', async () => {
    const item = { pk: 'TEAM#odd', sk: 'CH#x', team: 'odd', name: 'x', createdAt: 1 };
    const Item = { ...item, target: { type: 'webhook', url: 'ftp://secret-path' } };
    await table.client.send(new PutCommand({ TableName: 'overdue', Item }));
    const read = channels(table.store).get('odd', 'x');
    await expect(read).rejects.toThrow(MalformedItem);
    await expect(read).rejects.toThrow('sk CH#x');
    await expect(read).rejects.not.toThrow('secret-path');
  });
});

describe('API keys', () => {
  const key = (id: string, createdAt = NOW, team = 'data'): ApiKey => ({
    id,
    team,
    role: 'editor',
    name: 'ci',
    secretHash: 'ab',
    createdAt,
    createdBy: 'key:1',
  });

  test('are created once, found by id, listed by age and removed', async () => {
    const store = apiKeys(table.store);
    expect(await store.create(key('young', NOW + 1))).toBe(true);
    expect(await store.create(key('old'))).toBe(true);
    expect(await store.create(key('old'))).toBe(false);
    await store.create(key('operator', NOW, '*'));
    await store.create(key('other', NOW, 'data-2'));
    expect(await store.get('old')).toEqual(key('old'));
    expect((await store.list('data')).map(({ id }) => id)).toEqual(['old', 'young']);
    expect((await store.list('*')).map(({ id }) => id)).toEqual(['operator']);
    await store.remove(key('old'));
    expect(await store.get('old')).toBeUndefined();
    expect((await store.list('data')).map(({ id }) => id)).toEqual(['young']);
  });
});

test('check-in tokens are found by their hash until they are removed', async () => {
  const store = checkInTokens(table.store);
  await store.put('h1', { team: 'data', id: 'backup' });
  expect(await store.find('h1')).toEqual({ team: 'data', id: 'backup' });
  expect(await store.find('h2')).toBeUndefined();
  await store.remove('h1');
  expect(await store.find('h1')).toBeUndefined();
});
