import { MOST_DAYS, type CalendarBody, type CalendarDay } from '../core/calendar.ts';
import { plusDays, type LocalDate } from '../core/calendar-date.ts';
import { parseRecurrence, recurrences } from '../core/recurrence.ts';
import { DAY, toIso, type Instant } from '../core/time.ts';
import type { FieldProblem } from '../app/errors.ts';
import { contentLines, type ContentLine } from './icalendar-lines.ts';

/** Events that recur without end are written out for this long. */
const YEARS_AHEAD = 10;
/** Each is computed day by day, from its beginning on. */
const MOST_RECURRING = 50;
const LONGEST_EVENT = 62;
const FIRST_YEAR = 1970;
const TOO_MANY_DAYS = `must not be: at most ${MOST_DAYS} days are allowed`;

/** One VEVENT: its properties by name. */
interface Event {
  line: number;
  properties: Map<string, ContentLine[]>;
}

/** A fault at a line of the file. */
class Fault extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * The days of the all-day events of an iCalendar file (RFC 5545): DTSTART, DTEND (exclusive) or DURATION, RRULE, RDATE
 * and EXDATE. Events that recur are written out up to 31 December of the tenth year after now, and that is then how long
 * the calendar is valid. Cancelled events are left out. What would be lost silently, such as an event with a time of
 * day, is a problem that names the line.
 */
