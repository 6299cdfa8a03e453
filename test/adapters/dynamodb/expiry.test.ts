import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import type { Store } from '../../../functions/adapters/dynamodb/store.ts';
import { refOf, type Deadline } from '../../../functions/core/deadline.ts';
import { DAY, SECOND } from '../../../functions/core/time.ts';
import { deadlineOf, fileExpectation, object } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

const KEPT = 1100 * DAY;
const note = { kind: 'note' as const, at: NOW, actor: 'Ada', text: 'looked' };

/** When everything under the expectation expires, in epoch seconds; undefined for what does not. */
async function expiries(id: string): Promise<unknown[]> {
  const { Items = [] } = await table.store.client.send(
    new QueryCommand({
      TableName: table.store.table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `E#data/${id}` },
    }),
  );
  return Items.map((item): unknown => item['expiresAt']);
}

/** A deadline of the expectation, with its evidence, seen and claimed, and a note. */
async function historyOf(id: string, store: Store, changes: Partial<Deadline>): Promise<Deadline> {
  const deadline = { ...deadlineOf(fileExpectation({ id, team: 'data' })), ...changes };
  await deadlines(store).create(deadline);
  await evidenceStore(store).record({ team: 'data', id }, object('2026-11-21T05:00:00Z', { key: 'seen' }));
  await evidenceStore(store).claim(
    { team: 'data', id },
    object('2026-11-21T05:00:00Z', { key: 'claimed' }),
    'x~r1',
  );
  await timeline(store).add(refOf(deadline), note);
  return deadline;
}

const at = (instant: number) => Math.ceil((instant + KEPT) / SECOND);

describe('history', () => {
  it('is kept for ever when nobody says otherwise', async () => {
    await historyOf('kept', table.store, { status: 'met' });
    expect(await expiries('kept')).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('expires so many days after it happened', async () => {
    const { dueAt } = await historyOf('over', { ...table.store, keepHistory: KEPT }, { status: 'met' });
    expect((await expiries('over')).toSorted()).toEqual([at(NOW), at(NOW), at(NOW), at(dueAt)].toSorted());
  });

  it('does not expire while something is left to do, and does when it is done', async () => {
    const store = { ...table.store, keepHistory: KEPT };
    const deadline = await historyOf('open', store, { status: 'pending' });
    expect(await expiries('open')).toContain(undefined);
    const stored = await deadlines(store).get(refOf(deadline));
    await deadlines(store).save({ ...stored!, status: 'excused' });
    expect(await expiries('open')).not.toContain(undefined);
  });
});
