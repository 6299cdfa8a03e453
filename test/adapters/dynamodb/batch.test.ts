import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  BatchIncomplete,
  readAll,
  readInOrder,
  writeAll,
} from '../../../functions/adapters/dynamodb/batch.ts';
import type { Key } from '../../../functions/adapters/table.ts';
import { startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
afterEach(() => {
  table.client.middlewareStack.remove('overloaded');
  table.pauses.length = 0;
  table.calls();
});

type Requests = Record<string, unknown[] | { Keys: unknown[] }>;

/** A DynamoDB that does no more than `most` of a batch in each of the first `times` calls. */
function overload(most: number, times = Infinity): void {
  let calls = 0;
  table.client.middlewareStack.add(
    (next) => async (args) => {
      if (!('RequestItems' in args.input) || ++calls > times) return next(args);
      const { overdue } = args.input.RequestItems as Requests;
      const all = Array.isArray(overdue) ? overdue : overdue!.Keys;
      const [now, later] = [all.slice(0, most), all.slice(most)];
      const shape = (part: unknown[]) => ({
        overdue: Array.isArray(overdue) ? part : { ...overdue, Keys: part },
      });
      const answer =
        now.length > 0
          ? await next({ ...args, input: { ...args.input, RequestItems: shape(now) } })
          : { output: { $metadata: {} }, response: undefined };
      const left = later.length > 0 ? shape(later) : {};
      const output = { ...answer.output, UnprocessedItems: left, UnprocessedKeys: left };
      return { ...answer, output };
    },
    { step: 'initialize', name: 'overloaded' },
  );
}

const keysOf = (pk: string, count: number): Key[] =>
  Array.from({ length: count }, (_, index) => ({ pk, sk: `s${String(index).padStart(3, '0')}` }));
const put = (key: Key, value = 1) => ({ put: { ...key, value } });

describe('a batch', () => {
  test('of any size is written and read in calls of 25 and 100', async () => {
    const keys = keysOf('sizes', 230);
    await writeAll(
      table.store,
      keys.map((key) => put(key)),
    );
    expect(table.calls()).toHaveLength(10);
    expect(await readAll(table.store, keys)).toHaveLength(230);
    expect(table.calls()).toHaveLength(3);
    await writeAll(
      table.store,
      keys.map((remove) => ({ remove })),
    );
    expect(await readAll(table.store, keys)).toEqual([]);
  });

  test('of nothing is no call', async () => {
    await writeAll(table.store, []);
    expect(await readAll(table.store, [])).toEqual([]);
    expect(table.calls()).toEqual([]);
  });

  test('may name a key twice: the last entry counts', async () => {
    const [key] = keysOf('twice', 1);
    await writeAll(table.store, [put(key!, 1), { remove: key! }, put(key!, 3)]);
    expect(await readAll(table.store, [key!, key!])).toEqual([{ ...key, value: 3 }]);
  });

  test('that DynamoDB does in parts is done to the end, with growing pauses', async () => {
    const keys = keysOf('parts', 25);
    overload(8);
    await writeAll(
      table.store,
      keys.map((key) => put(key)),
    );
    expect(await readAll(table.store, keys)).toHaveLength(25);
    expect(table.pauses).toHaveLength(6);
    const [first, second, third] = table.pauses;
    expect(first).toBeGreaterThanOrEqual(50);
    expect(second).toBeGreaterThanOrEqual(100);
    expect(third).toBeGreaterThanOrEqual(200);
    expect(first).toBeLessThanOrEqual(100);
  });

  test('that DynamoDB keeps leaving undone is an error in the end', async () => {
    overload(0);
    const [key] = keysOf('never', 1);
    await expect(writeAll(table.store, [put(key!)])).rejects.toThrow(BatchIncomplete);
    expect(table.pauses).toHaveLength(7);
    await expect(readAll(table.store, [key!])).rejects.toThrow('left 1 items of a batch undone');
  });

  test('recovers when the overload ends', async () => {
    overload(0, 7);
    const [key] = keysOf('recovers', 1);
    await writeAll(table.store, [put(key!)]);
    expect(await readAll(table.store, [key!])).toHaveLength(1);
  });

  test('is read in the order of its keys, with gaps for what is not there', async () => {
    const [a, b, c] = keysOf('order', 3);
    await writeAll(table.store, [put(a!, 1), put(c!, 3)]);
    const found = await readInOrder(table.store, [c!, b!, a!, c!]);
    expect(found.map((item) => item?.['value'])).toEqual([3, undefined, 1, 3]);
  });
});
