import { z } from 'zod';
import {
  dateOf,
  monthOf,
  nextMonth,
  plusDays,
  type HolidayCalendar,
  type LocalDate,
  type Month,
} from './calendar-date.ts';
import type { Duration } from './duration.ts';
import { checked, Days, Holidays, Timezone } from './fields.ts';
import { localDate, localSchedule } from './local-schedule.ts';
import { fromLocal, offsetAt, readWall, type Instant } from './time.ts';

/** The hours in which people work: only these count. */
export const BusinessHours = z
  .strictObject({
    hours: checked(hoursProblem).meta({
      example: '09:00-17:00',
      description: 'Local times; several with commas: 09:00-12:00,13:00-17:00',
    }),
    days: Days.default('mon-fri'),
    timezone: Timezone,
    holidays: Holidays.optional(),
  })
  .meta({ description: 'Only time within these hours counts, and a day of `within` is a day that has some' });
export type BusinessHours = z.infer<typeof BusinessHours>;

/** Local times as written, `09:00` and `17:00`; the end may be `24:00`. */
interface Shift {
  from: string;
  to: string;
}

/** Opening hours as instants: the end does not belong to them. */
interface Stretch {
  date: LocalDate;
  start: Instant;
  end: Instant;
}

const SHIFT = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Nothing is searched for longer: hours that are so rare have no end. */
const LONGEST = 2 * 366;

/** What is wrong with opening hours, as the end of a sentence that begins with them; undefined when they can be used. */
export function hoursProblem(text: string): string | undefined {
  const rule = 'must be local times such as 09:00-17:00, or several in order: 09:00-12:00,13:00-17:00';
  if (!text.split(',').every((part) => SHIFT.test(part))) return rule;
  const shifts = shiftsOf(text);
  const backwards = shifts.some(({ from, to }) => from >= to);
  if (backwards) return `${rule}; what goes on after midnight is written 00:00-06:00,22:00-24:00`;
  return shifts.some(({ from }, index) => from < (shifts[index - 1]?.to ?? '')) ? rule : undefined;
}

function shiftsOf(hours: string): Shift[] {
  return hours.split(',').flatMap((part) => {
    const [, from, to] = SHIFT.exec(part) ?? [];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
}

/**
 * The first instant by which so much business time has passed. Days come first: the same local time on the n-th business
 * day after, counted from when business next begins where it is closed. Then hours and less: elapsed time while it is
 * open, whatever the clocks do meanwhile.
 * @returns undefined when that is more than two years ahead
 */
export function addBusinessTime(
  from: Instant,
  { days, elapsed }: Duration,
  hours: BusinessHours,
  isHoliday: HolidayCalendar,
): Instant | undefined {
  const start = days === 0 ? from : businessDaysLater(from, days, hours, isHoliday);
  if (start === undefined || elapsed === 0) return start;
  let left = elapsed;
  for (const stretch of stretchesFrom(start, hours, isHoliday)) {
    const begin = Math.max(start, stretch.start);
    if (begin + left <= stretch.end) return begin + left;
    left -= stretch.end - begin;
  }
  return undefined;
}

function businessDaysLater(
  from: Instant,
  days: number,
  hours: BusinessHours,
  isHoliday: HolidayCalendar,
): Instant | undefined {
  let first: Stretch | undefined;
  let date: LocalDate | undefined;
  let passed = -1;
  for (const stretch of stretchesFrom(from, hours, isHoliday)) {
    first ??= stretch;
    if (stretch.date !== date) passed += 1;
    date = stretch.date;
    if (passed === days) return sameTimeOn(date, first, Math.max(from, first.start), hours.timezone);
  }
  return undefined;
}

function sameTimeOn(date: LocalDate, first: Stretch, at: Instant, timezone: string): Instant {
  const wall = at + offsetAt(at, timezone);
  const apart = Date.parse(date) - Date.parse(first.date);
  return readWall(wall + apart, timezone).instant;
}

/** The opening hours that end after an instant, in order; no further than two years ahead. */
function* stretchesFrom(
  from: Instant,
  { hours, days, timezone }: BusinessHours,
  isHoliday: HolidayCalendar,
): Generator<Stretch> {
  const shifts = shiftsOf(hours);
  const { datesIn } = localSchedule({ at: '00:00', days, timezone }, isHoliday);
  const first = plusDays(localDate(from, timezone), -1);
  for (const date of datesFrom(first, plusDays(first, LONGEST), datesIn)) {
    for (const shift of shifts) {
      const start = fromLocal(`${date}T${shift.from}`, timezone);
      const end = endOf(date, shift.to, timezone);
      if (end > Math.max(start, from)) yield { date, start, end };
    }
  }
}

function* datesFrom(
  first: LocalDate,
  last: LocalDate,
  datesIn: (month: Month) => readonly { date: LocalDate; excused?: string }[],
): Generator<LocalDate> {
  for (let month = monthOf(first); dateOf(month, 1) <= last; month = nextMonth(month)) {
    for (const { date, excused } of datesIn(month)) {
      if (date >= first && date <= last && excused === undefined) yield date;
    }
  }
}

function endOf(date: LocalDate, to: string, timezone: string): Instant {
  const midnight = to === '24:00';
  return fromLocal(midnight ? `${plusDays(date, 1)}T00:00` : `${date}T${to}`, timezone);
}
