import { Deadline } from '../../core/deadline.ts';
import type { BreachQuery, Page, Paging } from '../../app/ports.ts';
import { BREACH_SHARDS, expectationPk, sortable, TABLE, type IndexName, type Key } from '../table.ts';
import { readInOrder } from './batch.ts';
import { positionOf } from './cursor.ts';
import { fillPage, mergeNewest, type Candidate } from './newest-first.ts';
import { keyOf, parseItem, queryItems, take, type Store } from './store.ts';

/** Deadlines read in one call. */
const AT_ONCE = 100;

/**
 * A page of the breaches with from <= dueAt < to, newest dueAt first. The index tells which, the table what they are:
 * what has changed so that it no longer fits is passed over. The position of a cursor, dueAt and key, never changes, so
 * that pages neither repeat nor lose anything while new breaches come.
 */
export async function breachesPage(
  store: Store,
  query: BreachQuery,
  { limit, cursor }: Paging,
): Promise<Page<Deadline>> {
  const { from, to, team, expectation, status, severity } = query;
  const binding = { breaches: team ?? '*', from, to, expectation, status, severity };
  const after = positionOf(binding, cursor);
  const { index, shards } = sourceOf(query);
  const upTo = after !== undefined && after < sortable(to) ? after : sortable(to);
  const pageSize = keysChoose(query) ? 200 : Math.max(20, Math.ceil((2 * limit) / shards.length));
  const options = { index, newestFirst: true, pageSize };
  const streams = shards.map((pk) => entries(store, { pk, from: sortable(from), to: upTo, after, options }));
  return fillPage(loaded(store, mergeNewest(streams), query, limit), {
    query: binding,
    limit,
    accepts: ({ breach }) =>
      breach !== undefined &&
      (status === undefined || breach.status === status) &&
      (severity === undefined || breach.severity === severity),
  });
}

/** The index that has the fewest entries beside those wanted. */
function sourceOf({ team, status }: BreachQuery): { index: IndexName; shards: string[] } {
  if (status === 'open') return { index: 'open', shards: numbered('OPEN', BREACH_SHARDS.all) };
  if (team === undefined) return { index: 'byTime', shards: numbered('BR', BREACH_SHARDS.all) };
  return { index: 'byTeam', shards: numbered(`BR#${team}`, BREACH_SHARDS.team) };
}

/** Whether keys alone rule out some of what the index shows. */
function keysChoose({ team, expectation, status }: BreachQuery): boolean {
  return expectation !== undefined || (team !== undefined && status === 'open');
}

function numbered(name: string, shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `${name}#${shard}`);
}

interface Entry {
  position: string;
  key: Key;
}

interface EntryRange {
  pk: string;
  from: string;
  to: string;
  after: string | undefined;
  options: { index: IndexName; newestFirst: boolean; pageSize: number };
}

async function* entries(store: Store, { after, options, ...range }: EntryRange): AsyncGenerator<Entry, void> {
  const { sortKey } = TABLE.indexes[options.index];
  for await (const item of queryItems(store, range, options)) {
    const position = String(item[sortKey]);
    if (position !== after) yield { position, key: keyOf(item) };
  }
}

/** Reads by key what the keys alone do not rule out. */
async function* loaded(
  store: Store,
  found: AsyncGenerator<Entry, void>,
  query: BreachQuery,
  limit: number,
): AsyncGenerator<Candidate, void> {
  const chunk = keysChoose(query) ? AT_ONCE : Math.min(limit + 1, AT_ONCE);
  for (;;) {
    const some = await take(found, chunk);
    if (some.length === 0) return;
    const wanted = some.filter(({ key }) => isOf(key, query));
    const items = await readInOrder(
      store,
      wanted.map(({ key }) => key),
    );
    const itemOf = new Map(wanted.map((entry, index) => [entry, items[index]]));
    for (const entry of some) {
      const item = itemOf.get(entry);
      const ruledOut = !itemOf.has(entry);
      yield { position: entry.position, deadline: item && parseItem(Deadline, item), ruledOut };
    }
  }
}

function isOf({ pk }: Key, { team, expectation }: BreachQuery): boolean {
  if (team !== undefined && expectation !== undefined) return pk === expectationPk({ team, id: expectation });
  if (team !== undefined) return pk.startsWith(expectationPk({ team, id: '' }));
  return expectation === undefined || pk.endsWith(`/${expectation}`);
}
