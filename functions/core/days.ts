import { inOrder, WEEKDAYS, type Weekday } from './calendar-date.ts';
import type { DayRule, DayTerm } from './day-rule.ts';
import { closest } from './guess.ts';

const LONGEST = 200;
const NAMES = WEEKDAYS.join('|');
const RANGE = new RegExp(`^(${NAMES})(?:-(${NAMES}))?$`);
const MONTHDAY = /^day-([1-9]|[12]\d|3[01])$/;
const NTH = new RegExp(`^(?:(\\d{1,2}(?:st|nd|rd|th))(?:-(last))?|(last))-(business-day|${NAMES})$`);

/** Every month has at least 4 of each weekday, and none has more than 23 days from Monday to Friday. */
const MOST_WEEKDAYS = 4;
const MOST_BUSINESS_DAYS = 23;

const ALLOWED =
  'must be daily, business-days, weekdays (mon-fri or mon,wed,sat), a business day of the month ' +
  '(1st-business-day, last-business-day, 2nd-last-business-day), a weekday of the month (1st-mon to 4th-mon, ' +
  'last-fri), a day of the month (day-1 to day-31, last-day), or a list of these with commas';

/** Reads the value of `due.days`. @throws RangeError for text in which daysProblem sees a problem */
export function parseDays(text: string): DayRule {
  return text.split(',').map((member) => {
    const term = parseTerm(member);
    if (!term) throw new RangeError(`not a rule for days: ${text}`);
    return term;
  });
}

/**
 * What is wrong with the value of `due.days`: what is allowed and, when close to something allowed, what was probably
 * meant. @returns undefined when parseDays can read it
 */
export function daysProblem(text: string): string | undefined {
  if (text.length > LONGEST) return `must be at most ${LONGEST} characters`;
  const members = text.split(',');
  if (members.every(parseTerm)) return undefined;
  const meant = members.map((member) => (parseTerm(member) ? member : guess(member)));
  return meant.includes(undefined) ? ALLOWED : `${ALLOWED}; did you mean ${meant.join(',')}?`;
}

function parseTerm(text: string): DayTerm | undefined {
  if (text === 'daily') return { kind: 'weekdays', weekdays: new Set([1, 2, 3, 4, 5, 6, 7]) };
  if (text === 'business-days') return { kind: 'business-days' };
  if (text === 'last-day') return { kind: 'last-day' };
  const day = MONTHDAY.exec(text)?.[1];
  if (day !== undefined) return { kind: 'day', day: Number(day) };
  return parseRange(text) ?? parseNth(text);
}

/** A weekday or a range of them, which may run over Sunday: `fri-mon`. */
function parseRange(text: string): DayTerm | undefined {
  const [, first, last = first] = RANGE.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const start = weekdayNumber(first);
  const length = ((weekdayNumber(last) - start + 7) % 7) + 1;
  const weekdays = Array.from({ length }, (_, index) => ((start - 1 + index) % 7) + 1);
  return { kind: 'weekdays', weekdays: new Set(weekdays) };
}

function parseNth(text: string): DayTerm | undefined {
  const [, ordinal = '1st', nthLast, last, day] = NTH.exec(text) ?? [];
  if (day === undefined) return undefined;
  const count = Number.parseInt(ordinal, 10);
  const most = day === 'business-day' ? MOST_BUSINESS_DAYS : MOST_WEEKDAYS;
  if (count < 1 || count > most || ordinal !== inOrder(count)) return undefined;
  const nth = (nthLast ?? last) === undefined ? count : -count;
  if (day === 'business-day') return { kind: 'nth-business-day', nth };
  return { kind: 'nth-weekday', nth, weekday: weekdayNumber(day) };
}

function weekdayNumber(name: string): Weekday {
  return WEEKDAYS.findIndex((weekday) => weekday === name) + 1;
}

/** Other words that people use for what the grammar has. */
const SYNONYMS = new Map([
  ['weekday', 'mon-fri'],
  ['weekdays', 'mon-fri'],
  ['workday', 'business-days'],
  ['workdays', 'business-days'],
  ['working-days', 'business-days'],
  ['business-day', 'business-days'],
  ['weekend', 'sat-sun'],
  ['weekends', 'sat-sun'],
  ['everyday', 'daily'],
  ['every-day', 'daily'],
  ['*', 'daily'],
  ['first-day', 'day-1'],
  ['month-end', 'last-day'],
]);
const ORDINALS = ['first', 'second', 'third', 'fourth'];

/** What the member was probably meant to be, judged without regard to case, spaces and long names. */
function guess(member: string): string | undefined {
  const plain = member
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  const short = plain
    .replaceAll(/\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*day\b/g, '$1')
    .replaceAll(/\b(first|second|third|fourth)\b/g, (word) => inOrder(ORDINALS.indexOf(word) + 1))
    .replaceAll(/\b(\d{1,2})(st|nd|rd|th)\b/g, (_, count: string) => inOrder(Number(count)));
  const bare = /^(?:days?-?)?(\d{1,2})(?:st|nd|rd|th)?$/.exec(short)?.[1];
  const meant = SYNONYMS.get(plain) ?? (bare === undefined ? short : `day-${bare}`);
  if (parseTerm(meant)) return meant;
  if (/^5th-(...)$/.test(short)) return short.replace('5th', 'last');
  return closest(meant, vocabulary());
}

/** Every member that the grammar has. */
function* vocabulary(): Generator<string> {
  yield* ['daily', 'business-days', 'last-day', ...WEEKDAYS];
  yield* WEEKDAYS.flatMap((first) => WEEKDAYS.map((last) => `${first}-${last}`));
  yield* Array.from({ length: 31 }, (_, index) => `day-${31 - index}`);
  for (const day of ['business-day', ...WEEKDAYS]) {
    yield `last-${day}`;
    const most = day === 'business-day' ? MOST_BUSINESS_DAYS : MOST_WEEKDAYS;
    for (let count = 1; count <= most; count++)
      yield* [`${inOrder(count)}-${day}`, `${inOrder(count)}-last-${day}`];
  }
}
