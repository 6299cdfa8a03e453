import {
  dateOf,
  monthOf,
  nextMonth,
  plusDays,
  withWeekday,
  type HolidayCalendar,
  type LocalDate,
  type Month,
} from './calendar-date.ts';
import { cronDates, parseCron } from './cron.ts';
import { cronSkipped } from './cron-notes.ts';
import { datesOf, datesSkipped, type RuleDate, type SkippedDate } from './day-rule.ts';
import { parseDays } from './days.ts';
import type { Occurrence, TimedDue } from './occurrence.ts';
import {
  DAY,
  inZone,
  offsetAt,
  readWall,
  toLocal,
  type Instant,
  type LocalReading,
  type Milliseconds,
} from './time.ts';

/** A rule of local dates and times, `at` and `cron` alike. */
export interface LocalSchedule {
  timezone: string;
  /** Local times of every date, `HH:mm`, ascending. */
  times: readonly string[];
  /** Every hour counts, whatever it is called: see CronRule. */
  elapsed: boolean;
  /** Dates of the month, ascending. */
  datesIn: (month: Month) => readonly RuleDate[];
  /** Dates of the month on which the rule is not due although it is about days like it. */
  skippedIn: (month: Month) => readonly SkippedDate[];
}

/** Reads `at` with `days`, or `cron`. Months are computed when they are reached, and once. */
export function localSchedule(
  due: Exclude<TimedDue, { every: string }>,
  isHoliday: HolidayCalendar,
): LocalSchedule {
  const { timezone } = due;
  if ('cron' in due) {
    const rule = parseCron(due.cron);
    const datesIn = oncePerMonth((month) => cronDates(rule, month, isHoliday));
    return {
      timezone,
      times: rule.times,
      elapsed: rule.elapsed,
      datesIn,
      skippedIn: (month) => withoutDates(cronSkipped(rule, month), datesIn(month)),
    };
  }
  const rule = parseDays(due.days);
  const datesIn = oncePerMonth((month) => datesOf(rule, month, isHoliday));
  return {
    timezone,
    times: [due.at],
    elapsed: false,
    datesIn,
    skippedIn: (month) => withoutDates(datesSkipped(rule, month, isHoliday), datesIn(month)),
  };
}

/** What one part of a rule leaves out and another one takes is not skipped. */
function withoutDates(skipped: readonly SkippedDate[], dates: readonly RuleDate[]): SkippedDate[] {
  const taken = new Set(dates.map(({ date }) => date));
  return skipped.filter(({ date }) => !taken.has(date));
}

/** All occurrences with `from` <= dueAt < `to`, ascending, no two at the same instant. */
export function occurrencesBetween(schedule: LocalSchedule, from: Instant, to: Instant): Occurrence[] {
  return schedule.elapsed ? elapsedBetween(schedule, from, to) : fixedBetween(schedule, from, to);
}

/** Items of the months that lie within the two dates, those dates included. */
export function withinDates<T extends { date: LocalDate }>(
  itemsIn: (month: Month) => readonly T[],
  first: LocalDate,
  last: LocalDate,
): T[] {
  const items: T[] = [];
  for (let month = monthOf(first); dateOf(month, 1) <= last; month = nextMonth(month)) {
    items.push(...itemsIn(month).filter(({ date }) => date >= first && date <= last));
  }
  return items;
}

/** The date on the local calendar at an instant. */
export function localDate(instant: Instant, timezone: string): LocalDate {
  return wallText(instant + offsetAt(instant, timezone)).slice(0, 10);
}

function oncePerMonth<T>(compute: (month: Month) => T): (month: Month) => T {
  const known = new Map<number, T>();
  return (month) => {
    const key = 12 * month.year + month.month;
    const value = known.get(key) ?? compute(month);
    known.set(key, value);
    return value;
  };
}

/** Every date and time as written once, whatever the clocks do. */
function fixedBetween({ datesIn, times, timezone }: LocalSchedule, from: Instant, to: Instant): Occurrence[] {
  // A gap moves a time by up to a day, and around a clock change local dates do not ascend with the instants.
  const first = plusDays(localDate(from, timezone), -1);
  const last = plusDays(localDate(to, timezone), 1);
  const byInstant = new Map<Instant, Occurrence>();
  for (const date of withinDates(datesIn, first, last)) {
    for (const time of times) {
      const found = asWritten(date, time, timezone);
      if (found.dueAt < from || found.dueAt >= to) continue;
      const other = byInstant.get(found.dueAt);
      byInstant.set(found.dueAt, other ? merged(other, found) : found);
    }
  }
  return [...byInstant.values()].sort((a, b) => a.dueAt - b.dueAt);
}

