import { Registration, type Revision } from '../../core/registration.ts';
import type { ExpectationRef, Registrations } from '../../app/ports.ts';
import { expectationPk, headSk, padded, todoAttributes, type Key } from '../table.ts';
import { listPage } from './list-page.ts';
import { all, getItem, keyOf, parseItem, putItem, queryItems, type Item, type Store } from './store.ts';
import { ifNewOrVersion } from './version.ts';

/** A revision as it is filed, without what planning made of it. */
const FiledRevision = Registration.pick({
  revision: true,
  status: true,
  expectation: true,
  changedAt: true,
  changedBy: true,
  why: true,
  rev: true,
});

/**
 * Expectations and their revisions.
 *
 * The revision that is replaced is filed before the head is written: a crash between the two, or a lost race, leaves it
 * filed and still current, which is true. Stored versions begin with 1; version 0 is a registration that is not stored.
 */
export function registrations(store: Store): Registrations {
  return {
    get: (ref) => getItem(store, headKey(ref), Registration),
    async save(next, replaced) {
      if (replaced && replaced.revision !== next.revision) await file(store, replaced);
      const item = headItem({ ...next, version: next.version + 1 });
      return (await putItem(store, item, ifNewOrVersion(next.version))) !== undefined;
    },
    list: (team, paging) => listPage(store, { pk: listPk(team), schema: Registration, ...paging }),
    revisions: (ref) => revisionsOf(store, ref),
  };
}

function headKey(ref: ExpectationRef): Key {
  return { pk: expectationPk(ref), sk: headSk };
}

function listPk(team: string): string {
  return `EX#${team}`;
}

/** A tombstone is found by its key and is in no list. */
function headItem(head: Registration): Key & Item {
  const key = headKey(head);
  const listed = head.status === 'deleted' ? {} : { teamKey: listPk(head.team), listKey: head.id };
  return { ...key, ...head, ...todoAttributes(key, head.planAt), ...listed };
}

async function file(store: Store, replaced: Registration): Promise<void> {
  const sk = `REV#${padded(replaced.revision)}`;
  await putItem(store, { pk: expectationPk(replaced), sk, ...FiledRevision.parse(replaced) });
}

/** The current one too, newest first: the head and the filed revisions lie side by side. */
async function revisionsOf(store: Store, ref: ExpectationRef): Promise<Revision[]> {
  const range = { pk: expectationPk(ref), from: headSk, to: 'REV#~' };
  const items = await all(queryItems(store, range));
  const found = new Map(items.map((item) => [keyOf(item).sk, parseItem(FiledRevision, item)]));
  const head = found.get(headSk);
  if (head) found.delete(`REV#${padded(head.revision)}`);
  return [...found.values()].sort((a, b) => b.revision - a.revision);
}
