import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { writeAll } from '../../../functions/adapters/dynamodb/batch.ts';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { InvalidCursor } from '../../../functions/app/errors.ts';
import type { BreachQuery, Deadlines, Page } from '../../../functions/app/ports.ts';
import { apply, close, type Decided } from '../../../functions/core/breach.ts';
import type { Deadline } from '../../../functions/core/deadline.ts';
import type { Severity } from '../../../functions/core/expectation.ts';
import { HOUR, MINUTE, toIso, type Instant } from '../../../functions/core/time.ts';
import { deadlineOf, fileExpectation } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let store: Deadlines;

beforeAll(async () => {
  table = await startTable();
  store = deadlines(table.store);
});
afterAll(() => table.close());

const ever = { from: 0, to: 2 * NOW };
const missed: Decided = { is: 'missed', reason: 'absent', seen: 'nothing', looked: [] };

async function miss(
  team: string,
  id: string,
  dueAt: Instant,
  severity: Severity = 'medium',
): Promise<Deadline> {
  const expectation = fileExpectation({ team, id });
  const first = { ...deadlineOf(expectation), occurrence: toIso(dueAt), dueAt };
  await store.create(first);
  const opened = apply((await store.get(first))!, missed, { severity, remindEvery: '8h' }, NOW);
  return (await store.save(opened))!;
}

async function walk(
  query: BreachQuery,
  limit: number,
  between: (page: number) => Promise<void> = async () => Promise.resolve(),
): Promise<Deadline[][]> {
  const pages: Page<Deadline>[] = [];
  do {
    pages.push(await store.breaches(query, { limit, cursor: pages.at(-1)?.cursor }));
    await between(pages.length);
  } while (pages.at(-1)?.cursor !== undefined);
  return pages.map(({ items }) => items);
}

const names = (pages: readonly (readonly Deadline[])[]) =>
  pages.flat().map(({ team, expectation, dueAt }) => `${team}/${expectation} ${(dueAt - NOW) / MINUTE}`);

