import type { Table } from 'dynalite/db/index.js';

/** Prefixes under which dynalite keeps its records in LevelDB. */
export const TABLES = 'table~';

/** @returns the prefix of a table's items */
export const itemPrefix = (table: string): string => `item-${table}~`;

/** @returns the prefix of an index's entries */
export const indexPrefix = (kind: 'Local' | 'Global', table: string, index: string): string =>
  `index-${kind.toLowerCase()}~${table}~${index}~`;

/** @returns the range of all keys that start with `prefix`, which ends in `~` */
export const range = (prefix: string): { gte: string; lt: string } => ({
  gte: prefix,
  lt: `${prefix.slice(0, -1)}\x7f`,
});

/** @returns a table's indexes by kind; dynalite keeps the two kinds apart */
export const indexesOf = (table: Table) =>
  [
    ['Local', table.LocalSecondaryIndexes ?? []],
    ['Global', table.GlobalSecondaryIndexes ?? []],
  ] as const;
