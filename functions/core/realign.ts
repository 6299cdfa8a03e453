import type { Deadline } from './deadline.ts';
import { deadlinesBetween } from './plan.ts';
import type { Registration } from './registration.ts';
import { canonical } from './canonical.ts';
import type { HolidayCalendar } from './schedule.ts';
import { DAY, type Instant } from './time.ts';

/** What planned deadlines were computed with, beside what is written in the expectation. */
export type Edition = NonNullable<Registration['plannedWith']>;

/** Whether deadlines must be computed again. Data older than what they were computed with is no reason. */
export function isOutdated(planned: Edition | undefined, present: Edition): boolean {
  if (planned === undefined) return true;
  if (planned.zones !== present.zones) return planned.zones < present.zones;
  return planned.calendars !== present.calendars;
}

export interface Realigned {
  /** Stored deadlines that fall due at another time, or await something else; to be saved. */
  moved: Deadline[];
  /** Occurrences of the planned time that there were not before; to be created. */
  missing: Deadline[];
}

/**
 * Compares pending deadlines with what the schedule says by the calendars and the zone data as they are now. A deadline
 * is known by its local occurrence, so none is doubled; what was due before the change is not asked for anew. Those that the
 * schedule does not have any more are left to the checker, because the calendar may change back.
 * @param stored deadlines of any status in `realignedRange`
 * @param since when the calendars were changed, if that is not worked off yet; now otherwise
 */
export function realign(
  registration: Registration,
  isHoliday: HolidayCalendar,
  stored: readonly Deadline[],
  { now, since }: { now: Instant; since: Instant },
): Realigned {
  const known = new Map(
    stored.filter(({ rev }) => rev === registration.rev).map((one) => [one.occurrence, one]),
  );
  const moved: Deadline[] = [];
  const missing: Deadline[] = [];
  for (const fresh of deadlinesBetween(registration, isHoliday, {
    ...realignedRange(registration, now),
    now,
  })) {
    const before = known.get(fresh.occurrence);
    if (!before) {
      if (fresh.dueAt > since && fresh.dueAt <= registration.plannedThrough) missing.push(fresh);
    } else if (before.status === 'pending') {
      const { plannedAt, seq, outbox, version, status, inconclusive } = before;
      const { note: _, ...rest } = before;
      const next = { ...rest, ...fresh, plannedAt, seq, outbox, version, status, inconclusive };
      if (canonical(next) !== canonical(before)) moved.push(next);
    }
  }
  return { moved, missing };
}

/** When deadlines that may have to be moved fall due; no clock change is longer than a day. */
export function realignedRange(
  { plannedThrough }: Registration,
  now: Instant,
): { from: Instant; to: Instant } {
  return { from: now - 2 * DAY, to: Math.max(plannedThrough, now) + DAY };
}
