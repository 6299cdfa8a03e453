import {
  dateOf,
  datesOfMonth,
  isBusinessDay,
  lengthOf,
  monthInWords,
  weekdayOf,
  withWeekday,
  type HolidayCalendar,
  type LocalDate,
  type Month,
  type Weekday,
} from './calendar-date.ts';

/** One member of the list in `due.days`. A negative `nth` counts from the end of the month. */
export type DayTerm =
  | { kind: 'weekdays'; weekdays: ReadonlySet<Weekday> }
  | { kind: 'business-days' }
  | { kind: 'nth-business-day'; nth: number }
  | { kind: 'nth-weekday'; nth: number; weekday: Weekday }
  | { kind: 'day'; day: number }
  | { kind: 'last-day' };

/** What `due.days` says: the union of its terms. */
export type DayRule = readonly DayTerm[];

/** A date on which a rule falls due. */
export interface RuleDate {
  date: LocalDate;
  /** The holiday that this date is: nothing is owed. Business-day terms never land on one. */
  excused?: string;
  /** Why the date is another one than the rule names. */
  note?: string;
}

/** A date on which a rule does not fall due, and why: the holiday that it is, or what its month lacks. */
export interface SkippedDate {
  date: LocalDate;
  reason: string;
}

/**
 * The dates of the month on which the rule falls due, ascending, each once.
 *
 * A month is never skipped: `day-31` is the last day of a shorter one, and the 22nd business day the last one where
 * there are fewer. Only a calendar without any business day in the month leaves a business-day term without a date.
 */
export function datesOf(rule: DayRule, month: Month, isHoliday: HolidayCalendar): RuleDate[] {
  const all = rule.flatMap((term) => datesOfTerm(term, month, isHoliday));
  if (rule.length === 1) return all.map((found) => withExcuse(found, isHoliday));
  const dates = new Map<LocalDate, RuleDate>();
  for (const found of all) {
    const known = dates.get(found.date);
    // A date that one term names needs no explanation by another term that was moved there.
    if (known && (known.note === undefined || found.note !== undefined)) continue;
    dates.set(found.date, withExcuse(found, isHoliday));
  }
  return [...dates.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

/**
 * The weekdays that `business-days` leaves out as holidays, ascending; for a business day of a month that has none, its
 * last day. Another term of the rule may take them.
 */
export function datesSkipped(rule: DayRule, month: Month, isHoliday: HolidayCalendar): SkippedDate[] {
  if (!rule.some(({ kind }) => kind === 'business-days')) return monthSkipped(rule, month, isHoliday);
  return mondaysToFridays(month).flatMap((date) => {
    const reason = isHoliday(date);
    return reason === undefined ? [] : [{ date, reason }];
  });
}

function monthSkipped(rule: DayRule, month: Month, isHoliday: HolidayCalendar): SkippedDate[] {
  const lacks = rule.some(
    (term) => term.kind === 'nth-business-day' && nthBusinessDay(term.nth, month, isHoliday).length === 0,
  );
  return lacks
    ? [{ date: dateOf(month, lengthOf(month)), reason: `no business day in ${monthInWords(month)}` }]
    : [];
}

/** Says of a date that its rule names regardless of holidays whether it is one. */
export function withExcuse(found: RuleDate, isHoliday: HolidayCalendar): RuleDate {
  const excused = isHoliday(found.date);
  return excused === undefined ? found : { ...found, excused };
}

function datesOfTerm(term: DayTerm, month: Month, isHoliday: HolidayCalendar): RuleDate[] {
  const first = weekdayOf(dateOf(month, 1));
  const which = (holds: (weekday: Weekday) => boolean) =>
    datesOfMonth(month).filter((_date, index) => holds(((first - 1 + index) % 7) + 1));
  switch (term.kind) {
    case 'weekdays':
      return which((weekday) => term.weekdays.has(weekday)).map((date) => ({ date }));
    case 'business-days':
      return datesOfMonth(month)
        .filter((date) => isBusinessDay(date, isHoliday))
        .map((date) => ({ date }));
    case 'nth-weekday':
      return nth(
        which((weekday) => weekday === term.weekday),
        term.nth,
      ).map((date) => ({ date }));
    case 'nth-business-day':
      return nthBusinessDay(term.nth, month, isHoliday);
    case 'day':
      return [dayOfMonth(term.day, month)];
    case 'last-day':
      return [{ date: dateOf(month, lengthOf(month)) }];
  }
}

function mondaysToFridays(month: Month): LocalDate[] {
  return datesOfMonth(month).filter((date) => weekdayOf(date) <= 5);
}

/** The n-th of the dates, from the end where negative; the one nearest to it where there are fewer. */
function nth(dates: LocalDate[], n: number): LocalDate[] {
  const found = n > 0 ? (dates[n - 1] ?? dates.at(-1)) : (dates.at(n) ?? dates[0]);
  return found === undefined ? [] : [found];
}

function dayOfMonth(day: number, month: Month): RuleDate {
  const length = lengthOf(month);
  if (day <= length) return { date: dateOf(month, day) };
  return { date: dateOf(month, length), note: `${monthInWords(month)} has ${length} days` };
}

function nthBusinessDay(n: number, month: Month, isHoliday: HolidayCalendar): RuleDate[] {
  const weekdays = mondaysToFridays(month);
  const businessDays = weekdays.filter((date) => isHoliday(date) === undefined);
  const [date] = nth(businessDays, n);
  const [written] = nth(weekdays, n);
  if (date === undefined || written === undefined) return [];
  if (businessDays.length < Math.abs(n)) {
    return [{ date, note: `${monthInWords(month)} has ${businessDays.length} business days` }];
  }
  if (date === written) return [{ date }];
  const passed = weekdays.filter((day) => (n > 0 ? day <= date : day >= date));
  const reasons = passed.flatMap((day) => isHoliday(day) ?? []);
  return [{ date, note: `moved from ${withWeekday(written)}: ${[...new Set(reasons)].join(', ')}` }];
}