function asWritten({ date, excused, note }: RuleDate, time: string, timezone: string): Occurrence {
  const id = `${date}T${time}`;
  const reading = readWall(wallOf(id), timezone);
  const clock =
    reading.times === 1 ? undefined : clockNote(`${withWeekday(date)} ${time}`, reading, timezone);
  return occurrence(id, reading.instant, excused, note, clock);
}

function clockNote(written: string, { times, instant }: LocalReading, timezone: string): string {
  return times === 0
    ? `${written} does not exist in ${timezone}: moved to ${toLocal(instant, timezone)}`
    : `${written} comes twice in ${timezone}: the first is meant`;
}

/** Two written times at one instant: the later is what the clock really shows, and gives its name. */
function merged(moved: Occurrence, shown: Occurrence): Occurrence {
  return moved.note === undefined ? shown : { ...shown, note: moved.note };
}

/** Every real instant at which the clock shows a fitting date and time. */
function elapsedBetween(schedule: LocalSchedule, from: Instant, to: Instant): Occurrence[] {
  return [...stretches(from, to, schedule.timezone)].flatMap((stretch) => shownDuring(stretch, schedule));
}

/** A time of at most a day without a clock change. */
interface Stretch {
  start: Instant;
  end: Instant;
  offset: Milliseconds;
  /** Something of it may show a local time for the second time. */
  afterChange: boolean;
}

function* stretches(from: Instant, to: Instant, timezone: string): Generator<Stretch> {
  for (let start = from; start < to;) {
    const offset = offsetAt(start, timezone);
    const end = sameOffsetUntil(start, Math.min(start + DAY, to), timezone);
    yield { start, end, offset, afterChange: offsetAt(start - DAY, timezone) !== offset };
    start = end;
  }
}

/** The first instant after `start` with another offset, or `end`. */
function sameOffsetUntil(start: Instant, end: Instant, timezone: string): Instant {
  const offset = offsetAt(start, timezone);
  if (offsetAt(end - 1, timezone) === offset) return end;
  let same = start;
  let changed = end - 1;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(middle, timezone) === offset) same = middle;
    else changed = middle;
  }
  return changed;
}

function shownDuring({ start, end, offset, afterChange }: Stretch, schedule: LocalSchedule): Occurrence[] {
  const { datesIn, times, timezone } = schedule;
  const first = wallText(start + offset).slice(0, 10);
  const last = wallText(end + offset).slice(0, 10);
  return withinDates(datesIn, first, last).flatMap(({ date, excused, note }) =>
    times.flatMap((time) => {
      const local = `${date}T${time}`;
      const dueAt = wallOf(local) - offset;
      if (dueAt < start || dueAt >= end) return [];
      if (!afterChange || readWall(wallOf(local), timezone).instant === dueAt) {
        return [occurrence(local, dueAt, excused, note)];
      }
      const clock = `${withWeekday(date)} ${time} comes twice in ${timezone}: this is the second`;
      const second = occurrence(local, dueAt, excused, note, clock);
      return [{ ...second, id: `${local}${inZone(dueAt, timezone).toFormat('ZZ')}` }];
    }),
  );
}

function occurrence(
  local: string,
  dueAt: Instant,
  excused: string | undefined,
  ...notes: (string | undefined)[]
): Occurrence {
  const note = notes.filter((text) => text !== undefined).join('; ');
  return {
    id: local,
    dueAt,
    local: local.replace('T', ' '),
    ...(excused === undefined ? {} : { excused }),
    ...(note === '' ? {} : { note }),
  };
}

/** ISO text of a wall-clock time that is counted like UTC. */
function wallText(wall: Milliseconds): string {
  return new Date(wall).toISOString();
}

/** The inverse of wallText, for a date and time that are known to be on the calendar. */
function wallOf(local: string): Milliseconds {
  return Date.parse(`${local}Z`);
}
