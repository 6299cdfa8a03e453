import { addBusinessTime } from './business-time.ts';
import type { HolidayCalendar } from './calendar-date.ts';
import type { Awaited, Deadline, Followed } from './deadline.ts';
import { addDuration, duration, roughLength } from './duration.ts';
import { describePattern, fingerprint } from './event.ts';
import { timezoneOf } from './expectation.ts';
import { globOfKey, type FollowUpSpec, type Side } from './follow-up.ts';
import { lateness, times } from './deadline-times.ts';
import { blank } from './new-deadline.ts';
import type { Registration } from './registration.ts';
import { DAY, SECOND, toIso, toLocal, type Instant, type Milliseconds } from './time.ts';

/** Where opening hours leave too little time, it is due when nobody searches on. */
const LATEST: Milliseconds = 2 * 366 * DAY;

/** Characters of a hash: of ten thousand keys in one second no two have the same. */
const HASH = 12;

type Rules = Pick<Registration, 'expectation' | 'rev' | 'rulesChangedAt'>;

/** The occurrence of what came at an instant. @param hash of its key, in hex */
export function occurrenceAfter(at: Instant, hash: string): string {
  return `${toIso(at)}.${hash.slice(0, HASH)}`;
}

/**
 * The deadline of what came: by then something must have followed it, in the same second or later.
 * @param hash of its key, in hex
 * @throws TypeError when the expectation has no follow-up
 */
export function followUpDeadline(
  { expectation, rev, rulesChangedAt }: Rules,
  after: Followed,
  { hash, isHoliday, now }: { hash: string; isHoliday: HolidayCalendar; now: Instant },
): Deadline {
  const { followUp } = expectation;
  if (!followUp) throw new TypeError('not a follow-up');
  const timezone = timezoneOf(expectation);
  const asked = dueAfter(followUp, after.at, isHoliday) ?? after.at + LATEST;
  // A new revision governs only what falls due after it.
  const dueAt = asked > rulesChangedAt ? asked : rulesChangedAt + SECOND;
  return {
    ...blank(expectation, rev, occurrenceAfter(after.at, hash), now),
    timezone,
    local: toLocal(dueAt, timezone).slice(4, 20),
    awaits: awaitedBy(followUp.by, after.key),
    after,
    dueAt,
    opensAt: after.at - SECOND,
    contestedUntil: 0,
    ...times(expectation, dueAt),
    ...lateness(expectation, dueAt),
  };
}

/** Whether the time of what came at an instant was over before the rules were made. */
export function isOver(
  { expectation: { followUp }, rulesChangedAt }: Rules,
  at: Instant,
  isHoliday: HolidayCalendar,
): boolean {
  return followUp !== undefined && (dueAfter(followUp, at, isHoliday) ?? Infinity) <= rulesChangedAt;
}

/** When what follows must have come; undefined when that is more than two years of opening hours ahead. */
export function dueAfter(
  { within, businessHours }: FollowUpSpec,
  at: Instant,
  isHoliday: HolidayCalendar,
): Instant | undefined {
  if (businessHours) return addBusinessTime(at, duration(within), businessHours, isHoliday);
  return addDuration(at, duration(within), 'UTC');
}

/** Longer than what follows is waited for, whatever holidays lie in between. */
export function longestWait(followUp: FollowUpSpec, from: Instant): Milliseconds {
  const { within, businessHours } = followUp;
  if (!businessHours) return roughLength(duration(within));
  const length = (dueAfter(followUp, from, () => undefined) ?? from + LATEST) - from;
  return Math.min(2 * length + 92 * DAY, LATEST);
}

function awaitedBy(by: Side, key: string): Awaited {
  if ('event' in by) {
    const { pattern, key: field } = by.event;
    return {
      kind: 'event',
      pattern: fingerprint({ pattern, key: field }),
      of: describePattern(pattern),
      minCount: 1,
    };
  }
  const glob = key === '' ? by.file.key : globOfKey(by.file.key, key);
  return { kind: 'file', bucket: by.file.bucket, key: glob, dated: true, minCount: 1, minBytes: 0 };
}
