import db, { type Item, type Operation, type Store, type Table } from 'dynalite/db/index.js';
import { indexPrefix, indexesOf, itemPrefix } from './dynamodb-keys.ts';

type Maybe = Item | null | undefined;

function indexWrites(table: Table, existing: Maybe, item: Maybe): Operation[] {
  return indexesOf(table).flatMap(([kind, indexes]) => {
    const key = (entry: { index: string; key: string }): string =>
      indexPrefix(kind, table.TableName, entry.index) + entry.key;
    const { puts, deletes } = db.getIndexActions(indexes, existing, item, table);
    return [
      ...deletes.map((entry): Operation => ({ type: 'del', key: key(entry) })),
      ...puts.map((entry): Operation => ({ type: 'put', key: key(entry), value: entry.item })),
    ];
  });
}

/**
 * Makes dynalite write an item and its index entries in one LevelDB batch, so that neither a kill nor a
 * reader comes between them; by itself it deletes, then puts the index entries, then puts the item.
 */
export function writeItemsWithTheirIndexes(store: Store): void {
  const waiting = new Map<string, Operation[]>();

  // Called by each write under the lock of its item, right before the put or del of the item.
  db.updateIndexes = (_store, table, existing, item, done) => {
    const subject = item ?? existing;
    if (subject) {
      const operations = indexWrites(table, existing, item);
      waiting.set(itemPrefix(table.TableName) + db.createKey(subject, table), operations);
    }
    done();
  };

  const take = (key: string): Operation[] => {
    const operations = waiting.get(key) ?? [];
    waiting.delete(key);
    return operations;
  };

  const getItemDb = store.getItemDb.bind(store);
  const replaced = new WeakSet();
  store.getItemDb = (table) => {
    const items = getItemDb(table);
    if (replaced.has(items)) return items;
    replaced.add(items);
    items.put = (suffix, value, done) => {
      const key = itemPrefix(table) + suffix;
      store.db.batch([...take(key), { type: 'put', key, value }], done);
    };
    items.del = (suffix, done) => {
      const key = itemPrefix(table) + suffix;
      store.db.batch([...take(key), { type: 'del', key }], done);
    };
    return items;
  };
}
