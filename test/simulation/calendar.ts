/*
 * When things fall due, written from RFC 5545 and docs/expectations.md over Intl alone: nothing here is shared with what
 * it is compared with. Instants in epoch ms; a wall time is the epoch ms that its fields would have in UTC.
 */

const MINUTE = 60_000;
const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

function format(zone: string): Intl.DateTimeFormat {
  const made =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  formats.set(zone, made);
  return made;
}

/** How far the zone is ahead of UTC, in ms. No zone changes twice within a day, or within a quarter of an hour of the full quarter. */
export function offset(instant: number, zone: string): number {
  const day = Math.floor(instant / DAY) * DAY;
  const begin = offsetAtQuarter(day, zone);
  return begin === offsetAtQuarter(day + DAY, zone) ? begin : offsetAtQuarter(instant, zone);
}

function offsetAtQuarter(instant: number, zone: string): number {
  const quarter = Math.floor(instant / (15 * MINUTE));
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const parts = new Map(
    format(zone)
      .formatToParts(quarter * 15 * MINUTE)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  const ahead = wall - quarter * 15 * MINUTE;
  ofZone.set(quarter, ahead);
  return ahead;
}

/** RFC 5545, 3.3.5: a time that exists twice is its first; one that does not exist is read with the offset before the gap. */
export function instantOf(wall: number, zone: string): number {
  const [before, after] = [offset(wall - DAY, zone), offset(wall + DAY, zone)];
  const valid = [before, after].map((one) => wall - one).filter((at) => at + offset(at, zone) === wall);
  return valid.length > 0 ? Math.min(...valid) : wall - before;
}

/** The same wall time some days later or earlier. */
export function plusDays(instant: number, days: number, zone: string): number {
  return instantOf(instant + offset(instant, zone) + days * DAY, zone);
}

/** `yyyy-MM-dd` of the instant in the zone. */
export function dateOf(instant: number, zone: string): string {
  return new Date(instant + offset(instant, zone)).toISOString().slice(0, 10);
}

export interface Occurrence {
  id: string;
  dueAt: number;
  /** `yyyy-MM-dd`, of the rule's zone. */
  date: string;
}

export type Due =
  | { at: string; days: Days; timezone: string; holidays?: string | string[] }
  | { cron: string; timezone: string; holidays?: string | string[] }
  | { every: string }
  | { silentFor: string }
  | { each: 'run' | 'follow-up' };

/** Of all that can be written, so much. */
export type Days =
  | 'daily'
  | 'mon-fri'
  | 'tue,sat'
  | 'business-days'
  | '1st-business-day'
  | '3rd-business-day'
  | 'last-business-day'
  | '2nd-last-business-day'
  | 'day-31'
  | 'last-day'
  | 'last-fri';

/** Whether nothing is owed on a date, `yyyy-MM-dd`. */
export type IsHoliday = (date: string) => boolean;

/** Occurrences with from < dueAt <= to, ascending. */
export function occurrences(
  due: Due,
  anchor: number,
  from: number,
  to: number,
  isHoliday: IsHoliday,
): Occurrence[] {
  if ('silentFor' in due || 'each' in due) return [];
  if ('every' in due) return gridOf(milliseconds(due.every), anchor, from, to);
  const found: Occurrence[] = [];
  const firstDay = Math.floor(from / DAY) * DAY - 2 * DAY;
  for (let day = firstDay; day <= to + 2 * DAY; day += DAY) found.push(...occurrencesOf(due, day, isHoliday));
  return found.filter(({ dueAt }) => dueAt > from && dueAt <= to).toSorted((a, b) => a.dueAt - b.dueAt);
}

/** Whether a rule counts business days: then a holiday moves it, and is no excuse. */
export function movesAtHolidays(due: Due): boolean {
  return 'at' in due && due.days.includes('business');
}

/** Whether it is due once on each of its days: then a day that was judged is not asked for again by another time. */
export function isOnceADay(due: Due): boolean {
  return 'at' in due || ('cron' in due && /^\d+ \d+ /.test(due.cron));
}

/** The longest from one occurrence to the next. */
export function longestPause(due: Due): number {
  if ('cron' in due) return due.cron.split(' ')[2] === '*' ? 10 * DAY : 40 * DAY;
  return 'at' in due && !['daily', 'mon-fri', 'tue,sat', 'business-days'].includes(due.days)
    ? 40 * DAY
    : 10 * DAY;
}

/** When business counts: only the time that passes within these hours. */
export interface Hours {
  hours: string;
  days: Days;
  timezone: string;
  holidays?: string | string[];
}

/** The first instant by which so much time (ms) has passed while it was open. */
export function afterBusinessTime(
  from: number,
  length: number,
  { hours, days, timezone }: Hours,
  isHoliday: IsHoliday,
): number {
  let left = length;
  for (let day = Math.floor(from / DAY) * DAY - 2 * DAY; ; day += DAY) {
    if (!isOn(days, day, isHoliday) || isHoliday(new Date(day).toISOString().slice(0, 10))) continue;
    for (const shift of hours.split(',')) {
      const [opens = 0, closes = 0] = shift.split('-').map((time) => {
        const [hour = 0, minute = 0] = time.split(':').map(Number);
        return Math.max(from, instantOf(day + (hour * 60 + minute) * MINUTE, timezone));
      });
      if (closes - opens >= left && closes > opens) return opens + left;
      left -= closes - opens;
    }
  }
}

function gridOf(step: number, anchor: number, from: number, to: number): Occurrence[] {
  const first = Math.floor((from - anchor) / step) + 1;
  const count = Math.max(0, Math.floor((to - anchor) / step) - first + 1);
  return Array.from({ length: count }, (_, index) => {
    const dueAt = anchor + (first + index) * step;
    return { id: new Date(dueAt).toISOString(), dueAt, date: new Date(dueAt).toISOString().slice(0, 10) };
  });
}

/** What is due on a local day, which is told by its midnight as if that were UTC. */
function occurrencesOf(
  due: Extract<Due, { timezone: string }>,
  day: number,
  isHoliday: IsHoliday,
): Occurrence[] {
  const date = new Date(day).toISOString().slice(0, 10);
  const at = (hour: number, minute: number): Occurrence => {
    const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    const dueAt = instantOf(day + (hour * 60 + minute) * MINUTE, due.timezone);
    return { id: `${date}T${time}`, dueAt, date };
  };
  if ('at' in due) {
    const [hour = 0, minute = 0] = due.at.split(':').map(Number);
    return isOn(due.days, day, isHoliday) ? [at(hour, minute)] : [];
  }
  const [minutes = '', hours = '', dates = '', months = '', weekdays = ''] = due.cron.split(' ');
  if (months !== '*') throw new RangeError(`not a cron of the simulation: ${due.cron}`);
  if (!isDate(dates, day) || !numbersOf(weekdays, 0, 6).includes(new Date(day).getUTCDay())) return [];
  if (hours === '*') return everyHour(Number(minutes), date, day, due.timezone);
  return numbersOf(hours, 0, 23).flatMap((hour) =>
    numbersOf(minutes, 0, 59).map((minute) => at(hour, minute)),
  );
}

/** All instants of the local day whose clock shows the minute; one that was shown before is told by its offset. */
function everyHour(minute: number, date: string, day: number, zone: string): Occurrence[] {
  const found: Occurrence[] = [];
  const seen = new Set<string>();
  const begin = instantOf(day, zone) - (instantOf(day, zone) % (60 * MINUTE)) - 2 * 60 * MINUTE;
  for (let instant = begin; instant < begin + 30 * 60 * MINUTE; instant += 15 * MINUTE) {
    const wall = new Date(instant + offset(instant, zone)).toISOString();
    if (wall.slice(0, 10) !== date || Number(wall.slice(14, 16)) !== minute) continue;
    const id = wall.slice(0, 16);
    found.push({ id: seen.has(id) ? id + offsetText(offset(instant, zone)) : id, dueAt: instant, date });
    seen.add(id);
  }
  return found;
}

/** `+01:00` */
function offsetText(ahead: number): string {
  const minutes = Math.abs(ahead) / MINUTE;
  const two = (number: number) => String(number).padStart(2, '0');
  return `${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `*`, `L` for the last of the month, or numbers. */
function isDate(field: string, day: number): boolean {
  const date = new Date(day).getUTCDate();
  return field === 'L' ? isLastOfMonth(day) : numbersOf(field, 1, 31).includes(date);
}

/** `*`, `1,15`, `9-17`, and steps of these. */
function numbersOf(field: string, least: number, most: number): number[] {
  return field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [first = least, last = first] = range === '*' ? [least, most] : range.split('-').map(Number);
    const found = [];
    for (let number = first; number <= last; number += Number(step)) found.push(number);
    return found;
  });
}

function isOn(days: Days, day: number, isHoliday: IsHoliday): boolean {
  const weekday = new Date(day).getUTCDay();
  const isBusinessDay = (one: number) =>
    ![0, 6].includes(new Date(one).getUTCDay()) && !isHoliday(new Date(one).toISOString().slice(0, 10));
  const nth = (from: 'begin' | 'end') => {
    const inMonth = monthOf(day).filter(
      (one) => isBusinessDay(one) && (from === 'begin' ? one <= day : one >= day),
    );
    return isBusinessDay(day) ? inMonth.length : 0;
  };
  switch (days) {
    case 'daily':
      return true;
    case 'mon-fri':
      return weekday >= 1 && weekday <= 5;
    case 'tue,sat':
      return weekday === 2 || weekday === 6;
    case 'business-days':
      return isBusinessDay(day);
    case '1st-business-day':
      return nth('begin') === 1;
    case '3rd-business-day':
      return nth('begin') === 3;
    case 'last-business-day':
      return nth('end') === 1;
    case '2nd-last-business-day':
      return nth('end') === 2;
    case 'day-31':
    case 'last-day':
      return isLastOfMonth(day);
    case 'last-fri':
      return weekday === 5 && isLastOfMonth(day, 7);
  }
}

/** Whether so many days later another month has begun. */
function isLastOfMonth(day: number, days = 1): boolean {
  return new Date(day).getUTCMonth() !== new Date(day + days * DAY).getUTCMonth();
}

function monthOf(day: number): number[] {
  const date = new Date(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => Date.UTC(year, month, index + 1));
}

const UNITS: Record<string, number> = { s: 1000, m: MINUTE, h: 60 * MINUTE, d: DAY };

/** `90s`, `10m`, `6h`, `3d`, with days of 24 hours. */
export function milliseconds(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? NaN);
}

/** The instant moved on by a duration: days are local days. */
export function plus(instant: number, text: string, zone: string): number {
  return text.endsWith('d')
    ? plusDays(instant, Number(text.slice(0, -1)), zone)
    : instant + milliseconds(text);
}
