import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { InvalidCursor } from '../../../functions/app/errors.ts';
import type { Deadlines, Page } from '../../../functions/app/ports.ts';
import { dismiss } from '../../../functions/core/breach.ts';
import { deadlineId, type Deadline } from '../../../functions/core/deadline.ts';
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

/** One of the forms that deadlines take: a local time of a zone, a grid instant, a silence that began long before. */
function deadline(id: string, form: 'local' | 'grid' | 'silence', dueAt: Instant, offset = 0): Deadline {
  const base = { ...deadlineOf(fileExpectation({ id })), dueAt };
  const local = toIso(dueAt + offset * HOUR).slice(0, 16);
  if (form === 'local') return { ...base, occurrence: local, rev: 20 + offset };
  if (form === 'grid') return { ...base, occurrence: toIso(dueAt), rev: 2 };
  return { ...base, occurrence: toIso(dueAt - (40 + offset) * 24 * HOUR), rev: 3, silence: HOUR };
}

async function walk(
  id: string,
  limit: number,
  query: Parameters<Deadlines['page']>[1] = ever,
  between: (page: number) => Promise<void> = async () => Promise.resolve(),
): Promise<Deadline[][]> {
  const pages: Page<Deadline>[] = [];
  do {
    pages.push(await store.page({ team: 'data', id }, query, { limit, cursor: pages.at(-1)?.cursor }));
    await between(pages.length);
  } while (pages.at(-1)?.cursor !== undefined);
  return pages.map(({ items }) => items);
}

const newestFirst = (a: Deadline, b: Deadline) =>
  b.dueAt - a.dueAt || (deadlineId(a) < deadlineId(b) ? 1 : -1);
const names = (list: readonly Deadline[]) => list.map((one) => `${toIso(one.dueAt)} ${deadlineId(one)}`);

describe('pages of the deadlines of an expectation', () => {
  test('come newest first, without loss or repetition, whatever form the deadlines have', async () => {
    const anyDeadline = fc.record({
      form: fc.constantFrom('local' as const, 'grid' as const, 'silence' as const),
      minute: fc.integer({ min: 0, max: 90 }),
      offset: fc.integer({ min: -12, max: 14 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyDeadline, { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (all, limit) => {
          const id = `any-${run++}`;
          const made = all.map(({ form, minute, offset }) =>
            deadline(id, form, NOW + minute * 37 * MINUTE, offset),
          );
          const distinct = [...new Map(made.map((one) => [deadlineId(one), one])).values()];
          for (const one of distinct) await store.create(one);
          const pages = await walk(id, limit);
          expect(names(pages.flat())).toEqual(names(distinct.toSorted(newestFirst)));
          expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('neither lose nor repeat what was there while others come before, between and after them', async () => {
    const id = 'growing';
    const there = Array.from({ length: 40 }, (_, index) =>
      deadline(id, index % 2 ? 'local' : 'grid', NOW + index * HOUR, (index % 25) - 11),
    );
    for (const one of there) await store.create(one);
    const pages = await walk(id, 7, ever, async (page) => {
      for (const hours of [-page, 20.5 + page / 100, 50 + page])
        await store.create(deadline(id, 'grid', NOW + hours * HOUR));
    });
    const seen = names(pages.flat());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(names(there)));
    expect(seen).toEqual(names(pages.flat().toSorted(newestFirst)));
  });

  test('hold only the range, with its beginning and without its end', async () => {
    const id = 'range';
    for (const form of ['local', 'grid', 'silence'] as const)
      for (const hours of [0, 1, 2, 3]) await store.create(deadline(id, form, NOW + hours * HOUR));
    const found = (await walk(id, 2, { from: NOW + HOUR, to: NOW + 3 * HOUR })).flat();
    expect(found.map(({ dueAt }) => (dueAt - NOW) / HOUR)).toEqual([2, 2, 2, 1, 1, 1]);
  });

  test('hold only the status that is asked for', async () => {
    const id = 'status';
    for (let hours = 0; hours < 12; hours++) {
      await store.create(deadline(id, 'grid', NOW + hours * HOUR));
      const current = await store.get(deadline(id, 'grid', NOW + hours * HOUR));
      if (hours % 3 === 0) await store.save(dismiss(current!, 'excused', 'x', NOW));
    }
    const found = (await walk(id, 3, { ...ever, status: 'excused' })).flat();
    expect(found.map(({ dueAt }) => (dueAt - NOW) / HOUR)).toEqual([9, 6, 3, 0]);
  });

  test('read no further than they must', async () => {
    const id = 'frugal';
    for (let day = 0; day < 60; day++) await store.create(deadline(id, 'local', NOW + day * 24 * HOUR, 1));
    table.calls();
    const { items } = await store.page({ team: 'data', id }, ever, { limit: 30 });
    expect(items).toHaveLength(30);
    expect(table.calls()).toEqual(['Query', 'Query', 'Query']);
  });

  test('end in a cursor after 2,000 that were read in vain', async () => {
    const id = 'in-vain';
    const made = Array.from({ length: 2100 }, (_, index) => deadline(id, 'grid', NOW + index * MINUTE));
    for (let first = 0; first < made.length; first += 50)
      await Promise.all(made.slice(first, first + 50).map((one) => store.create(one)));
    const first = await store.page({ team: 'data', id }, { ...ever, status: 'met' }, { limit: 10 });
    expect(first.items).toEqual([]);
    expect(first.cursor).toBeDefined();
    const { cursor } = first;
    expect(await store.page({ team: 'data', id }, { ...ever, status: 'met' }, { limit: 10, cursor })).toEqual(
      {
        items: [],
      },
    );
  });

  test('refuse cursors of other expectations, ranges and statuses, and made-up ones', async () => {
    const ref = { team: 'data', id: 'growing' };
    const { cursor } = await store.page(ref, ever, { limit: 1 });
    const others = [
      store.page({ team: 'data', id: 'range' }, ever, { limit: 1, cursor }),
      store.page({ team: 'other', id: 'growing' }, ever, { limit: 1, cursor }),
      store.page(ref, { ...ever, to: ever.to - 1 }, { limit: 1, cursor }),
      store.page(ref, { ...ever, status: 'met' }, { limit: 1, cursor }),
      store.breaches({ ...ever, team: 'data' }, { limit: 1, cursor }),
    ];
    const outcomes = await Promise.allSettled(others);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(InvalidCursor) as unknown });
    const content = JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString()) as object;
    for (const after of ['', 'x', '#', '\u{10FFFF}']) {
      const forged = Buffer.from(JSON.stringify({ ...content, after })).toString('base64url');
      await expect(async () => store.page(ref, ever, { limit: 1, cursor: forged })).rejects.toThrow(
        InvalidCursor,
      );
    }
  });
});
