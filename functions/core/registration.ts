import { z } from 'zod';
import { canonical } from './canonical.ts';
import { duration, roughLength } from './duration.ts';
import { Expectation, timezoneOf } from './expectation.ts';
import { Inconclusive } from './inconclusive.ts';
import { isOnceADay } from './schedule.ts';
import { inZone, type Instant, type Milliseconds } from './time.ts';

export const RegistrationStatus = z.enum(['active', 'paused', 'deleted']);
export type RegistrationStatus = z.infer<typeof RegistrationStatus>;

/** An expectation as registered: its newest revision and how far it is planned. All instants in epoch ms. */
export const Registration = z.object({
  team: z.string(),
  id: z.string(),
  /** Counts every change; never starts again, not even after a deletion. */
  revision: z.int(),
  status: RegistrationStatus,
  expectation: Expectation,
  changedAt: z.int(),
  changedBy: z.string(),
  why: z.string().optional(),
  /** The revision whose rules govern new deadlines: the last that changed more than names and addresses. */
  rev: z.int(),
  rulesChangedAt: z.int(),
  /** The revision that brought these rules, where `rev` only paused or resumed them. */
  sameSince: z.int().optional(),
  /** Deadlines of `rev` fall due after this. */
  startsAfter: z.int(),
  /** First registration: the grid of `every` begins here, however often the rest is edited. */
  anchor: z.int(),
  /** The longest giveUpAfter that any revision had: so long deadlines of older rules may still wait (milliseconds). */
  patience: z.int().optional(),
  /** dueAt of the last deadline that is planned. */
  plannedThrough: z.int(),
  /** When planning must go on; undefined when nothing is left to plan. */
  planAt: z.int().optional(),
  /** That runs of which no event tells cannot be looked for. */
  inconclusive: Inconclusive.optional(),
  /** Release of the zone data, and of public holidays with the revisions of own calendars, that it was planned with. */
  plannedWith: z.object({ zones: z.string(), calendars: z.string() }).optional(),
  /** SHA-256 of the check-in token, hex. */
  tokenHash: z.string().optional(),
  version: z.int(),
});
export type Registration = z.infer<typeof Registration>;

/** One entry of the history of an expectation. */
export type Revision = Pick<
  Registration,
  'revision' | 'status' | 'expectation' | 'changedAt' | 'changedBy' | 'why' | 'rev'
>;

export interface Change {
  now: Instant;
  by: string;
  why?: string | undefined;
}

/** The first revision of an expectation, or the one that follows a tombstone. */
export function register(expectation: Expectation, change: Change, tombstone?: Registration): Registration {
  const revision = (tombstone?.revision ?? 0) + 1;
  return {
    team: expectation.team,
    id: expectation.id,
    status: 'active',
    expectation,
    ...stamp(revision, change),
    ...freshRules(revision, change.now),
    ...(tombstone && { patience: Math.max(patienceOf(tombstone), patienceOf({ expectation })) }),
    anchor: change.now,
    version: tombstone?.version ?? 0,
  };
}

/**
 * The next revision. A change of names and addresses leaves the deadlines alone; a change of the rules replaces them.
 * @param lastDue when it was last due, under whatever rules (epoch ms)
 */
export function revise(
  current: Registration,
  expectation: Expectation,
  change: Change,
  lastDue: Instant | undefined,
): Registration {
  const revision = current.revision + 1;
  const kept = { ...current, expectation, ...stamp(revision, change), planAt: change.now };
  if (sameRules(current.expectation, expectation)) return kept;
  return {
    ...kept,
    ...freshRules(revision, change.now),
    patience: Math.max(patienceOf(current), patienceOf({ expectation })),
    startsAfter: startsAfter(current, expectation, change.now, lastDue),
  };
}

/** How long after its due time (milliseconds, a day being 24 hours) a deadline of any revision may still be served. */
export function patienceOf({
  patience,
  expectation,
}: Pick<Registration, 'patience' | 'expectation'>): Milliseconds {
  return patience ?? roughLength(duration(expectation.giveUpAfter));
}

/** Pauses, resumes or deletes. What falls due after it is cancelled; what is due already is still judged. */
export function setStatus(current: Registration, status: RegistrationStatus, change: Change): Registration {
  const revision = current.revision + 1;
  return {
    ...{ ...current, status, ...stamp(revision, change), ...freshRules(revision, change.now) },
    sameSince: current.sameSince ?? current.rev,
    // What a change of the time of day put off stays put off.
    startsAfter: Math.max(current.startsAfter, change.now),
  };
}

function stamp(revision: number, { now, by, why }: Change) {
  return { revision, changedAt: now, changedBy: by, why };
}

function freshRules(revision: number, now: Instant) {
  return {
    ...{ rev: revision, rulesChangedAt: now, startsAfter: now, plannedThrough: now, planAt: now },
    ...{ inconclusive: undefined, sameSince: undefined },
  };
}

/** Whether both mean the same deadlines: everything but title, severity, notify, remindEvery, warnWhenLate and runbook is equal. */
export function sameRules(a: Expectation, b: Expectation): boolean {
  return canonical(rulesOf(a)) === canonical(rulesOf(b));
}

function rulesOf(expectation: Expectation): Partial<Expectation> {
  const { file, checkIn, job, event, followUp, due, grace, settle, window, giveUpAfter } = expectation;
  return { file, checkIn, job, event, followUp, due, grace, settle, window, giveUpAfter };
}

/** A day that was already judged by the old time of day is not asked for again by the new one. */
function startsAfter(
  current: Registration,
  next: Expectation,
  now: Instant,
  lastDue: Instant | undefined,
): Instant {
  const [before, after, timezone] = [current.expectation.due, next.due, timezoneOf(next)];
  if (!isOnceADay(before) || !isOnceADay(after)) return now;
  // Changed before on the same day: what that change put off stays put off.
  if (current.startsAfter > now) return current.startsAfter;
  const today = inZone(now, timezone);
  const judgedToday = lastDue !== undefined && inZone(lastDue, timezone).hasSame(today, 'day');
  return judgedToday ? today.endOf('day').toMillis() : now;
}

/** Whether the revision that made the deadline still governed when it fell due. */
export function governs(
  registration: Pick<Registration, 'rev' | 'rulesChangedAt'>,
  deadline: { rev: number; dueAt: Instant },
): boolean {
  return deadline.rev === registration.rev || deadline.dueAt <= registration.rulesChangedAt;
}
