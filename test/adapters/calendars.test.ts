import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { allCalendars } from '../../functions/adapters/calendars.ts';
import { ownCalendars, type OwnCalendar } from '../../functions/adapters/dynamodb/calendars.ts';
import type { Calendars } from '../../functions/app/ports.ts';
import { MemoryLog } from '../support/memory/outside.ts';
import { NOW, startTable, type TestTable } from './dynamodb/support.ts';

let table: TestTable;
let log: MemoryLog;
let calendars: Calendars;

const inventory: OwnCalendar = {
  team: 'data',
  name: 'inventory',
  days: [
    { date: '2026-11-20', name: 'Stocktaking' },
    { date: '2026-12-25', name: 'Closed' },
  ],
  changedAt: NOW,
  changedBy: 'key:1',
};

beforeAll(async () => {
  table = await startTable();
  await ownCalendars(table.store).put(inventory);
});
afterAll(() => table.close());
beforeEach(() => {
  log = new MemoryLog();
  calendars = allCalendars(ownCalendars(table.store), log);
});

describe('calendars of a team', () => {
  test('are put, replaced, listed by name and removed', async () => {
    const store = ownCalendars(table.store);
    const other = { ...inventory, name: 'a-first', team: 'lists' };
    await store.put({ ...inventory, team: 'lists' });
    await store.put(other);
    expect(await store.get('lists', 'a-first')).toEqual(other);
    await store.put({ ...other, days: [] });
    expect((await store.list('lists')).map(({ name, days }) => [name, days.length])).toEqual([
      ['a-first', 0],
      ['inventory', 2],
    ]);
    expect(await store.remove('lists', 'a-first')).toBe(true);
    expect(await store.remove('lists', 'a-first')).toBe(false);
    expect(await store.list('lists')).toHaveLength(1);
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
