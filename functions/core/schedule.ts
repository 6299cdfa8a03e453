import { monthOf, type HolidayCalendar, type LocalDate } from './calendar-date.ts';
import { duration, roughLength } from './duration.ts';
import type { Due } from './expectation.ts';
import { localDate, localSchedule, occurrencesBetween, withinDates } from './local-schedule.ts';
import type { Occurrence, ScheduleContext, TimedDue } from './occurrence.ts';
import { DAY, fromLocal, toIso, toLocal, type Instant, type Milliseconds } from './time.ts';

export type { HolidayCalendar } from './calendar-date.ts';
export { isTimed } from './occurrence.ts';
export type { Occurrence, ScheduleContext, TimedDue } from './occurrence.ts';

/** A date on which nothing falls due although the rule is about days like it. */
export interface Skipped {
  /** Local date, `yyyy-MM-dd`. */
  skipped: LocalDate;
  reason: string;
}

/** A schedule that has had no occurrence for so long has none. */
const LONGEST_PAUSE = 30 * 366 * DAY;
/** Local dates are text of four-digit years, with room for the search around them. */
const EARLIEST: Instant = Date.UTC(1900, 0, 1);
const LATEST: Instant = Date.UTC(9990, 0, 1);
/** What is asked for most are the occurrences beside one: of a daily rule they are found at once. */
const FIRST: Milliseconds = 4 * DAY;
/** Windows grow while they hold fewer occurrences than this: a first result is quick, a sparse rule is not slow. */
const ENOUGH = 32;
const WIDEST: Milliseconds = 366 * DAY;

/**
 * Occurrences with dueAt > `after`, strictly ascending and computed as they are asked for. Ends only when 30 years pass
 * without one (or in the year 9990).
 *
 * `at`, and `cron` that names hours: each written local time once, by RFC 5545. `cron` for every hour: each real
 * instant whose local time fits. `every`: the grid anchor + k x every of elapsed time, a day being 24 hours, k >= 1.
 */
export function* occurrencesAfter(
  due: TimedDue,
  after: Instant,
  context: ScheduleContext,
): Generator<Occurrence> {
  if ('every' in due) {
    yield* gridAfter(due.every, Math.max(after, context.anchor), context.anchor);
    return;
  }
  const schedule = localSchedule(due, context.isHoliday);
  let width = FIRST;
  let from = Math.max(after + 1, EARLIEST);
  let until = from + LONGEST_PAUSE;
  while (from < Math.min(until, LATEST)) {
    const found = occurrencesBetween(schedule, from, from + width);
    yield* found;
    from += width;
    if (found.length > 0) until = from + LONGEST_PAUSE;
    if (found.length < ENOUGH) width = Math.min(2 * width, WIDEST);
  }
}

/**
 * Occurrences with dueAt < `before`, strictly descending and computed as they are asked for; ends as occurrencesAfter.
 * Of `every` also the grid from the anchor backwards: the anchor itself is what precedes the first occurrence, and
 * opens its window.
 */
export function* occurrencesBefore(
  due: TimedDue,
  before: Instant,
  { anchor, isHoliday }: ScheduleContext,
): Generator<Occurrence> {
  if ('every' in due) {
    yield* gridBefore(due.every, before, anchor);
    return;
  }
  const schedule = localSchedule(due, isHoliday);
  let width = FIRST;
  let to = Math.min(before, LATEST);
  let until = to - LONGEST_PAUSE;
  while (to > Math.max(until, EARLIEST)) {
    const found = occurrencesBetween(schedule, to - width, to);
    yield* found.toReversed();
    to -= width;
    if (found.length > 0) until = to - LONGEST_PAUSE;
    if (found.length < ENOUGH) width = Math.min(2 * width, WIDEST);
  }
}

/** Whether a day has one occurrence at most: a time of day, however it is written. */
export function isOnceADay(due: Due): boolean {
  if (!('at' in due) && !('cron' in due)) return false;
  const { times, elapsed } = localSchedule(due, () => undefined);
  return times.length === 1 && !elapsed;
}

/** Whether the rule has the date at all, by the calendars as they are now; what moves with holidays may not any more. */
export function fallsOn(due: Due, date: LocalDate, isHoliday: HolidayCalendar): boolean {
  if (!('at' in due)) return true;
  return localSchedule(due, isHoliday)
    .datesIn(monthOf(date))
    .some((one) => one.date === date);
}

/**
 * The weekdays that a rule for business days leaves out as holidays, and the last days of months without a day that a
 * cron or a business-day rule names, where the first due time of the day would have been after `from` and not after
 * `to`; ascending. Other rules leave nothing out: on their holidays they have occurrences, excused.
 */
export function skippedBetween(
  due: TimedDue,
  from: Instant,
  to: Instant,
  context: ScheduleContext,
): Skipped[] {
  return dueOnSkipped(due, from, to, context).map(({ skipped, reason }) => ({ skipped, reason }));
}

/**
 * What a person who registers the schedule is shown: the next `count` occurrences after an instant, with the days
 * between them that are skipped, in order.
 */
export function preview(
  due: TimedDue,
  after: Instant,
  count: number,
  context: ScheduleContext,
): (Occurrence | Skipped)[] {
  const occurrences = [...occurrencesAfter(due, after, context).take(count)];
  const last = occurrences.at(-1);
  if (!last) return [];
  const skipped = dueOnSkipped(due, after, last.dueAt, context);
  return [...occurrences, ...skipped]
    .sort((a, b) => a.dueAt - b.dueAt)
    .map((entry) => ('skipped' in entry ? { skipped: entry.skipped, reason: entry.reason } : entry));
}

/** Skipped days with the instant at which something would have been due. */
function dueOnSkipped(due: TimedDue, from: Instant, to: Instant, { isHoliday }: ScheduleContext) {
  if ('every' in due) return [];
  const { skippedIn, times, timezone } = localSchedule(due, isHoliday);
  const time = times[0] ?? '00:00';
  return withinDates(skippedIn, localDate(from, timezone), localDate(to, timezone))
    .map(({ date, reason }) => ({ skipped: date, reason, dueAt: fromLocal(`${date}T${time}`, timezone) }))
    .filter(({ dueAt }) => dueAt > from && dueAt <= to);
}

function* gridAfter(every: string, after: Instant, anchor: Instant): Generator<Occurrence> {
  const step = roughLength(duration(every));
  let count = Math.floor((after - anchor) / step) + 1;
  for (; anchor + count * step < LATEST; count++) yield gridOccurrence(anchor + count * step);
}

function* gridBefore(every: string, before: Instant, anchor: Instant): Generator<Occurrence> {
  const step = roughLength(duration(every));
  const count = Math.ceil((Math.min(before, LATEST) - anchor) / step) - 1;
  for (let dueAt = anchor + count * step; dueAt >= EARLIEST; dueAt -= step) yield gridOccurrence(dueAt);
}

function gridOccurrence(dueAt: Instant): Occurrence {
  return { id: toIso(dueAt), dueAt, local: toLocal(dueAt, 'UTC').slice('Sat '.length) };
}
