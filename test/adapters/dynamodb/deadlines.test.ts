import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { registrations } from '../../../functions/adapters/dynamodb/registrations.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import type { Deadlines } from '../../../functions/app/ports.ts';
import { dismiss } from '../../../functions/core/breach.ts';
import { occurrencesAfter } from '../../../functions/core/schedule.ts';
import { refOf, type Deadline, type DeadlineRef } from '../../../functions/core/deadline.ts';
import { HOUR, MINUTE, toIso, type Instant } from '../../../functions/core/time.ts';
import { deadlineOf, fileExpectation, registrationOf } from '../../core/build.ts';
import { noLog, NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let store: Deadlines;

beforeAll(async () => {
  table = await startTable();
  store = deadlines(table.store);
});
afterAll(() => table.close());

const fresh = (id: string): Deadline => deadlineOf(fileExpectation({ id }));

async function created(deadline: Deadline): Promise<Deadline> {
  expect(await store.create(deadline)).toBe(true);
  return (await store.get(deadline))!;
}

async function todoOf(deadline: DeadlineRef, until: Instant): Promise<boolean> {
  const found = todos(table.store, noLog);
  const pages = await Promise.all(
    Array.from({ length: found.shards }, (_, shard) => found.due(shard, until, 100)),
  );
  return pages
    .flat()
    .some((todo) => todo.kind === 'deadline' && todo.ref.expectation === deadline.expectation);
}

const keys = (id: string) => table.sortKeys(`E#data/${id}`);

describe('deadlines of a range in their own zone', () => {
  const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Antarctica/Troll', 'Australia/Lord_Howe', 'UTC'];
  test.each(zones)('are found whatever clock change lies beside them: %s', async (timezone) => {
    const expectation = fileExpectation({ id: `zone-${timezone.replace('/', '-').toLowerCase()}` });
    const ref = { team: 'data', id: expectation.id };
    const due = { cron: '*/30 * * * *', timezone };
    const context = { anchor: 0, isHoliday: () => undefined };
    // The clocks of Troll and Lord Howe change in these hours.
    for (const change of ['2027-03-28T01:00:00Z', '2026-10-25T01:00:00Z', '2026-10-03T15:30:00Z']) {
      const around = Date.parse(change);
      const all = [...occurrencesAfter(due, around - 4 * HOUR, context).take(16)];
      for (const { id, dueAt } of all) {
        await store.create({ ...deadlineOf(expectation), occurrence: id, dueAt, timezone });
      }
      for (const { dueAt } of all) {
        const range = { from: dueAt, to: dueAt + 1, timezone };
        expect((await store.between(ref, range)).map((one) => one.dueAt)).toEqual([dueAt]);
      }
    }
  });

  test('are read without the hours around them', async () => {
    const expectation = fileExpectation({ id: 'narrow' });
    const ref = { team: 'data', id: 'narrow' };
    for (let hour = 0; hour < 24; hour++) {
      const dueAt = NOW + hour * HOUR;
      await store.create({ ...deadlineOf(expectation), occurrence: toIso(dueAt).slice(0, 16), dueAt });
    }
    const range = { from: NOW + 10 * HOUR, to: NOW + 11 * HOUR };
    const [wide, narrow] = [await itemsRead(range), await itemsRead({ ...range, timezone: 'UTC' })];
    expect(wide).toBe(24);
    expect(narrow).toBeLessThan(9);
    async function itemsRead(query: Parameters<Deadlines['between']>[1]): Promise<number> {
      let count = 0;
      table.store.client.middlewareStack.add(
        (next) => async (args) => {
          const answer = await next(args);
          const { ScannedCount = 0 } = answer.output as { ScannedCount?: number };
          count += ScannedCount;
          return answer;
        },
        { step: 'initialize', name: 'count' },
      );
      expect(await store.between(ref, query)).toHaveLength(1);
      table.store.client.middlewareStack.remove('count');
      return count;
    }
  });
});

describe('a deadline', () => {
  test('is read as it was created, with version 1', async () => {
    const first = fresh('created');
    await store.create(first);
    expect(await store.get(first)).toEqual({ ...first, version: 1 });
  });

  test('is created once', async () => {
    const first = fresh('once');
    const results = await Promise.all([store.create(first), store.create({ ...first, plannedAt: 1 })]);
    expect(results.toSorted()).toEqual([false, true]);
    expect((await store.get(first))?.plannedAt).toBe(results[0] ? first.plannedAt : 1);
  });

  test('of another revision is another one', async () => {
    const first = fresh('revisions');
    await store.create(first);
    await store.create({ ...first, rev: 10 });
    expect((await store.get({ ...first, rev: 10 }))?.rev).toBe(10);
    expect((await store.get(first))?.rev).toBe(1);
  });

  test('is not there until it is created, and cannot be saved or touched', async () => {
    const first = fresh('absent');
    expect(await store.get(first)).toBeUndefined();
    expect(await store.save(first)).toBeUndefined();
    expect(await store.touch(first)).toBeUndefined();
    expect(await keys('absent')).toEqual([]);
  });

  test('gets one verdict, however many give it at once, and all others learn that they were late', async () => {
    const current = await created(fresh('one-verdict'));
    const verdicts = Array.from({ length: 8 }, (_, index) =>
      dismiss(current, 'excused', `judge ${index}`, NOW + index),
    );
    const saved = await Promise.all(verdicts.map((verdict) => store.save(verdict)));
    const winners = saved.filter((one) => one !== undefined);
    expect(winners).toHaveLength(1);
    expect(await store.get(current)).toEqual(winners[0]);
  });

  test('that was touched refuses the save of whoever read it before, and takes that of whoever reads it after', async () => {
    const before = await created(fresh('touched'));
    const after = await store.touch(before);
    expect(after).toEqual({ ...before, version: before.version + 1 });
    expect(await store.save(dismiss(before, 'excused', 'late', NOW))).toBeUndefined();
    expect(await store.save(dismiss(after!, 'excused', 'in time', NOW))).toMatchObject({ cause: 'in time' });
  });

  test.each(Array.from({ length: 10 }, (_, round) => round))(
    'is either saved before the touch, which then shows it, or not at all (round %i)',
    async (round) => {
      const current = await created(fresh(`race-${round}`));
      const [saved, touched] = await Promise.all([
        store.save(dismiss(current, 'excused', 'x', NOW)),
        store.touch(current),
      ]);
      expect(touched?.status).toBe(saved ? 'excused' : 'pending');
    },
  );

  test('comes with its registration in one call', async () => {
    const expectation = fileExpectation({ id: 'with-registration' });
    const deadline = await created(deadlineOf(expectation));
    expect(await store.getWithRegistration(deadline)).toEqual({ deadline, registration: undefined });
    await registrations(table.store).save(registrationOf(expectation));
    table.calls();
    const both = await store.getWithRegistration(deadline);
    expect(table.calls()).toEqual(['BatchGetItem']);
    expect(both.deadline).toEqual(deadline);
    expect(both.registration?.id).toBe('with-registration');
    const other = await store.getWithRegistration({ ...refOf(deadline), rev: 9 });
    expect(other.deadline).toBeUndefined();
    expect(other.registration?.id).toBe('with-registration');
  });

  test('costs one call each to create, touch, save and read', async () => {
    table.calls();
    const current = await created(fresh('calls'));
    await store.touch(current);
    await store.save(current);
    expect(table.calls()).toEqual(['PutItem', 'GetItem', 'UpdateItem', 'PutItem']);
  });

  test('is to be checked at checkAt, and no longer once it is judged', async () => {
    const current = await created(fresh('todo'));
    expect(await todoOf(current, current.checkAt - 1)).toBe(false);
    expect(await todoOf(current, current.checkAt)).toBe(true);
    await store.touch(current);
    expect(await todoOf(current, current.checkAt)).toBe(true);
    await store.save(dismiss((await store.get(current))!, 'excused', 'x', NOW));
    expect(await todoOf(current, current.checkAt + 1e9)).toBe(false);
  });
});

describe('a range of deadlines by dueAt', () => {
  const day = '2026-11-21';

  /** A deadline of a local time in a zone that is `offset` hours ahead of UTC. */
  function local(id: string, hour: number, offset: number): Deadline {
    const occurrence = `${day}T${String(hour).padStart(2, '0')}:00`;
    const dueAt = Date.parse(`${occurrence}Z`) - offset * HOUR;
    return { ...fresh(id), occurrence, dueAt, rev: 100 + offset };
  }

  const grid = (id: string, dueAt: Instant): Deadline => ({ ...fresh(id), occurrence: toIso(dueAt), dueAt });

  test('holds what falls due from its beginning up to but without its end, in order, in whatever zone', async () => {
    const all = [-12, -3, 0, 5, 14].flatMap((offset) =>
      [0, 11, 23].map((hour) => local('zones', hour, offset)),
    );
    for (const one of all) await store.create(one);
    const dues = [...new Set(all.map(({ dueAt }) => dueAt))];
    for (const from of dues)
      for (const to of [from, from + 1, from + 5 * HOUR, from + 40 * HOUR]) {
        const expected = all.filter(({ dueAt }) => dueAt >= from && dueAt < to).map(({ dueAt }) => dueAt);
        const found = await store.between({ team: 'data', id: 'zones' }, { from, to });
        expect(found.map(({ dueAt }) => dueAt)).toEqual(expected.toSorted((a, b) => a - b));
      }
  });

  test('holds instants to the millisecond', async () => {
    for (const offset of [-1, 0, 1, 59_999, 60_000]) await store.create(grid('grid', NOW + offset));
    const found = await store.between({ team: 'data', id: 'grid' }, { from: NOW, to: NOW + MINUTE });
    expect(found.map(({ dueAt }) => dueAt - NOW)).toEqual([0, 1, 59_999]);
  });

  test('reads no more of a dense grid than lies in it', async () => {
    for (let index = 0; index < 30; index++) await store.create(grid('dense', NOW + index * MINUTE));
    const capacity: number[] = [];
    table.client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        if ('ScannedCount' in answer.output) capacity.push(Number(answer.output.ScannedCount));
        return answer;
      },
      { step: 'initialize', name: 'scanned' },
    );
    await store.between({ team: 'data', id: 'dense' }, { from: NOW, to: NOW + 5 * MINUTE });
    table.client.middlewareStack.remove('scanned');
    expect(capacity.toSorted()).toEqual([0, 0, 5]);
  });

  test.each([
    ['three calls', {}, 3],
    ['two without runs', { without: 'runs' as const }, 2],
    ['one for a run', { run: '5f3a9c01' }, 1],
  ])('takes %s', async (_, only, calls) => {
    table.calls();
    await store.between({ team: 'data', id: 'grid' }, { from: NOW, to: NOW + MINUTE, ...only });
    expect(table.calls()).toEqual(Array.from({ length: calls }, () => 'Query'));
  });

  test('may be all of time, or nothing', async () => {
    const ref = { team: 'data', id: 'grid' };
    const everything = { from: -Infinity, to: Number.MAX_SAFE_INTEGER };
    expect(await store.between(ref, everything)).toHaveLength(5);
    expect(await store.between(ref, { from: NOW, to: NOW })).toEqual([]);
    expect(await store.between(ref, { from: NOW + 1, to: NOW })).toEqual([]);
  });

  test('does not hold deadlines of an expectation whose id goes on longer', async () => {
    await store.create(grid('grid-2', NOW));
    expect(await store.between({ team: 'data', id: 'grid-' }, { from: 0, to: NOW * 2 })).toEqual([]);
  });
});
