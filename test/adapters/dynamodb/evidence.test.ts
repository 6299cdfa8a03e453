import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import type { EvidenceStore } from '../../../functions/app/ports.ts';
import type { Evidence } from '../../../functions/core/evidence.ts';
import { checkedIn, object } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let store: EvidenceStore;

beforeAll(async () => {
  table = await startTable();
  store = evidenceStore(table.store);
});
afterAll(() => table.close());

const TIME = '2026-11-21T05:00:00Z';
const ref = (id: string) => ({ team: 'data', id });
const everything = (id: string) => store.between(ref(id), 0, 2 * NOW);

describe('recording', () => {
  test('keeps everything that was seen', async () => {
    const all: Evidence[] = [
      { ...object(TIME), id: 'a', object: { key: 'a', size: 1, etag: 'e', versionId: 'v1' } },
      { ...object(TIME, { key: 'b' }), after: NOW - 5000, source: 'look', rejected: '0 bytes' },
      { ...checkedIn(TIME, 'failure'), checkIn: { signal: 'failure', exitCode: 3, body: 'last\nlines' } },
    ];
    for (const one of all) expect(await store.record(ref('kept'), one)).toBe(true);
    const found = await everything('kept');
    expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      all.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  test('the same fact twice leaves the first', async () => {
    const first = object(TIME);
    const results = await Promise.all([
      store.record(ref('twice'), first),
      store.record(ref('twice'), { ...first, recordedAt: NOW + 1 }),
    ]);
    expect(results.toSorted()).toEqual([false, true]);
    expect(await everything('twice')).toHaveLength(1);
  });

  test('takes object keys of 1,024 bytes, and tells those apart that differ at their end', async () => {
    const long = 'ü'.repeat(511);
    for (const end of ['a', 'b'])
      expect(await store.record(ref('long'), object(TIME, { key: long + end }))).toBe(true);
    expect(await everything('long')).toHaveLength(2);
  });

  test('is one write', async () => {
    table.calls();
    await store.record(ref('one-write'), object(TIME));
    expect(table.calls()).toEqual(['PutItem']);
  });
});

describe('what is not kept', () => {
  test('is counted for each deadline alone', async () => {
    for (const count of [1, 1, 2]) await store.leave(ref('left'), '2026-11-21T06:00~r1', count);
    await store.leave(ref('left'), '2026-11-22T06:00~r1', 5);
    const deadlines = ['2026-11-22T06:00~r1', '2026-11-21T06:00~r1', '2026-11-23T06:00~r1'];
    expect(await store.left(ref('left'), deadlines)).toEqual([5, 4, 0]);
    expect(await store.left(ref('other'), deadlines)).toEqual([0, 0, 0]);
  });

  test('is forgotten with the history', async () => {
    const short = evidenceStore({ ...table.store, keepHistory: 1000 });
    await short.leave(ref('left-short'), '2026-11-21T06:00~r1', 3);
    const Key = { pk: 'E#data/left-short', sk: 'L#2026-11-21T06:00~r1' };
    const { Item } = await table.client.send(new GetCommand({ TableName: 'overdue', Key }));
    expect(Item).toEqual({ ...Key, left: 3, expiresAt: NOW / 1000 + 1 });
  });

  test('is no evidence, and no deadline', async () => {
    await store.leave(ref('left-alone'), '2026-11-21T06:00~r1', 3);
    expect(await everything('left-alone')).toEqual([]);
  });
});

describe('reading a range', () => {
  test('includes both ends, in order of time, and nothing of other expectations', async () => {
    for (const offset of [2, -1, 0, 3, 1])
      await store.record(ref('range'), { ...object(TIME), id: `o${offset}`, at: NOW + offset });
    await store.record(ref('range-2'), object(TIME));
    const found = await store.between(ref('range'), NOW, NOW + 2);
    expect(found.map(({ at }) => at - NOW)).toEqual([0, 1, 2]);
    expect(await store.between(ref('range'), NOW + 2, NOW + 1)).toEqual([]);
  });

  test('goes on after the megabyte that one call gives', async () => {
    const body = 'x'.repeat(90_000);
    for (let index = 0; index < 25; index++)
      await store.record(ref('large'), {
        ...checkedIn(TIME),
        id: `check-in ${index}`,
        checkIn: { signal: 'success', body },
      });
    table.calls();
    expect(await everything('large')).toHaveLength(25);
    expect(table.calls().length).toBeGreaterThan(1);
  });
});

describe('what has a key', () => {
  const keyed = (key: string, at = NOW): Evidence => ({
    ...{ ...object(TIME), at, id: `by ${key} ${at}` },
    keyed: { side: 'by', key, fact: 'f' },
  });

  test('is found by it alone, in one call, however many other keys there are', async () => {
    for (let index = 0; index < 200; index++) await store.record(ref('keyed'), keyed(`order ${index}`));
    for (const at of [NOW + 1, NOW - 1]) await store.record(ref('keyed'), keyed('order 17', at));
    table.calls();
    const found = await store.between(ref('keyed'), NOW - 1, NOW + 1, 'order 17');
    expect(table.calls()).toEqual(['Query']);
    expect(found.map(({ at }) => at - NOW)).toEqual([-1, 0, 1]);
    expect(await store.between(ref('keyed'), NOW, NOW, 'order 17')).toHaveLength(1);
    expect(await everything('keyed')).toEqual([]);
  });
});

describe('claiming', () => {
  test('gives evidence to one of the deadlines that want it', async () => {
    const one = object(TIME);
    await store.record(ref('contested'), one);
    const deadlines = ['2026-11-21T06:00~r1', '2026-11-22T06:00~r1', '2026-11-23T06:00~r1'];
    const results = await Promise.all(deadlines.map((id) => store.claim(ref('contested'), one, id)));
    expect(results.filter(Boolean)).toHaveLength(1);
    const winner = deadlines[results.indexOf(true)];
    expect(await everything('contested')).toEqual([{ ...one, claimedBy: winner }]);
  });

  test('again by the same deadline is a success', async () => {
    const one = object(TIME);
    expect(await store.claim(ref('again'), one, 'd1')).toBe(true);
    expect(await store.claim(ref('again'), { ...one, claimedBy: 'd1' }, 'd1')).toBe(true);
    expect(await store.claim(ref('again'), { ...one, claimedBy: 'd2' }, 'd2')).toBe(false);
  });

  test('records what only a look has seen', async () => {
    const seen: Evidence = { ...object(TIME), source: 'look', after: NOW - 1000 };
    expect(await store.claim(ref('seen'), seen, 'd1')).toBe(true);
    expect(await everything('seen')).toEqual([{ ...seen, claimedBy: 'd1' }]);
    expect(await store.record(ref('seen'), seen)).toBe(false);
  });

  test('leaves what was recorded as it was', async () => {
    const recorded = object(TIME, { size: 10 });
    await store.record(ref('unchanged'), recorded);
    const other = { ...object(TIME, { size: 99 }), recordedAt: NOW + 5 };
    await store.claim(ref('unchanged'), other, 'd1');
    expect(await everything('unchanged')).toEqual([{ ...recorded, claimedBy: 'd1' }]);
  });

  test('is one write, and seen by the next read', async () => {
    table.calls();
    await store.claim(ref('counted'), object(TIME), 'd1');
    expect(table.calls()).toEqual(['UpdateItem']);
  });
});
