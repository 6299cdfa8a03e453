import type { Awaited, Deadline } from './deadline.ts';
import type { Evidence } from './evidence.ts';
import { compileGlob, literalPrefix } from './key-pattern.ts';
import type { Look } from './look.ts';
import { toLocal } from './time.ts';

/** What a deadline wants, in words: `1 object of at least 1 byte matching orders/*.csv in acme-landing`. */
export function describeExpected({ awaits, silence }: Pick<Deadline, 'awaits' | 'silence'>): string {
  const what = awaits.kind === 'file' ? describeFile(awaits) : 'a check-in';
  return silence === undefined ? what : `${what} before the silence grows too long`;
}

function describeFile({ minCount, minBytes, key, bucket }: Extract<Awaited, { kind: 'file' }>): string {
  const size = minBytes > 0 ? ` of at least ${count(minBytes, 'byte')}` : '';
  return `${count(minCount, 'object')}${size} matching ${key} in ${bucket}`;
}

/** What was seen instead, in words and the owner's local time, newest first. */
export function describeSeen(deadline: Deadline, evidence: readonly Evidence[], look?: Look): string {
  return deadline.awaits.kind === 'file'
    ? describeObjects(deadline, deadline.awaits, evidence, look)
    : describeCheckIns(deadline, evidence);
}

function describeObjects(
  deadline: Deadline,
  awaits: Extract<Awaited, { kind: 'file' }>,
  evidence: readonly Evidence[],
  look?: Look,
): string {
  const newest = evidence.toSorted((a, b) => b.at - a.at)[0];
  if (!newest?.object) return describeNothing(deadline, awaits, look);
  const keysOf = (some: readonly Evidence[]) => new Set(some.map(({ object }) => object?.key)).size;
  const accepted = keysOf(evidence.filter(({ rejected }) => rejected === undefined));
  const matching = keysOf(evidence);
  const rejected = newest.rejected === undefined ? '' : `, rejected: ${newest.rejected}`;
  const wanted = awaits.minCount > 1 ? `, ${accepted} of ${awaits.minCount} accepted` : '';
  return (
    `${count(matching, 'object')} ${matching === 1 ? 'matches' : 'match'}${wanted}; ` +
    `newest ${newest.object.key} of ${toLocal(newest.at, deadline.timezone)}, ${count(newest.object.size, 'byte')}${rejected}`
  );
}

function describeNothing(
  { timezone }: Deadline,
  { key }: Extract<Awaited, { kind: 'file' }>,
  look?: Look,
): string {
  const matches = compileGlob(key);
  const objects = look?.ok ? look.objects : [];
  const other = objects.toSorted((a, b) => b.lastModified - a.lastModified)[0];
  const outside = objects
    .filter((object) => matches(object.key))
    .toSorted((a, b) => b.lastModified - a.lastModified)[0];
  if (outside) return `${outside.key} is of ${toLocal(outside.lastModified, timezone)}, outside the window`;
  const place = literalPrefix(key) || 'the bucket';
  if (other) return `${count(objects.length, 'object')} under ${place}, none matches; newest ${other.key}`;
  return literalPrefix(key) ? `nothing under ${place}` : 'nothing in the bucket';
}

function describeCheckIns({ timezone }: Deadline, evidence: readonly Evidence[]): string {
  const last = evidence.toSorted((a, b) => b.at - a.at)[0];
  if (!last) return 'no check-in';
  const when = toLocal(last.at, timezone);
  if (last.checkIn?.signal === 'start') return `started ${when}, not finished`;
  return last.rejected === undefined ? `last check-in ${when}` : `check-in of ${when}: ${last.rejected}`;
}

/** `1 object`, `2 objects`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
