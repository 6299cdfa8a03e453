/** The parts of dynalite 4 that we use; the package has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export interface DynaliteOptions {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  /** `close` also closes the store. */
  export default function dynalite(options: DynaliteOptions): Server;
}

declare module 'dynalite/db/index.js' {
  import type { DynaliteOptions } from 'dynalite';

  export type Item = Record<string, unknown>;

  export interface Index {
    IndexName: string;
    IndexStatus?: string;
  }

  export interface Table {
    TableName: string;
    TableStatus: string;
    GlobalSecondaryIndexes?: Index[];
    LocalSecondaryIndexes?: Index[];
  }

  export interface IndexActions {
    puts: { index: string; key: string; item: Item }[];
    deletes: { index: string; key: string }[];
  }

  export type Operation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };
  export type Done = (error?: Error | null) => void;

  interface Range {
    gte: string;
    lt: string;
  }

  interface Rows<Value> {
    nextv(size: number): Promise<[string, Value][]>;
    close(): Promise<void>;
  }

  export interface Level {
    open(): Promise<void>;
    close(): Promise<void>;
    batch(operations: Operation[]): Promise<void>;
    batch(operations: Operation[], done: Done): void;
    iterator(range: Range & { valueEncoding: 'utf8' }): Rows<string>;
    iterator<Value>(range: Range): Rows<Value>;
  }

  export interface ItemDb {
    put(key: string, value: Item, done: Done): void;
    del(key: string, done: Done): void;
  }

  export interface Store {
    db: Level;
    getItemDb(table: string): ItemDb;
  }

  interface Db {
    create(options: DynaliteOptions): Store;
    createKey(item: Item, table: Table): string;
    getIndexActions(
      indexes: Index[],
      existing: Item | null | undefined,
      item: Item | null | undefined,
      table: Table,
    ): IndexActions;
    updateIndexes(
      store: Store,
      table: Table,
      existing: Item | null | undefined,
      item: Item | null | undefined,
      done: Done,
    ): void;
  }

  /** The module's exports, which dynalite itself looks up at each call. */
  const db: Db;
  export default db;
}
