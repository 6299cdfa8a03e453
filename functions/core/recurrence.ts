import {
  dateOf,
  datesOfMonth,
  lengthOf,
  monthOf,
  nextMonth,
  plusDays,
  weekdayOf,
  type LocalDate,
  type Month,
  type Weekday,
} from './calendar-date.ts';

/** A recurrence rule of whole days (RFC 5545, 3.3.10), read. Lists that are not written are undefined. */
export interface Recurrence {
  freq: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  interval: number;
  count?: number;
  until?: LocalDate;
  byMonth?: readonly number[];
  byMonthday?: readonly number[];
  byYearday?: readonly number[];
  byDay?: readonly { nth?: number; weekday: Weekday }[];
  bySetPos?: readonly number[];
  weekStart: Weekday;
}

const WEEKDAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
const PARTS = 'FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY, BYSETPOS and WKST';

class Unreadable extends Error {}

/** Reads the value of an RRULE. The problem is the end of a sentence that begins with `RRULE`. */
export function parseRecurrence(text: string): Recurrence | { problem: string } {
  try {
    return read(text.toUpperCase());
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    throw error;
  }
}

function read(text: string): Recurrence {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=([A-Z0-9,+-]{1,1000})$/.exec(part) ?? [];
    if (name === '' || parts.has(name))
      throw new Unreadable(`has ${part.slice(0, 40)}, where each part is NAME=value, once`);
    parts.set(name, value);
  }
  const take = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const rule = ruleOf(take);
  const [unknown] = parts.keys();
  if (unknown !== undefined) throw new Unreadable(`has ${unknown}; read are ${PARTS}`);
  demandTogether(rule);
  return rule;
}

function ruleOf(take: (name: string) => string | undefined): Recurrence {
  const written = take('FREQ');
  const freq = FREQUENCIES.find((one) => one === written);
  if (freq === undefined) throw new Unreadable(`must have FREQ, one of ${FREQUENCIES.join(', ')}`);
  const numbers = (name: string, most: number, fewest = -most) => numbersOf(name, take(name), fewest, most);
  const days = take('BYDAY');
  const until = take('UNTIL');
  return defined({
    freq,
    interval: numbers('INTERVAL', 1000, 1)?.[0] ?? 1,
    count: numbers('COUNT', 10_000, 1)?.[0],
    until: until === undefined ? undefined : untilOf(until),
    byMonth: numbers('BYMONTH', 12, 1),
    byMonthday: numbers('BYMONTHDAY', 31),
    byYearday: numbers('BYYEARDAY', 366),
    byDay: days?.split(',').map(weekdayOfCode),
    bySetPos: numbers('BYSETPOS', 366),
    weekStart: weekdayOfCode(take('WKST') ?? 'MO').weekday,
  });
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function numbersOf(
  name: string,
  text: string | undefined,
  fewest: number,
  most: number,
): number[] | undefined {
  return text?.split(',').map((written) => {
    const number = /^[+-]?\d{1,5}$/.test(written) ? Number(written) : 0;
    if (number !== 0 && number >= fewest && number <= most) return number;
    throw new Unreadable(`has ${name}=${text.slice(0, 40)}, which takes ${fewest} to ${most} without 0`);
  });
}

function untilOf(text: string): LocalDate {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)(?:T\d{6}Z?)?$/.exec(text) ?? [];
  if (year !== undefined) return `${year}-${month ?? ''}-${day ?? ''}`;
  throw new Unreadable(`has UNTIL=${text.slice(0, 40)}, which takes a date such as 20301231`);
}

