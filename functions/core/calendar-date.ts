import type { Instant } from './time.ts';

/** A date of the local calendar, `yyyy-MM-dd`: it has no zone and is no instant. Dates compare as text. */
export type LocalDate = string;

/** A month of the local calendar; `month` counts from 1. */
export interface Month {
  year: number;
  month: number;
}

/** The name of the public holiday that a local date is, if it is one. */
export type HolidayCalendar = (date: LocalDate) => string | undefined;

/** Days of the week in ISO order: index 0 is Monday. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** ISO number of a weekday: 1 is Monday, 7 is Sunday. */
export type Weekday = number;

// A local date is reckoned as the UTC midnight of the same name: days of UTC all have 24 hours.
const DAY = 24 * 60 * 60 * 1000;
const midnightOf = (date: LocalDate): Instant => Date.parse(`${date}T00:00:00Z`);
const dateAt = (midnight: Instant): LocalDate => new Date(midnight).toISOString().slice(0, 10);

/** The n-th day of the month. */
export function dateOf({ year, month }: Month, day: number): LocalDate {
  return dateAt(Date.UTC(year, month - 1, day));
}

/** The month that the date lies in. */
export function monthOf(date: LocalDate): Month {
  return { year: Number(date.slice(0, 4)), month: Number(date.slice(5, 7)) };
}

/** The month after, over the end of a year too. */
export function nextMonth({ year, month }: Month): Month {
  return month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
}

/** How many days the month has. */
export function lengthOf({ year, month }: Month): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The day of the week that the date falls on. */
export function weekdayOf(date: LocalDate): Weekday {
  return new Date(midnightOf(date)).getUTCDay() || 7;
}

/** The date so many days later, or earlier where negative. */
export function plusDays(date: LocalDate, days: number): LocalDate {
  return dateAt(midnightOf(date) + days * DAY);
}

const datesOfMonths = new Map<string, readonly LocalDate[]>();
const MOST_MONTHS = 2400;

/** Every date of the month in order. */
export function datesOfMonth(month: Month): readonly LocalDate[] {
  const key = `${month.year}-${month.month}`;
  const known = datesOfMonths.get(key);
  if (known) return known;
  if (datesOfMonths.size >= MOST_MONTHS) datesOfMonths.clear();
  const dates = Array.from({ length: lengthOf(month) }, (_, index) => dateOf(month, index + 1));
  datesOfMonths.set(key, dates);
  return dates;
}

/** Monday to Friday and no holiday. */
export function isBusinessDay(date: LocalDate, isHoliday: HolidayCalendar): boolean {
  return weekdayOf(date) <= 5 && isHoliday(date) === undefined;
}

/** A calendar that leaves no business day for this long is taken at its word: the search ends. */
const LONGEST_SEARCH = 366;

/** The n-th business day after (before, where negative) the date, which need not be one itself. */
export function plusBusinessDays(date: LocalDate, days: number, isHoliday: HolidayCalendar): LocalDate {
  const step = Math.sign(days);
  let current = date;
  for (let left = Math.abs(days), idle = 0; left > 0 && idle < LONGEST_SEARCH;) {
    current = plusDays(current, step);
    const counts = isBusinessDay(current, isHoliday);
    left -= counts ? 1 : 0;
    idle = counts ? 0 : idle + 1;
  }
  return current;
}

/** The date with its weekday, for people: `Fri 2026-12-25`. */
export function withWeekday(date: LocalDate): string {
  return `${weekdayName(weekdayOf(date))} ${date}`;
}

/** `Mon`. */
export function weekdayName(weekday: Weekday): string {
  const name = WEEKDAYS[weekday - 1] ?? '';
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** `1st`, `2nd`, `11th`. */
export function inOrder(count: number): string {
  const teen = count > 10 && count < 14;
  return `${count}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')}`;
}

const MONTH_NAMES = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
]; // prettier-ignore

/** The month for people: `November 2026`. */
export function monthInWords({ year, month }: Month): string {
  return `${MONTH_NAMES[month - 1] ?? ''} ${year}`;
}
