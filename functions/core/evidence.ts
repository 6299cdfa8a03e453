import { z } from 'zod';
import { SeenEvent } from './event.ts';
import { Run } from './run.ts';
import { HOUR, SECOND, type Instant, type Milliseconds } from './time.ts';

/** What a check-in said: `success` satisfies a deadline, `failure` and `start` are kept but do not. */
export const Signal = z.enum(['success', 'start', 'failure']);
export type Signal = z.infer<typeof Signal>;

/** A fact seen about the world. Append-only but for `claimedBy`. */
export const Evidence = z.object({
  /** Deduplicates: the same fact told twice has the same id. Unique within the expectation. */
  id: z.string().min(1),
  /** When it happened, by its own clock (epoch ms): judged by this, never by when it was seen. */
  at: z.int(),
  /** When only an interval is known, it happened after this and not after `at`. */
  after: z.int().optional(),
  recordedAt: z.int(),
  source: z.enum(['event', 'look', 'check-in']),
  /** Why it does not count; absent when it was accepted. */
  rejected: z.string().optional(),
  object: z
    .object({ key: z.string(), size: z.int(), etag: z.string(), versionId: z.string().optional() })
    .optional(),
  checkIn: z.object({ signal: Signal, exitCode: z.int().optional(), body: z.string().optional() }).optional(),
  event: SeenEvent.optional(),
  /** A run that began or ended. */
  run: Run.omit({ state: true, endedAt: true, arguments: true })
    .extend({
      phase: z.enum(['started', 'ended']),
      /** Fingerprint of the arguments that were wanted of it, and that it had. */
      wanted: z.string().optional(),
    })
    .optional(),
  /** Of a follow-up: on which side it stands, by which key, and what it is besides: one fact may stand on both. */
  keyed: z.object({ side: z.enum(['after', 'by']), key: z.string(), fact: z.string() }).optional(),
  /** The deadline that it serves: one piece of evidence serves one deadline. */
  claimedBy: z.string().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** Whether the evidence came at or before the limit; both are compared in whole seconds, as S3 tells time. */
export function notAfter(at: Instant, limit: Instant): boolean {
  return Math.floor(at / SECOND) <= Math.floor(limit / SECOND);
}

/** By time; of one instant always the same comes first. */
export function inOrder(a: Pick<Evidence, 'at' | 'id'>, b: Pick<Evidence, 'at' | 'id'>): number {
  return a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id));
}

/** How far the clocks of S3, of its events and of ours may be apart. */
export const CLOCK_TOLERANCE: Milliseconds = 2 * SECOND;

/**
 * One entry for each real object: the event and the listings of the same upload are the same fact. What is claimed
 * wins, so that a fact whose twin was used is not used again; then the event, which knows the exact time; then the first.
 * In no order.
 */
export function distinct(evidence: readonly Evidence[]): Evidence[] {
  // Only what is of one key can be the same, and a listing may show thousands of keys.
  const byKey = Map.groupBy(evidence, ({ id, object }) => object?.key ?? id);
  return [...byKey.values()].flatMap(distinctOfKey);
}

function distinctOfKey(evidence: readonly Evidence[]): Evidence[] {
  const kept: Evidence[] = [];
  for (const one of evidence) {
    const twin = kept.findIndex((other) => isTwin(one, other));
    const other = kept[twin];
    if (!other) kept.push(one);
    else if (preference(one) > preference(other)) kept[twin] = one;
  }
  return kept;
}

function preference(one: Evidence): number {
  return (one.claimedBy ? 2 : 0) + (one.source === 'event' ? 1 : 0);
}

/** The listing tells of a multipart upload when it was begun: it was completed between that and when it was seen. */
export function latestOf({ at, source, recordedAt, object }: Evidence): Instant {
  return source === 'look' && object && isMultipart(object) ? Math.max(at, recordedAt) : at;
}

/** S3 gives objects that were uploaded in parts an ETag with a `-` (S3 API reference, "Object"). */
export function isMultipart({ etag }: { etag: string }): boolean {
  return etag.includes('-');
}

/** A check-in under the same id is the same one for so long: whoever has one name for all runs checks in anew after it. */
export const REPEATED_WITHIN: Milliseconds = HOUR;

function isTwin(a: Evidence, b: Evidence): boolean {
  if (a.id === b.id) return !a.checkIn || Math.abs(a.at - b.at) <= REPEATED_WITHIN;
  if (!a.object || !b.object || a.source === b.source) return false;
  if (a.object.key !== b.object.key || a.object.etag !== b.object.etag) return false;
  const begins = (one: Evidence) => (one.after ?? one.at) - CLOCK_TOLERANCE;
  return begins(a) <= latestOf(b) && begins(b) <= latestOf(a);
}
