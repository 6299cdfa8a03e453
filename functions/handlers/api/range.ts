import { z } from '@hono/zod-openapi';
import { InvalidCursor } from '../../app/errors.ts';
import type { Page } from '../../app/ports.ts';
import { DAY, toIso, type Instant, type Milliseconds } from '../../core/time.ts';
import { demandSound } from './problem.ts';

const BACK: Milliseconds = 30 * DAY;

/** A time range and where in it the page begins. */
export interface Range {
  from: Instant;
  to: Instant;
  cursor?: string | undefined;
}

interface Asked {
  from?: number | undefined;
  to?: number | undefined;
  cursor?: string | undefined;
}

/**
 * The time range of a query. What the first page took by default (it depends on now) stays for the pages after it: the
 * cursor carries it.
 * @param ahead how far after now the range ends by default, in milliseconds
 * @throws Invalid when it ends before it begins, InvalidCursor
 */
export function rangeOf({ from, to, cursor }: Asked, now: Instant, ahead: Milliseconds): Range {
  if (cursor !== undefined) return continued(cursor, from, to);
  const end = to ?? Math.max(now + ahead, from ?? 0);
  const range = { from: from ?? Math.min(end, now) - BACK, to: end };
  if (range.from >= range.to) {
    const message = `must be before to, which is ${toIso(range.to)}`;
    demandSound([{ field: 'from', message, given: toIso(range.from) }]);
  }
  return range;
}

const Cursor = z.tuple([z.int(), z.int(), z.string()]);

function continued(cursor: string, from: number | undefined, to: number | undefined): Range {
  const parsed = Cursor.safeParse(decoded(cursor));
  if (!parsed.success) throw new InvalidCursor('the cursor is no cursor of this list');
  const [first, end, inner] = parsed.data;
  if ((from ?? first) !== first || (to ?? end) !== end) throw new InvalidCursor();
  return { from: first, to: end, cursor: inner };
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** The page as answered: what its entries are, its range, and the cursor that carries the range on. */
export function inRange<T, U>({ items, cursor }: Page<T>, { from, to }: Range, answer: (item: T) => U) {
  const next = cursor === undefined ? undefined : JSON.stringify([from, to, cursor]);
  return {
    items: items.map(answer),
    from: toIso(from),
    to: toIso(to),
    ...(next === undefined ? {} : { cursor: Buffer.from(next).toString('base64url') }),
  };
}
