import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import type { Deadlines } from '../../../functions/app/ports.ts';
import type { Deadline } from '../../../functions/core/deadline.ts';
import { heardAgain, silentDeadline } from '../../../functions/core/new-deadline.ts';
import { HOUR, MINUTE, toIso, type Instant } from '../../../functions/core/time.ts';
import { checkInExpectation, registrationOf } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let store: Deadlines;

beforeAll(async () => {
  table = await startTable();
  store = deadlines(table.store);
});
afterAll(() => table.close());

async function created(deadline: Deadline): Promise<Deadline> {
  expect(await store.create(deadline)).toBe(true);
  return (await store.get(deadline))!;
}

const keys = (id: string) => table.sortKeys(`E#data/${id}`);

describe('the deadline of a silence', () => {
  const silence = (id: string, heardAt = NOW): Deadline =>
    silentDeadline(
      registrationOf(checkInExpectation({ id, due: { silentFor: '1h' } }), '2026-01-01T00:00:00Z'),
      heardAt,
      heardAt,
    );
  const at = (id: string, dueAt: Instant) =>
    store.between({ team: 'data', id }, { from: dueAt, to: dueAt + 1 });
  const years = 5 * 366 * 24 * HOUR;

  test('is found where it falls due, not where it began, however far it has moved on', async () => {
    let current = await created(silence('heartbeat'));
    const dues = [current.dueAt];
    for (const heardAt of [NOW + 30 * MINUTE, NOW + 2 * HOUR, NOW + years]) {
      current = (await store.save(heardAgain(current, heardAt)))!;
      dues.push(current.dueAt);
    }
    for (const past of dues.slice(0, -1)) expect(await at('heartbeat', past)).toEqual([]);
    expect(await at('heartbeat', NOW + years + HOUR)).toEqual([current]);
    expect(await store.between({ team: 'data', id: 'heartbeat' }, { from: 0, to: NOW * 2 })).toEqual([
      current,
    ]);
  });

  test('leaves one signpost, at its last place', async () => {
    let current = await created(silence('signposts'));
    for (const minutes of [10, 20, 30])
      current = (await store.save(heardAgain(current, NOW + minutes * MINUTE)))!;
    expect(await keys('signposts')).toEqual([
      `DI#${toIso(NOW)}#r1`,
      `DI#${toIso(NOW + 90 * MINUTE)}#${toIso(NOW)}#r1`,
    ]);
  });

  test('is found once though a signpost of a lost race or a crash stands elsewhere', async () => {
    const first = await created(silence('stale'));
    const current = (await store.save(heardAgain(first, NOW + 10 * MINUTE)))!;
    expect(await store.save(heardAgain(first, NOW + 20 * MINUTE))).toBeUndefined();
    expect(await keys('stale')).toHaveLength(3);
    const everything = { from: 0, to: NOW * 2 };
    expect(await store.between({ team: 'data', id: 'stale' }, everything)).toEqual([current]);
    expect(await at('stale', NOW + 80 * MINUTE)).toEqual([]);
    const page = await store.page({ team: 'data', id: 'stale' }, everything, { limit: 10 });
    expect(page).toEqual({ items: [current] });
  });

  test('is found at the place that it is moved to while the range is read', async () => {
    const first = await created(silence('moving'));
    let moved: Deadline | undefined;
    table.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'BatchGetItemCommand') moved ??= await store.save(heardAgain(first, NOW + 10));
          return next(args);
        },
      { step: 'initialize', name: 'move' },
    );
    const range = { from: NOW + HOUR - 1, to: NOW + HOUR + MINUTE };
    const found = await store.between({ team: 'data', id: 'moving' }, range);
    table.client.middlewareStack.remove('move');
    expect(moved).toBeDefined();
    expect(found).toEqual([moved]);
  });

  test('can be due exactly when it began to be counted for a revision', async () => {
    const odd = { ...silence('odd'), dueAt: NOW };
    await store.create(odd);
    expect(await at('odd', NOW)).toHaveLength(1);
    expect(await keys('odd')).toHaveLength(1);
  });
});
