import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { allCalendars } from '../../functions/adapters/calendars.ts';
import { ownCalendars } from '../../functions/adapters/dynamodb/calendars.ts';
import type { Calendar } from '../../functions/core/calendar.ts';
import type { Calendars } from '../../functions/app/ports.ts';
import { MemoryLog } from '../support/memory/outside.ts';
import { todos } from '../../functions/adapters/dynamodb/todos.ts';
import { noLog, NOW, startTable, type TestTable } from './dynamodb/support.ts';

let table: TestTable;
let log: MemoryLog;
let calendars: Calendars;

const inventory: Calendar = {
  team: 'data',
  name: 'inventory',
  days: [
    { date: '2026-11-20', name: 'Stocktaking' },
    { date: '2026-12-25', name: 'Closed' },
  ],
  validUntil: '2026-12-25',
  revision: 1,
  status: 'active',
  changedAt: NOW,
  changedBy: 'key:1',
  version: 0,
};

beforeAll(async () => {
  table = await startTable();
  await ownCalendars(table.store).save(inventory);
});
afterAll(() => table.close());
beforeEach(() => {
  log = new MemoryLog();
  calendars = allCalendars(ownCalendars(table.store), log);
});

describe('calendars of a team', () => {
  test('are saved and listed by name, without deleted ones', async () => {
    const store = ownCalendars(table.store);
    const other = { ...inventory, name: 'a-first', team: 'lists' };
    expect(await store.save({ ...inventory, team: 'lists' })).toBe(true);
    expect(await store.save(other)).toBe(true);
    expect(await store.get({ team: 'lists', name: 'a-first' })).toEqual({ ...other, version: 1 });
    expect((await store.list('lists')).map(({ name }) => name)).toEqual(['a-first', 'inventory']);
    await store.save({ ...other, revision: 2, status: 'deleted', version: 1 });
    expect((await store.list('lists')).map(({ name }) => name)).toEqual(['inventory']);
  });

  test('are written only by who has read the newest state', async () => {
    const store = ownCalendars(table.store);
    const first = { ...inventory, team: 'races' };
    expect(await store.save(first)).toBe(true);
    expect(await store.save(first)).toBe(false);
    expect(await store.save({ ...first, revision: 2, version: 1 })).toBe(true);
    expect(await store.save({ ...first, revision: 2, version: 1 })).toBe(false);
  });

  test('keep every revision, also after a deletion', async () => {
    const store = ownCalendars(table.store);
    const ref = { team: 'history', name: 'inventory' };
    const first: Calendar = { ...inventory, ...ref };
    expect(await store.revisions(ref)).toEqual([]);
    await store.save(first);
    const second: Calendar = { ...first, revision: 2, days: [], why: 'moved', version: 1 };
    await store.save(second, { ...first, version: 1 });
    const third: Calendar = { ...second, revision: 3, status: 'deleted', version: 2 };
    await store.save(third, { ...second, version: 2 });
    const revisions = await store.revisions(ref);
    expect(revisions.map(({ revision, status, days }) => [revision, status, days.length])).toEqual([
      [3, 'deleted', 0],
      [2, 'active', 0],
      [1, 'active', 2],
    ]);
  });

  test('are on the to-do list while expectations that name them are not planned', async () => {
    const store = ownCalendars(table.store);
    const unsettled = { ...inventory, team: 'todo', unsettledSince: NOW };
    await store.save(unsettled);
    const listed = todos(table.store, noLog);
    const all = async () => {
      const shards = Array.from({ length: listed.shards }, (_, shard) => listed.due(shard, NOW, 10));
      return (await Promise.all(shards)).flat();
    };
    expect(await all()).toEqual([{ kind: 'calendar', team: 'todo', name: 'inventory' }]);
    await store.save({ ...inventory, team: 'todo', version: 1 });
    expect(await all()).toEqual([]);
  });

  test('are on it 30 days before they end, until their end was told or put off', async () => {
    const store = ownCalendars(table.store);
    const ref = { team: 'ends', name: 'inventory' };
    const listed = todos(table.store, noLog);
    const dueAt = async (iso: string) => {
      const until = Date.parse(iso);
      const shards = Array.from({ length: listed.shards }, (_, shard) => listed.due(shard, until, 100));
      return (await Promise.all(shards)).flat().filter((todo) => 'team' in todo && todo.team === 'ends');
    };
    const before = '2026-11-24T23:59:59.999Z';
    const from = '2026-11-25T00:00:00.000Z';
    await store.save({ ...inventory, ...ref });
    expect([await dueAt(before), await dueAt(from)]).toEqual([[], [{ kind: 'calendar', ...ref }]]);
    await store.save({ ...inventory, ...ref, warnedOf: '2026-12-25', version: 1 });
    expect(await dueAt('2027-12-31T00:00:00Z')).toEqual([]);
    expect(await store.get(ref)).toMatchObject({ warnedOf: '2026-12-25' });
    expect((await store.revisions(ref))[0]).not.toHaveProperty('warnedOf');
    await store.save({ ...inventory, ...ref, validUntil: '2027-12-25', version: 2 });
    expect([await dueAt(from), await dueAt('2027-11-25T00:00:00Z')]).toEqual([
      [],
      [{ kind: 'calendar', ...ref }],
    ]);
  });

  test('that were stored before ends were told of are read', async () => {
    const { validUntil, version: _, ...older } = inventory;
    const Item = { pk: 'TEAM#older', sk: 'CAL#inventory', ...older, team: 'older', validUntil, version: 1 };
    await table.client.send(new PutCommand({ TableName: 'overdue', Item }));
    const ref = { team: 'older', name: 'inventory' };
    expect(await ownCalendars(table.store).get(ref)).toEqual({ ...inventory, ...ref, version: 1 });
  });
});

describe('days off', () => {
  test('are those of all the calendars together', async () => {
    const isHoliday = await calendars.holidays('data', ['DE', 'inventory']);
    expect(isHoliday('2026-12-26')).toMatch(/Boxing|2nd|Second/);
    expect(isHoliday('2026-11-20')).toBe('Stocktaking');
    expect(isHoliday('2026-11-23')).toBeUndefined();
  });

  test('are named by the first calendar that has them', async () => {
    const isHoliday = await calendars.holidays('data', ['inventory', 'DE']);
    expect(isHoliday('2026-12-25')).toBe('Closed');
  });

  test('of a calendar that is gone are none, and the log tells', async () => {
    const isHoliday = await calendars.holidays('data', ['gone', 'XX', 'inventory']);
    expect(isHoliday('2026-11-20')).toBe('Stocktaking');
    expect(log.lines.map(({ level, facts }) => [level, facts['name']]).toSorted()).toEqual([
      ['warn', 'XX'],
      ['warn', 'gone'],
    ]);
  });

  test('of a calendar of another team are none', async () => {
    const isHoliday = await calendars.holidays('other', ['inventory']);
    expect(isHoliday('2026-11-20')).toBeUndefined();
  });
});

describe('the name of a calendar', () => {
  test.each([
    ['DE-BE', undefined],
    ['inventory', undefined],
    ['DE-XX', expect.stringContaining('DE-XX is unknown')],
    [
      'inventories',
      "must be one of the team's calendars: inventory, or a region code in capital letters such as DE-BE",
    ],
  ])('%s: %s', async (name, problem) => {
    expect(await calendars.problem('data', name)).toEqual(problem);
  });

  test('says so when the team has none', async () => {
    expect(await calendars.problem('empty', 'inventory')).toBe(
      'must be a calendar of the team, which has none yet, or a region code in capital letters such as DE-BE',
    );
  });
});
