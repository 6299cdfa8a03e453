import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import type { TimelineEntry } from '../../../functions/app/ports.ts';
import { refOf } from '../../../functions/core/deadline.ts';
import { deadlineOf, fileExpectation } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

const ref = refOf(deadlineOf(fileExpectation()));
const entries: TimelineEntry[] = [
  { kind: 'transition', seq: 1, type: 'opened', at: NOW, seen: 'nothing', reason: 'absent' },
  { kind: 'delivery', seq: 1, channel: 'mail', at: NOW + 1, status: 'delivered', attempts: 1, message: 'm' },
  {
    kind: 'delivery',
    seq: 1,
    channel: 'slack',
    at: NOW + 2,
    status: 'failed',
    attempts: 9,
    message: 'm',
    problem: 'x',
  },
  { kind: 'acknowledged', at: NOW + 3, actor: 'key:1', text: '' },
  { kind: 'note', at: NOW + 3, actor: 'key:1', text: '' },
  { kind: 'note', at: NOW + 4, actor: 'key:1', text: 'called them' },
  { kind: 'transition', seq: 2, type: 'recovered', at: NOW + 5, seen: 'a.csv', lateBy: 7 },
];

test('a timeline is in order of time, and the same entry again is one entry', async () => {
  const store = timeline(table.store);
  for (const entry of [...entries.toReversed(), ...entries]) await store.add(ref, entry);
  expect(await store.of(ref)).toEqual(entries);
});

test('a delivery that is tried again tells how it stands now', async () => {
  const store = timeline(table.store);
  const other = { ...ref, rev: 2 };
  const delivery = { kind: 'delivery', seq: 1, channel: 'mail', at: NOW, attempts: 1, message: 'm' } as const;
  await store.add(other, { ...delivery, status: 'retrying', problem: 'HTTP 500' });
  await store.add(other, { ...delivery, status: 'delivered' });
  expect(await store.of(other)).toEqual([{ ...delivery, status: 'delivered' }]);
});

test('a timeline holds nothing of the revision whose number begins alike', async () => {
  const store = timeline(table.store);
  await store.add({ ...ref, rev: 30 }, entries[0]!);
  expect(await store.of({ ...ref, rev: 3 })).toEqual([]);
});
