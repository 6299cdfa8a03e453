import { createHash } from 'node:crypto';
import { InvalidCursor } from '../../../functions/app/errors.ts';
import type { Page, Paging } from '../../../functions/app/ports.ts';
import { canonical } from '../../../functions/core/canonical.ts';

/** A copy as a table would give it back: no shared objects, no fields that are undefined. */
export function copy<T>(value: T): T {
  return copied(value, false) as T;
}

function copied(value: unknown, freeze: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Only tables freeze, and whole values: what one gave out and is given back is as it was.
  if (freeze && Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => copied(item, freeze));
    return freeze ? Object.freeze(items) : items;
  }
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined) fields[name] = copied(field, freeze);
  }
  return freeze ? Object.freeze(fields) : fields;
}

/** One key of several parts; the parts may hold any character. */
export function keyOf(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}

/** As copy, and nobody can change it any more. */
function frozen<T>(value: T): T {
  return copied(value, true) as T;
}

/** What is asked for spans days. */
const SPAN = 5 * 86_400_000;

function spanOf(time: number): number {
  return Math.floor(time / SPAN);
}

/** Items by key. Values are copied in, as over a wire, and frozen, so that they need not be copied out. */
export class Table<T extends object> {
  readonly #items = new Map<string, T>();
  readonly #partitions = new Map<string, Map<number, Map<string, T>>>();
  readonly #partitionOf: ((item: T) => string) | undefined;
  readonly #timeOf: (item: T) => number;

  /** @param partitionOf and timeOf: what `of` and `within` find items by */
  constructor(partitionOf?: (item: T) => string, timeOf: (item: T) => number = () => 0) {
    this.#partitionOf = partitionOf;
    this.#timeOf = timeOf;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  /** The items of a partition, in no order. */
  of(partition: string): T[] {
    return this.within(partition, -Infinity, Infinity);
  }

  /** The items of a partition with from <= time <= to, in no order. */
  within(partition: string, from: number, to: number): T[] {
    const found: T[] = [];
    const spans = this.#partitions.get(partition);
    if (!spans) return found;
    const [first, last] = [spanOf(from), spanOf(to)];
    if (last - first > spans.size) {
      for (const [span, items] of spans)
        if (span >= first && span <= last) this.#pick(items, from, to, found);
    } else {
      for (let span = first; span <= last; span++) this.#pick(spans.get(span), from, to, found);
    }
    return found;
  }

  #pick(items: Map<string, T> | undefined, from: number, to: number, into: T[]): void {
    if (!items) return;
    for (const item of items.values()) {
      const time = this.#timeOf(item);
      if (time >= from && time <= to) into.push(item);
    }
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  put(key: string, item: T): void {
    const kept = frozen(item);
    const before = this.#items.get(key);
    const [from, to] = [before && this.#spanOf(before), this.#spanOf(kept)];
    if (from !== to) from?.delete(key);
    this.#items.set(key, kept);
    to?.set(key, kept);
  }

  #spanOf(item: T): Map<string, T> | undefined {
    const partition = this.#partitionOf?.(item);
    if (partition === undefined) return undefined;
    const spans = this.#partitions.get(partition) ?? new Map<number, Map<string, T>>();
    this.#partitions.set(partition, spans);
    const span = spanOf(this.#timeOf(item));
    const items = spans.get(span) ?? new Map<string, T>();
    spans.set(span, items);
    return items;
  }

  /** False when there is one already. */
  insert(key: string, item: T): boolean {
    if (this.#items.has(key)) return false;
    this.put(key, item);
    return true;
  }

  remove(key: string): boolean {
    const item = this.#items.get(key);
    if (item) this.#spanOf(item)?.delete(key);
    return this.#items.delete(key);
  }

  all(): T[] {
    return [...this.#items.values()];
  }
}

/**
 * Items whose writes are compare-and-swap on `version`: what is written carries the version that was read (0: there
 * is none yet) and is stored with the next one.
 */
export class VersionedTable<T extends { version: number }> extends Table<T> {
  swap(key: string, next: T): T | undefined {
    if ((this.get(key)?.version ?? 0) !== next.version) return undefined;
    this.put(key, { ...next, version: next.version + 1 });
    return this.get(key);
  }
}

/** Where an item stands in a listing; unique, and never changed by a write. */
export type Position = readonly [number | string, string];

export interface Listing<T> {
  /** What the cursor is bound to. */
  query: unknown;
  position: (item: T) => Position;
  descending?: boolean;
}

/**
 * One page of the items in the order of their positions. The cursor is the position of the last item, bound to the
 * query; the item itself may be gone when the cursor comes back.
 * @throws InvalidCursor for one that was not made for this query
 */
export function pageOf<T>(
  items: readonly T[],
  { limit, cursor }: Paging,
  { query, position, descending = false }: Listing<T>,
): Page<T> {
  const bound = () => createHash('sha256').update(canonical(query)).digest('base64url').slice(0, 16);
  const direction = descending ? -1 : 1;
  const last = cursor === undefined ? undefined : positionIn(cursor, bound());
  const rest = items
    .map((item) => ({ item, at: position(item) }))
    .filter(({ at }) => last === undefined || direction * compare(at, last) > 0)
    .sort((a, b) => direction * compare(a.at, b.at));
  const page = rest.slice(0, limit);
  const found = page.map(({ item }) => item);
  const end = page.at(-1);
  if (end === undefined || rest.length <= limit) return { items: found };
  const next = Buffer.from(bound() + JSON.stringify(end.at)).toString('base64url');
  return { items: found, cursor: next };
}

function positionIn(cursor: string, bound: string): Position {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith(bound)) throw new InvalidCursor();
  return JSON.parse(text.slice(bound.length)) as Position;
}

function compare([a, idA]: Position, [b, idB]: Position): number {
  if (a !== b) return a < b ? -1 : 1;
  return idA < idB ? -1 : Number(idA > idB);
}