function weekdayOfCode(text: string): { nth?: number; weekday: Weekday } {
  const [, nth, code = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  const weekday = WEEKDAY_CODES.indexOf(code) + 1;
  const number = nth === undefined ? undefined : Number(nth);
  if (weekday === 0 || number === 0 || Math.abs(number ?? 1) > 53) {
    throw new Unreadable(
      `has the day ${text.slice(0, 40)}, which must be ${WEEKDAY_CODES.join(', ')}, or as in 2MO or -1FR`,
    );
  }
  return { weekday, ...(number === undefined ? {} : { nth: number }) };
}

/** What RFC 5545 does not allow together. */
function demandTogether({
  freq,
  count,
  until,
  byDay,
  byMonthday,
  byYearday,
  bySetPos,
  ...rest
}: Recurrence): void {
  const long = freq === 'MONTHLY' || freq === 'YEARLY';
  const wrong = [
    count !== undefined && until !== undefined && 'COUNT beside UNTIL',
    !long && byDay?.some(({ nth }) => nth !== undefined) && `a numbered day in BYDAY with FREQ=${freq}`,
    freq === 'WEEKLY' && byMonthday && 'BYMONTHDAY with FREQ=WEEKLY',
    freq !== 'YEARLY' && byYearday && `BYYEARDAY with FREQ=${freq}`,
    bySetPos && !(byDay ?? byMonthday ?? byYearday ?? rest.byMonth) && 'BYSETPOS without another BY part',
  ].find((one) => typeof one === 'string');
  if (wrong !== undefined) throw new Unreadable(`has ${wrong}, which does not go together`);
}

/**
 * The dates of the rule from its first day on, ascending, up to `last` inclusively; the first day itself only if it
 * fits. A month without the day is passed over. Work is bounded by the days between.
 */
export function* recurrences(rule: Recurrence, first: LocalDate, last: LocalDate): Generator<LocalDate> {
  const end = rule.until !== undefined && rule.until < last ? rule.until : last;
  const fits = testOf(rule, first);
  let left = rule.count ?? Infinity;
  for (const dates of periods(rule, first, end)) {
    const fitting = positioned(dates.filter(fits), rule.bySetPos);
    for (const date of fitting) {
      if (date < first) continue;
      if (date > end || left === 0) return;
      left -= 1;
      yield date;
    }
  }
}

/** The dates of every n-th day, week, month or year, from the one that the first day lies in. */
function* periods(rule: Recurrence, first: LocalDate, end: LocalDate): Generator<readonly LocalDate[]> {
  const { freq, interval, weekStart } = rule;
  switch (freq) {
    case 'DAILY':
      yield* everyNth(datesFrom(first, end), 1, interval);
      return;
    case 'WEEKLY': {
      const weekBegin = plusDays(first, -((weekdayOf(first) - weekStart + 7) % 7));
      yield* everyNth(datesFrom(weekBegin, plusDays(end, 6)), 7, interval);
      return;
    }
    case 'MONTHLY':
      for (const months of everyNth(monthsFrom(monthOf(first), end), 1, interval))
        yield months.flatMap(datesIn);
      return;
    case 'YEARLY': {
      const lastMonth = `${end.slice(0, 4)}-12-01`;
      const months = monthsFrom({ ...monthOf(first), month: 1 }, lastMonth);
      const wanted = wantedMonths(rule, first);
      for (const year of everyNth(months, 12, interval)) {
        yield year.filter(({ month }) => wanted.includes(month)).flatMap(datesIn);
      }
    }
  }
}

/** Groups of `size` items, of which only each `interval`-th counts. What is left at the end is no group. */
function* everyNth<T>(items: Iterable<T>, size: number, interval: number): Generator<T[]> {
  let group: T[] = [];
  let index = 0;
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    if (index % interval === 0) yield group;
    group = [];
    index++;
  }
}

function* datesFrom(first: LocalDate, last: LocalDate): Generator<LocalDate> {
  for (const month of monthsFrom(monthOf(first), last)) {
    for (const date of datesIn(month)) if (date >= first && date <= last) yield date;
  }
}

function* monthsFrom(first: Month, last: LocalDate): Generator<Month> {
  for (let month = first; dateOf(month, 1) <= last; month = nextMonth(month)) yield month;
}

