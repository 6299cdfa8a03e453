import db, { type Item, type Level, type Operation, type Table } from 'dynalite/db/index.js';
import { TABLES, indexPrefix, indexesOf, itemPrefix, range } from './dynamodb-keys.ts';

const ROWS = 1000;

/** What a repair found and put right. */
export interface Repair {
  /** Items read. */
  items: number;
  /** Index entries that were missing or had another content than their item. */
  missing: number;
  /** Index entries without an item. */
  stale: number;
  /** Tables that a kill had left between two states. */
  tables: number;
}

async function* batches<Value>(rows: {
  nextv(size: number): Promise<[string, Value][]>;
  close(): Promise<void>;
}): AsyncGenerator<[string, Value][]> {
  try {
    for (let some = await rows.nextv(ROWS); some.length > 0; some = await rows.nextv(ROWS)) yield some;
  } finally {
    await rows.close();
  }
}

async function removeAll(level: Level, prefix: string): Promise<void> {
  for await (const rows of batches(level.iterator({ ...range(prefix), valueEncoding: 'utf8' })))
    await level.batch(rows.map(([key]) => ({ type: 'del', key })));
}

/** Finishes what the timers of CreateTable, UpdateTable and DeleteTable would have done. */
async function settle(level: Level, table: Table): Promise<void> {
  const key = TABLES + table.TableName;
  if (table.TableStatus === 'DELETING') {
    await removeAll(level, itemPrefix(table.TableName));
    // A table being deleted has already lost the list of its indexes.
    await removeAll(level, `index-local~${table.TableName}~`);
    await removeAll(level, `index-global~${table.TableName}~`);
    await level.batch([{ type: 'del', key }]);
    return;
  }
  table.TableStatus = 'ACTIVE';
  for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
  await level.batch([{ type: 'put', key, value: table }]);
}

/** @returns key and JSON text of every index entry that the items call for */
function* entries(table: Table, items: [string, Item][]): Generator<[string, Item]> {
  for (const [, item] of items)
    for (const [kind, indexes] of indexesOf(table))
      for (const put of db.getIndexActions(indexes, null, item, table).puts)
        yield [indexPrefix(kind, table.TableName, put.index) + put.key, put.item];
}

async function storedEntries(level: Level, table: Table): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for (const [kind, indexes] of indexesOf(table))
    for (const { IndexName } of indexes) {
      const all = range(indexPrefix(kind, table.TableName, IndexName));
      for await (const rows of batches(level.iterator({ ...all, valueEncoding: 'utf8' })))
        for (const [key, text] of rows) stored.set(key, text);
    }
  return stored;
}

async function repairTable(level: Level, table: Table, repair: Repair): Promise<void> {
  const stored = await storedEntries(level, table);
  for await (const items of batches(level.iterator<Item>(range(itemPrefix(table.TableName))))) {
    repair.items += items.length;
    const puts: Operation[] = [];
    for (const [key, value] of entries(table, items)) {
      if (stored.get(key) !== JSON.stringify(value)) puts.push({ type: 'put', key, value });
      stored.delete(key);
    }
    repair.missing += puts.length;
    if (puts.length > 0) await level.batch(puts);
  }
  repair.stale += stored.size;
  await level.batch([...stored.keys()].map((key) => ({ type: 'del', key })));
}

/**
 * Makes every secondary index say what its table says, and settles tables that were being created,
 * updated or deleted. For an open database that serves nobody yet. Writes only the differences.
 */
export async function repairDatabase(level: Level): Promise<Repair> {
  const repair: Repair = { items: 0, missing: 0, stale: 0, tables: 0 };
  for await (const tables of batches(level.iterator<Table>(range(TABLES))))
    for (const [, table] of tables) {
      if (table.TableStatus !== 'ACTIVE') {
        repair.tables += 1;
        await settle(level, table);
      }
      if (table.TableStatus === 'ACTIVE') await repairTable(level, table, repair);
    }
  return repair;
}