describe('breaches', () => {
  test('of a team come newest first, without loss or repetition', async () => {
    const minutes = Array.from({ length: 35 }, (_, index) => (index * 17) % 35);
    for (const minute of minutes) await miss('one', `exp-${minute % 5}`, NOW + minute * MINUTE);
    const newest = minutes.toSorted((a, b) => b - a).map((minute) => `one/exp-${minute % 5} ${minute}`);
    for (const limit of [1, 4, 34, 35, 36, 100]) {
      const pages = await walk({ ...ever, team: 'one' }, limit);
      expect(names(pages)).toEqual(newest);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  test('that fell due at the same instant are each shown once', async () => {
    for (let index = 0; index < 30; index++) await miss('same', `exp-${index}`, NOW);
    const pages = await walk({ ...ever, team: 'same' }, 7);
    expect(new Set(names(pages)).size).toBe(30);
    expect(names(pages)).toHaveLength(30);
  });

  test('are neither lost nor repeated while others are missed and closed', async () => {
    const queries: BreachQuery[] = [
      { ...ever, team: 'busy' },
      { ...ever, team: 'busy', status: 'open' },
      { from: NOW - 1e6 * HOUR, to: 2 * NOW },
    ];
    for (let index = 0; index < 40; index++) await miss('busy', `exp-${index % 3}`, NOW + index * HOUR);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...queries),
        fc.integer({ min: 4, max: 15 }),
        fc.array(fc.integer({ min: -100, max: 4000 }), { minLength: 1, maxLength: 5 }),
        async (query, limit, minutes) => {
          const before = new Set(names(await walk(query, 100)));
          const pages = await walk(query, limit, async (page) => {
            const minute = minutes[page % minutes.length]!;
            await miss('busy', 'late', NOW + minute * MINUTE + page);
          });
          const seen = names(pages);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen).toEqual(expect.arrayContaining([...before]));
        },
      ),
      { numRuns: 8 },
    );
  }, 30_000);

  test('of all teams come together, newest first', async () => {
    const range = { from: NOW + 9e5 * MINUTE, to: NOW + 10e5 * MINUTE };
    for (const minute of [900_001, 900_003]) await miss('x', 'a', NOW + minute * MINUTE);
    for (const minute of [900_002, 900_004]) await miss('y', 'b', NOW + minute * MINUTE);
    expect(names(await walk(range, 3))).toEqual(['y/b 900004', 'x/a 900003', 'y/b 900002', 'x/a 900001']);
  });

  test('are within the range, with its beginning and without its end', async () => {
    for (const minute of [0, 1, 2, 3]) await miss('range', 'a', NOW + minute * MINUTE);
    const range = { from: NOW + MINUTE, to: NOW + 3 * MINUTE };
    for (const query of [{}, { team: 'range' }, { team: 'range', status: 'open' }]) {
      const found = names(await walk({ ...range, ...query }, 100)).filter((name) =>
        name.startsWith('range/'),
      );
      expect(found).toEqual(['range/a 2', 'range/a 1']);
    }
  });

  test('are chosen by team, expectation, severity and status, and pages are full all the same', async () => {
    for (let minute = 0; minute < 40; minute++)
      await miss('chosen', `exp-${minute % 2}`, NOW + minute * MINUTE, minute % 4 < 2 ? 'low' : 'high');
    const wanted = { ...ever, team: 'chosen', expectation: 'exp-1', severity: 'high', status: 'open' };
    const expected = [39, 35, 31, 27, 23, 19, 15, 11, 7, 3].map((minute) => `chosen/exp-1 ${minute}`);
    const pages = await walk(wanted, 4);
    expect(names(pages)).toEqual(expected);
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(
      names(await walk({ ...ever, expectation: 'exp-1', severity: 'high', status: 'open' }, 100)),
    ).toEqual(expect.arrayContaining(expected));
    expect(await walk({ ...wanted, status: 'recovered' }, 4)).toEqual([[]]);
  });

  test('that were closed are no longer open, at once, whatever the index shows', async () => {
    const breach = await miss('closing', 'a', NOW);
    const open = { ...ever, team: 'closing', status: 'open' };
    expect(names(await walk(open, 10))).toEqual(['closing/a 0']);
    table.lag.on = true;
    await store.save(close(breach, 'me', NOW)!);
    const [shown] = await walk(open, 10);
    table.lag.on = false;
    expect(shown).toEqual([]);
    expect(await walk(open, 10)).toEqual([[]]);
    expect(names(await walk({ ...open, status: 'closed' }, 10))).toEqual(['closing/a 0']);
  });

  test('that were closed are not even looked at among the open ones', async () => {
    const breach = await miss('closed', 'a', NOW + 5e6 * MINUTE);
    await store.save(close(breach, 'me', NOW)!);
    table.calls();
    await store.breaches({ from: NOW + 4e6 * MINUTE, to: NOW + 6e6 * MINUTE, status: 'open' }, { limit: 10 });
    expect(new Set(table.calls())).toEqual(new Set(['Query']));
  });

  test('of a team are found in one page behind thousands of others that are open, by their keys', async () => {
    const later = Array.from({ length: 3000 }, (_, index) => ({
      pk: 'E#storm/a',
      sk: `D#${index}`,
      openShard: `OPEN#${index % 8}`,
      listKey: `${toIso(NOW + HOUR)}#${index}`,
    }));
    await writeAll(
      table.store,
      later.map((put) => ({ put })),
    );
    await miss('calm', 'a', NOW);
    table.calls();
    const open = { from: NOW - HOUR, to: NOW + 2 * HOUR, team: 'calm', status: 'open' };
    const { items } = await store.breaches(open, { limit: 10 });
    expect(items.map(({ team }) => team)).toEqual(['calm']);
    expect(table.calls().length).toBeLessThan(30);
    await writeAll(
      table.store,
      later.map((remove) => ({ remove })),
    );
  });

  test('of a team do not show those of a team whose id begins alike', async () => {
    await miss('pre', 'a', NOW);
    await miss('pre-fix', 'a', NOW);
    for (const status of [undefined, 'open'])
      expect(names(await walk({ ...ever, team: 'pre', status }, 10))).toEqual(['pre/a 0']);
  });

  test('refuse a cursor of another query', async () => {
    const query = { ...ever, team: 'one' };
    const { cursor } = await store.breaches(query, { limit: 1 });
    for (const other of [
      { team: 'same' },
      { team: undefined },
      { severity: 'low' },
      { status: 'open' },
      { from: 1 },
    ])
      await expect(async () => store.breaches({ ...query, ...other }, { limit: 1, cursor })).rejects.toThrow(
        InvalidCursor,
      );
  });

  test('cost one call a shard and one for the page', async () => {
    table.calls();
    await store.breaches({ ...ever, team: 'chosen' }, { limit: 30 });
    expect(table.calls().toSorted()).toEqual(['BatchGetItem', 'Query', 'Query', 'Query', 'Query']);
  });
});
