import type { Entry } from './entry.ts';

/** How much of a group fits into one message to people. */
export interface Limits {
  /** Entries shown with all their details. */
  details: number;
  /** Entries shown at all. */
  entries: number;
  /** Sum of the sizes of everything shown, in code units. */
  size: number;
}

export interface Layout {
  details: readonly string[];
  lines: readonly string[];
  /** Entries that are not shown. */
  left: number;
}

/**
 * Distributes the entries, most urgent first: details while they fit, then one line each while those fit.
 * The first entry is always shown.
 */
export function layOut(
  entries: readonly Entry[],
  limits: Limits,
  write: { detail: (entry: Entry, index: number) => string; line: (entry: Entry, index: number) => string },
): Layout {
  const details: string[] = [];
  const lines: string[] = [];
  let room = limits.size;
  for (const [index, entry] of entries.slice(0, limits.entries).entries()) {
    const detail = lines.length === 0 && index < limits.details ? write.detail(entry, index) : undefined;
    if (detail !== undefined && (detail.length <= room || index === 0)) {
      details.push(detail);
      room -= detail.length;
      continue;
    }
    const line = write.line(entry, index);
    if (line.length > room) break;
    lines.push(line);
    room -= line.length;
  }
  return { details, lines, left: entries.length - details.length - lines.length };
}
