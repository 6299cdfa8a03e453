import type { z } from 'zod';
import type { Page, Paging } from '../../app/ports.ts';
import { readInOrder } from './batch.ts';
import { cursorAfter, positionOf } from './cursor.ts';
import { keyOf, parseItem, queryItems, take, type Store } from './store.ts';

const LAST = '\u{10FFFF}';

/** A list in the index `byTeam` whose entries have the id as `listKey`. */
export interface Listing<T> extends Paging {
  pk: string;
  schema: z.ZodType<T>;
}

/** One page by id. The index tells which; what has left the list since, or the table, is passed over. */
export async function listPage<T extends { id: string }>(
  store: Store,
  { pk, schema, limit, cursor }: Listing<T>,
): Promise<Page<T>> {
  const query = { list: pk };
  // A space sorts below every character of an id: `after` itself is left out, what only begins with it is not.
  const range = { pk, from: `${positionOf(query, cursor) ?? ''} `, to: LAST };
  const index = queryItems(store, range, { index: 'byTeam', pageSize: limit + 1 });
  const items: T[] = [];
  for (;;) {
    const entries = await take(index, limit + 1 - items.length);
    const found = await readInOrder(store, entries.map(keyOf));
    items.push(...found.flatMap((item) => (item?.['teamKey'] === pk ? parseItem(schema, item) : [])));
    if (entries.length === 0) return { items };
    const last = items[limit - 1];
    if (last && items.length > limit)
      return { items: items.slice(0, limit), cursor: cursorAfter(query, last.id) };
  }
}