export function readICalendar(text: string, now: Instant): CalendarBody | { problems: FieldProblem[] } {
  try {
    const year = Number(toIso(now).slice(0, 4));
    return bodyOf(contentLines(text, fault), `${year + YEARS_AHEAD}-12-31`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { problems: [{ field: `line ${error.line}`, message: error.message }] };
  }
}

function fault(line: number, message: string): never {
  throw new Fault(line, message);
}

function bodyOf(lines: readonly ContentLine[], last: LocalDate): CalendarBody {
  demandCalendar(lines);
  const days = new Map<LocalDate, CalendarDay>();
  const events = eventsOf(lines);
  const rules = events.filter(({ properties }) => properties.has('RRULE'));
  const surplus = rules[MOST_RECURRING];
  if (surplus) fault(surplus.line, `must not be: at most ${MOST_RECURRING} events may have an RRULE`);
  for (const event of events) {
    for (const day of daysOfEvent(event, last)) {
      if (!days.has(day.date)) days.set(day.date, day);
      if (days.size > MOST_DAYS) fault(event.line, TOO_MANY_DAYS);
    }
  }
  const endless = rules.some(
    ({ properties }) => !/;(COUNT|UNTIL)=/i.test(`;${valueOf(properties, 'RRULE')}`),
  );
  const title = lines.find(({ name }) => name === 'X-WR-CALNAME')?.value;
  return {
    ...(title === undefined ? {} : { title: inOneLine(title).slice(0, 200) }),
    days: [...days.values()],
    ...(endless ? { validUntil: last } : {}),
  };
}

function demandCalendar(lines: readonly ContentLine[]): void {
  const [first, last] = [lines[0], lines.at(-1)];
  const is = (line: ContentLine | undefined, name: string) =>
    line?.name === name && line.value.toUpperCase() === 'VCALENDAR';
  if (!is(first, 'BEGIN')) fault(first?.line ?? 1, 'must be BEGIN:VCALENDAR, as iCalendar files begin');
  if (!is(last, 'END')) fault(last?.line ?? 1, 'must be END:VCALENDAR: the file is not complete');
}

/** Events at the top of the calendar; alarms within them and other components are passed over. */
function eventsOf(lines: readonly ContentLine[]): Event[] {
  const events: Event[] = [];
  const open: string[] = [];
  for (const line of lines) {
    const component = line.value.toUpperCase();
    if (line.name === 'BEGIN') {
      open.push(component);
      if (component === 'VEVENT') events.push({ line: line.line, properties: new Map() });
    } else if (line.name === 'END') {
      if (open.pop() !== component) fault(line.line, `END:${line.value} has no BEGIN:${line.value}`);
    } else if (open.at(-1) === 'VEVENT') {
      const { properties } = events.at(-1) ?? fault(line.line, 'is outside of an event');
      const known = properties.get(line.name);
      if (known) known.push(line);
      else properties.set(line.name, [line]);
    }
  }
  return events;
}

function daysOfEvent({ line, properties }: Event, last: LocalDate): CalendarDay[] {
  if (valueOf(properties, 'STATUS').toUpperCase() === 'CANCELLED') return [];
  const moved = properties.get('RECURRENCE-ID')?.[0];
  if (moved)
    fault(moved.line, 'RECURRENCE-ID is not read: write the moved day as EXDATE and an event of its own');
  const [start] = properties.get('DTSTART') ?? fault(line, 'must be an event with DTSTART');
  const first = start && dateOf(start, start.value);
  if (start === undefined || first === undefined) return [];
  const length = lengthOf(properties, start, first);
  const dates = new Set([
    ...(recurring(properties, first, last) ?? [first]),
    ...datesOf(properties, 'RDATE'),
  ]);
  for (const date of datesOf(properties, 'EXDATE')) dates.delete(date);
  const name = inOneLine(valueOf(properties, 'SUMMARY')).slice(0, 100);
  return [...dates].flatMap((date) =>
    Array.from({ length }, (_, index) => ({ date: plusDays(date, index), ...(name && { name }) })),
  );
}

function valueOf(properties: Event['properties'], name: string): string {
  return properties.get(name)?.[0]?.value ?? '';
}

function datesOf(properties: Event['properties'], name: string): LocalDate[] {
  return (properties.get(name) ?? []).flatMap((line) =>
    line.value.split(',').map((value) => dateOf(line, value)),
  );
}

/** The date of a value of the type DATE. */
function dateOf({ line, name, params }: ContentLine, value: string): LocalDate {
  const [, year = '', month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? [];
  if (month === undefined || (name === 'DTSTART' && params.get('VALUE') === 'DATE-TIME')) {
    const timed = /^\d{8}T/.test(value) ? ': only events of whole days are holidays' : '';
    fault(line, `${name} must be a date such as ${name};VALUE=DATE:20261224${timed}`);
  }
  const date = `${year}-${month}-${day ?? ''}`;
  const exists = !Number.isNaN(Date.parse(`${date}T00:00Z`)) && plusDays(date, 0) === date;
  if (!exists || Number(year) < FIRST_YEAR || Number(year) > 2199) {
    fault(line, `${name} must be a date that exists, of the years ${FIRST_YEAR} to 2199`);
  }
  return date;
}

/** How many days the event lasts. */
function lengthOf(properties: Event['properties'], start: ContentLine, first: LocalDate): number {
  const [end] = properties.get('DTEND') ?? [];
  const [duration] = properties.get('DURATION') ?? [];
  const written = /^P(\d{1,3})(D|W)$/i.exec(duration?.value ?? '');
  const length = end
    ? (Date.parse(dateOf(end, end.value)) - Date.parse(first)) / DAY
    : Number(written?.[1] ?? (duration ? NaN : 1)) * (written?.[2]?.toUpperCase() === 'W' ? 7 : 1);
  if (length >= 1 && length <= LONGEST_EVENT) return length;
  const { line, name } = end ?? duration ?? start;
  return fault(line, `${name} must make the event 1 to ${LONGEST_EVENT} whole days long`);
}

function recurring(
  properties: Event['properties'],
  first: LocalDate,
  last: LocalDate,
): LocalDate[] | undefined {
  const [line, second] = properties.get('RRULE') ?? [];
  if (line === undefined) return undefined;
  if (second) fault(second.line, 'RRULE must be there only once in an event');
  const rule = parseRecurrence(line.value);
  if ('problem' in rule) return fault(line.line, `RRULE ${rule.problem}`);
  const dates = [...recurrences(rule, first, last).take(MOST_DAYS + 1)];
  // Counted before EXDATE takes some away: the days behind them were not computed.
  if (dates.length > MOST_DAYS) fault(line.line, TOO_MANY_DAYS);
  return dates;
}

/** Text of a property on one line, without what text must not have. */
function inOneLine(text: string): string {
  return text
    .replaceAll(/\\n/gi, ' ')
    .replaceAll(/\\([\\;,])/g, '$1')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, ' ')
    .trim();
}
