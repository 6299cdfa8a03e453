import { z } from 'zod';
import { canonical } from '../../core/canonical.ts';
import { InvalidCursor } from '../../app/errors.ts';
import { digest } from '../table.ts';

/** Longer than any position; what is longer was not made here. */
const LONGEST = 2000;

const Cursor = z.strictObject({ query: z.string(), after: z.string() });

/**
 * The cursor of the page that begins after a position: base64url of JSON, bound to its query by a hash.
 * @param query everything that chooses and orders the items: another query refuses the cursor
 */
export function cursorAfter(query: object, after: string): string {
  const content: z.infer<typeof Cursor> = { query: bindingOf(query), after };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** The position after which the page begins; undefined for the first page. @throws InvalidCursor */
export function positionOf(query: object, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const parsed = Cursor.safeParse(decode(cursor));
  if (!parsed.success) throw new InvalidCursor('the cursor is no cursor of this service');
  if (parsed.data.query !== bindingOf(query)) throw new InvalidCursor();
  return parsed.data.after;
}

function bindingOf(query: object): string {
  return digest(canonical(query));
}

function decode(cursor: string): unknown {
  if (cursor.length > LONGEST) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
