import type { Deadline } from './deadline.ts';
import { deadlineFor, silentDeadline } from './new-deadline.ts';
import type { Registration } from './registration.ts';
import {
  isTimed,
  occurrencesBefore,
  occurrencesAfter,
  skippedBetween,
  type HolidayCalendar,
  type Occurrence,
  type Skipped,
  type TimedDue,
} from './schedule.ts';
import { DAY, HOUR, type Instant, type Milliseconds } from './time.ts';

/** Each expectation is planned at least this far ahead, counted from now. */
export const AHEAD = { deadlines: 2, time: HOUR };

/**
 * Planning again goes on to the end of its week, so that it is not written every day; weeks begin at different times,
 * so that not all expectations are planned on the same day.
 */
const WEEK = 7 * DAY;
const SOON = 3 * DAY;
const MOST_IN_ADVANCE = 10;

/** Deadlines planned by one call; more are left to the next. */
const MOST_AT_ONCE = 500;

/** What people are shown ahead ends here, but for the first: holidays of a year take some regions a tenth of a second. */
const FARTHEST: Milliseconds = 10 * 366 * DAY;

export interface Plan {
  deadlines: Deadline[];
  plannedThrough: Instant;
  /** When planning must go on; undefined when the schedule has no further occurrence. */
  planAt: Instant | undefined;
}

type Planned = Pick<Registration, 'expectation' | 'rev' | 'anchor' | 'startsAfter' | 'plannedThrough'>;

/** What is missing to reach the horizon, from the last planned deadline on; also what fell due during an outage. */
export function planAhead(registration: Planned, isHoliday: HolidayCalendar, now: Instant): Plan {
  const { due } = registration.expectation;
  if (!isTimed(due)) throw new TypeError('what depends on what is seen is not planned ahead');
  const { anchor, plannedThrough: before, startsAfter } = registration;
  // What is new is planned no further than it must: whoever registers it waits.
  const weekEnd = before <= startsAfter ? 0 : anchor + Math.ceil((now + SOON - anchor) / WEEK) * WEEK;
  const planned: Instant[] = [];
  const deadlines: Deadline[] = [];
  const plannedThrough = () => planned.at(-1) ?? registration.plannedThrough;
  for (const [before, occurrence, after] of neighbours(registration, due, isHoliday)) {
    const fresh = occurrence.dueAt > registration.plannedThrough;
    const again = planAgainAt(planned, now);
    const inAdvance =
      deadlines.length > 0 && deadlines.length < MOST_IN_ADVANCE && occurrence.dueAt <= weekEnd;
    if (fresh && ((again > now && !inAdvance) || deadlines.length === MOST_AT_ONCE)) {
      return { deadlines, plannedThrough: plannedThrough(), planAt: again };
    }
    planned.push(occurrence.dueAt);
    if (fresh) deadlines.push(deadlineFor(registration, occurrence, { before, after, isHoliday, now }));
  }
  return { deadlines, plannedThrough: plannedThrough(), planAt: undefined };
}

/** An occurrence that is not registered yet, or further ahead than what is planned. */
export interface Upcoming {
  deadline: Deadline;
  /** The holiday on which nothing is owed, by the calendars as they are now. */
  excused?: string;
}

/**
 * The next `count` deadlines after an instant, computed and not stored, with the days that are skipped between. Those of
 * ten years at most, but one at least.
 */
export function upcoming(
  { expectation, rev, anchor }: Pick<Planned, 'expectation' | 'rev' | 'anchor'>,
  isHoliday: HolidayCalendar,
  after: Instant,
  count: number,
): { upcoming: Upcoming[]; skipped: Skipped[] } {
  const { due } = expectation;
  if ('silentFor' in due) {
    const deadline = silentDeadline({ expectation, rev, startsAfter: after }, after, after);
    return { upcoming: [{ deadline }], skipped: [] };
  }
  if (!isTimed(due)) return { upcoming: [], skipped: [] };
  const planned = { expectation, rev, anchor, startsAfter: after, plannedThrough: after };
  const found: Upcoming[] = [];
  for (const [before, occurrence, next] of neighbours(planned, due, isHoliday)) {
    if (found.length === count || (found.length > 0 && occurrence.dueAt > after + FARTHEST)) break;
    const deadline = deadlineFor(planned, occurrence, { before, after: next, isHoliday, now: after });
    found.push({ deadline, ...(occurrence.excused === undefined ? {} : { excused: occurrence.excused }) });
  }
  const last = found.at(-1)?.deadline.dueAt ?? after;
  return { upcoming: found, skipped: skippedBetween(due, after, last, { anchor, isHoliday }) };
}

/** The deadlines with from < dueAt <= to under the present rules, computed and not stored. */
export function* deadlinesBetween(
  { expectation, rev, anchor, startsAfter }: Planned,
  isHoliday: HolidayCalendar,
  { from, to, now }: { from: Instant; to: Instant; now: Instant },
): Generator<Deadline> {
  const { due } = expectation;
  if (!isTimed(due)) return;
  const begin = Math.max(startsAfter, from);
  const planned = { anchor, startsAfter: begin, plannedThrough: begin };
  for (const [before, occurrence, after] of neighbours(planned, due, isHoliday)) {
    if (occurrence.dueAt > to) return;
    yield deadlineFor({ expectation, rev, startsAfter }, occurrence, { before, after, isHoliday, now });
  }
}

/** Occurrences with the ones beside them, beginning with the last planned two. */
function* neighbours(
  { anchor, startsAfter, plannedThrough }: Pick<Planned, 'anchor' | 'startsAfter' | 'plannedThrough'>,
  due: TimedDue,
  isHoliday: HolidayCalendar,
): Generator<[Instant | undefined, Occurrence, Instant | undefined]> {
  const context = { anchor, isHoliday };
  const begin = Math.max(startsAfter, plannedThrough);
  const behind = [...occurrencesBefore(due, begin + 1, context).take(3)];
  const from = Math.max(startsAfter, (behind[1]?.dueAt ?? startsAfter) - 1);
  let before = behind.find(({ dueAt }) => dueAt <= from)?.dueAt;
  let current: Occurrence | undefined;
  for (const next of occurrencesAfter(due, from, context)) {
    if (current) {
      yield [before, current, next.dueAt];
      before = current.dueAt;
    }
    current = next;
  }
  if (current) yield [before, current, undefined];
}

/** When fewer than two planned deadlines, or less than an hour of them, will lie ahead. */
function planAgainAt(planned: readonly Instant[], now: Instant): Instant {
  const last = planned.at(-1) ?? now;
  return Math.min(planned.at(-AHEAD.deadlines) ?? now, last - AHEAD.time);
}
