import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { InvalidCursor } from '../../../functions/app/errors.ts';
import type { ExpectationRef, Page, Registrations } from '../../../functions/app/ports.ts';
import { registrations } from '../../../functions/adapters/dynamodb/registrations.ts';
import { MalformedItem } from '../../../functions/adapters/dynamodb/store.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import { revise, setStatus, type Registration } from '../../../functions/core/registration.ts';
import { fileExpectation, registrationOf } from '../../core/build.ts';
import { noLog, NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let store: Registrations;

beforeAll(async () => {
  table = await startTable();
  store = registrations(table.store);
});
afterAll(() => table.close());

const fresh = (id: string, team = 'data') => registrationOf(fileExpectation({ id, team }));

async function saved(next: Registration, replaced?: Registration): Promise<Registration> {
  expect(await store.save(next, replaced)).toBe(true);
  return (await store.get(next))!;
}

async function due(ref: ExpectationRef, until: number): Promise<boolean> {
  const found = todos(table.store, noLog);
  const pages = await Promise.all(
    Array.from({ length: found.shards }, (_, shard) => found.due(shard, until, 100)),
  );
  return pages.flat().some((todo) => todo.kind === 'registration' && todo.ref.id === ref.id);
}

describe('a registration', () => {
  test('is read as it was saved, one version on', async () => {
    const first = fresh('as-saved');
    expect(await store.get(first)).toBeUndefined();
    await store.save(first);
    expect(await store.get(first)).toEqual({ ...first, version: 1 });
  });

  test('is created by one of two who create it at once', async () => {
    const first = fresh('two-creators');
    const results = await Promise.all([store.save(first), store.save({ ...first, changedBy: 'other' })]);
    expect(results.toSorted()).toEqual([false, true]);
  });

  test('is changed by one of two who read the same version, and the other has written nothing', async () => {
    const current = await saved(fresh('two-writers'));
    const change = (title: string) =>
      revise(current, fileExpectation({ id: 'two-writers', title }), { now: NOW, by: title }, undefined);
    const results = await Promise.all([
      store.save(change('one'), current),
      store.save(change('two'), current),
    ]);
    const winner = results[0] ? 'one' : 'two';
    expect(results.toSorted()).toEqual([false, true]);
    expect((await store.get(current))?.changedBy).toBe(winner);
    expect((await store.revisions(current)).map(({ changedBy }) => changedBy)).toEqual([winner, 'tester']);
  });

  test('has a history with the current revision first', async () => {
    let current = await saved(fresh('with-history'));
    for (const title of ['b', 'c']) {
      const next = revise(
        current,
        fileExpectation({ id: 'with-history', title }),
        { now: NOW, by: 'me' },
        undefined,
      );
      current = await saved(next, current);
    }
    const titles = (await store.revisions(current)).map(({ revision, expectation }) => [
      revision,
      expectation.title,
    ]);
    expect(titles).toEqual([
      [3, 'c'],
      [2, 'b'],
      [1, undefined],
    ]);
  });

  test('has a history that tells of nothing but revisions', async () => {
    const current = await saved(fresh('without-more'));
    await saved({ ...current, planAt: NOW + 1 }, current);
    const [only, ...rest] = await store.revisions(current);
    expect(rest).toEqual([]);
    expect(Object.keys(only ?? {}).toSorted()).toEqual(
      ['changedAt', 'changedBy', 'expectation', 'rev', 'revision', 'status'].toSorted(),
    );
  });

  test('stays filed once when a crash fell between the filing and the change', async () => {
    const current = await saved(fresh('crashed'));
    const next = revise(
      current,
      fileExpectation({ id: 'crashed', title: 'b' }),
      { now: NOW, by: 'me' },
      undefined,
    );
    expect(await store.save({ ...next, version: 99 }, current)).toBe(false);
    expect((await store.revisions(current)).map(({ revision }) => revision)).toEqual([1]);
  });

  test('is to be planned at planAt, and not when there is none', async () => {
    const current = await saved({ ...fresh('planned'), planAt: NOW + 1000 });
    expect(await due(current, NOW + 999)).toBe(false);
    expect(await due(current, NOW + 1000)).toBe(true);
    await saved({ ...current, planAt: undefined });
    expect(await due(current, NOW + 1e9)).toBe(false);
  });

  test('whose item is of unknown form is an error that tells the key', async () => {
    const Item = { pk: 'E#data/odd', sk: 'HEAD', team: 'data', id: 'odd', revision: 'one' };
    await table.client.send(new PutCommand({ TableName: 'overdue', Item }));
    const read = store.get({ team: 'data', id: 'odd' });
    await expect(read).rejects.toThrow(MalformedItem);
    await expect(read).rejects.toThrow('pk E#data/odd, sk HEAD');
  });

  test('costs one call to read, one to plan, two to revise', async () => {
    const current = await saved(fresh('counted'));
    table.calls();
    await store.get(current);
    expect(table.calls()).toEqual(['GetItem']);
    await store.save({ ...current, plannedThrough: NOW });
    expect(table.calls()).toEqual(['PutItem']);
    await store.save({ ...current, revision: 2, version: 2 }, current);
    expect(table.calls()).toEqual(['PutItem', 'PutItem']);
  });
});

describe('the list of a team', () => {
  const ids = Array.from({ length: 25 }, (_, index) => `exp-${String(index).padStart(2, '0')}`);

  async function pages(team: string, limit: number): Promise<Page<Registration>[]> {
    const found: Page<Registration>[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list(team, { limit, cursor });
      found.push(page);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  const idsOf = (found: Page<Registration>[]) => found.flatMap(({ items }) => items.map(({ id }) => id));

  beforeAll(async () => {
    for (const team of ['many', 'more']) for (const id of ids) await store.save(fresh(id, team));
  });

  test.each([1, 7, 24, 25, 26])('comes in pages of %i without loss or repetition', async (limit) => {
    const found = await pages('many', limit);
    expect(idsOf(found)).toEqual(ids);
    expect(found.map(({ items }) => items.length)).toEqual(
      Array.from({ length: Math.ceil(25 / limit) }, (_, page) => Math.min(limit, 25 - page * limit)),
    );
  });

  test('leaves out what was deleted, also while the index still shows it', async () => {
    await pages('more', 4);
    table.lag.on = true;
    const current = (await store.get({ team: 'more', id: 'exp-03' }))!;
    await saved(setStatus(current, 'deleted', { now: NOW, by: 'me' }), current);
    const found = idsOf(await pages('more', 4));
    table.lag.on = false;
    expect(found).toEqual(ids.filter((id) => id !== 'exp-03'));
    expect(idsOf(await pages('more', 4))).toEqual(found);
  });

  test('goes on after the last one of the page before, also when that one is gone', async () => {
    const { cursor } = await store.list('many', { limit: 5 });
    const gone = (await store.get({ team: 'many', id: 'exp-04' }))!;
    await saved(setStatus(gone, 'deleted', { now: NOW, by: 'me' }), gone);
    const { items } = await store.list('many', { limit: 2, cursor });
    expect(items.map(({ id }) => id)).toEqual(['exp-05', 'exp-06']);
  });

  test('does not pass over an id that begins with the last one', async () => {
    for (const id of ['a', 'a-b', 'a.b', 'a0']) await store.save(fresh(id, 'prefixes'));
    expect(idsOf(await pages('prefixes', 1))).toEqual(['a', 'a-b', 'a.b', 'a0']);
  });

  test('of a team with nothing is one empty page', async () => {
    expect(await store.list('nobody', { limit: 10 })).toEqual({ items: [] });
  });

  test('refuses a cursor of another team, and one that is garbage', async () => {
    const { cursor } = await store.list('many', { limit: 5 });
    await expect(store.list('more', { limit: 5, cursor })).rejects.toThrow(InvalidCursor);
    for (const garbage of [
      '',
      'x',
      'e30',
      Buffer.from('{"query":1}').toString('base64url'),
      'a'.repeat(5000),
    ])
      await expect(store.list('many', { limit: 5, cursor: garbage })).rejects.toThrow(InvalidCursor);
  });
});
