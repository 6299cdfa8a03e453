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

/** How far the zone is ahead of UTC, in ms. No zone changes within a quarter of an hour of the full quarter. */
export function offset(instant: number, zone: string): number {
  const quarter = Math.floor(instant / (15 * MINUTE)) * 15 * MINUTE;
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const parts = new Map(
    format(zone)
      .formatToParts(quarter)
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
  ofZone.set(quarter, wall - quarter);
  return wall - quarter;
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
  | { at: string; days: 'daily' | 'mon-fri' | 'tue,sat'; timezone: string; holidays?: string }
  | { every: string }
  | { silentFor: string };

const WEEKDAYS = { daily: [0, 1, 2, 3, 4, 5, 6], 'mon-fri': [1, 2, 3, 4, 5], 'tue,sat': [2, 6] };

/** Occurrences with from < dueAt <= to, ascending. */
export function occurrences(due: Due, anchor: number, from: number, to: number): Occurrence[] {
  if ('silentFor' in due) return [];
  if ('every' in due) {
    const step = milliseconds(due.every);
    const first = Math.floor((from - anchor) / step) + 1;
    const count = Math.max(0, Math.floor((to - anchor) / step) - first + 1);
    return Array.from({ length: count }, (_, index) => {
      const dueAt = anchor + (first + index) * step;
      return { id: new Date(dueAt).toISOString(), dueAt, date: new Date(dueAt).toISOString().slice(0, 10) };
    });
  }
  const found: Occurrence[] = [];
  const [hours = 0, minutes = 0] = due.at.split(':').map(Number);
  const firstDay = Math.floor(from / DAY) * DAY - 2 * DAY;
  for (let day = firstDay; day <= to + 2 * DAY; day += DAY) {
    if (!WEEKDAYS[due.days].includes(new Date(day).getUTCDay())) continue;
    const date = new Date(day).toISOString().slice(0, 10);
    const dueAt = instantOf(day + (hours * 60 + minutes) * MINUTE, due.timezone);
    if (dueAt > from && dueAt <= to) found.push({ id: `${date}T${due.at}`, dueAt, date });
  }
  return found;
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