/** Where nothing but the month is written, days of other months need not be looked at. */
function wantedMonths(
  { byMonth, byMonthday, byYearday, byDay }: Recurrence,
  first: LocalDate,
): readonly number[] {
  if (byMonth) return byMonth;
  if (byMonthday ?? byYearday ?? byDay) return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  return [monthOf(first).month];
}

/** Many rules go over the same months. */
const known = new Map<number, readonly LocalDate[]>();

function datesIn(month: Month): readonly LocalDate[] {
  const key = month.year * 12 + month.month;
  const dates = known.get(key) ?? datesOfMonth(month);
  if (known.size < 5000) known.set(key, dates);
  return dates;
}

function positioned(
  dates: readonly LocalDate[],
  positions: readonly number[] | undefined,
): readonly LocalDate[] {
  if (positions === undefined) return dates;
  const chosen = new Set(
    positions.flatMap((position) => dates.at(position > 0 ? position - 1 : position) ?? []),
  );
  return dates.filter((date) => chosen.has(date));
}

type DateTest = (date: LocalDate) => boolean;

/** What the parts of the rule ask of a date. Their lists are looked into once: a rule is asked of many dates. */
function testOf(rule: Recurrence, first: LocalDate): DateTest {
  const { byMonth, byMonthday, byYearday, byDay } = rule;
  const tests: (DateTest | undefined)[] = [
    byMonth && numbered(byMonth, (date) => [monthOf(date).month, 12]),
    byMonthday && numbered(byMonthday, dayOfMonth),
    byYearday && numbered(byYearday, dayOfYear),
    byDay && weekdayTest(byDay, rule),
    (byMonthday ?? byYearday ?? byDay) ? undefined : (date) => isLikeFirst(date, rule, first),
  ];
  const asked = tests.filter((test) => test !== undefined);
  return (date) => asked.every((test) => test(date));
}

/** Without parts that say which days: the weekday, the day of the month or the day of the year of the first one. */
function isLikeFirst(date: LocalDate, { freq, byMonth }: Recurrence, first: LocalDate): boolean {
  switch (freq) {
    case 'DAILY':
      return true;
    case 'WEEKLY':
      return weekdayOf(date) === weekdayOf(first);
    case 'MONTHLY':
      return date.slice(8) === first.slice(8);
    case 'YEARLY':
      return (
        date.slice(8) === first.slice(8) && (byMonth !== undefined || date.slice(5, 7) === first.slice(5, 7))
      );
  }
}

/** A number of how many, both counted from 1. */
type Place = [number: number, most: number];

function numbered(numbers: readonly number[], placeOf: (date: LocalDate) => Place): DateTest {
  const wanted = new Set(numbers);
  return (date) => {
    const [number, most] = placeOf(date);
    return wanted.has(number) || wanted.has(number - most - 1);
  };
}

function weekdayTest(days: NonNullable<Recurrence['byDay']>, { freq, byMonth }: Recurrence): DateTest {
  const placeOf = freq === 'YEARLY' && byMonth === undefined ? dayOfYear : dayOfMonth;
  const nths = new Map<Weekday, Set<number | undefined>>();
  for (const { nth, weekday } of days) nths.set(weekday, (nths.get(weekday) ?? new Set()).add(nth));
  return (date) => {
    const wanted = nths.get(weekdayOf(date));
    if (wanted === undefined || wanted.has(undefined)) return wanted !== undefined;
    const [number, most] = placeOf(date);
    return wanted.has(Math.ceil(number / 7)) || wanted.has(-Math.ceil((most - number + 1) / 7));
  };
}

function dayOfMonth(date: LocalDate): Place {
  return [Number(date.slice(8)), lengthOf(monthOf(date))];
}

function dayOfYear(date: LocalDate): Place {
  const days = Math.round((Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / 86_400_000) + 1;
  return [days, 337 + lengthOf({ ...monthOf(date), month: 2 })];
}
