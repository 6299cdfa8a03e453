import { DAY, HOUR, MINUTE, offsetAt, readWall, SECOND, type Instant, type Milliseconds } from './time.ts';

/** Days are counted on the local calendar, everything below is elapsed time. */
export interface Duration {
  days: number;
  elapsed: Milliseconds;
}

const FORM = /^(?=\d)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/;

/** Reads `10m`, `24h`, `1h30m`, `2d`. @returns undefined when the text is no duration */
export function parseDuration(text: string): Duration | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part?: string) => Number(part ?? 0));
  return {
    days: days ?? 0,
    elapsed: (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0) * SECOND,
  };
}

/** As parseDuration, for text that the schema has already accepted. @throws RangeError otherwise */
export function duration(text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed) throw new RangeError(`not a duration: ${text}`);
  return parsed;
}

const UNITS = new Map(
  Object.entries({ d: 'd|days?', h: 'h|hrs?|hours?', m: 'm|mins?|minutes?', s: 's|secs?|seconds?' }).map(
    ([unit, names]) => [unit, new RegExp(`^(?:${names})$`)],
  ),
);

/** The duration that text such as `10 minutes`, `90 sec` or `2 weeks` means; months and years have no fixed length. */
export function meantDuration(text: string): string | undefined {
  const [, amount, word = ''] = /^(\d{1,4})\s*([a-z]+)$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  if (/^(?:w|weeks?)$/.test(word)) return `${7 * Number(amount)}d`;
  const [unit] = [...UNITS].find(([, names]) => names.test(word)) ?? [];
  return unit === undefined ? undefined : `${Number(amount)}${unit}`;
}

/** Whether the text is an amount with a unit that no duration has, such as `1mo`, `2 years`, `500ms` or `10M`. */
export function hasOtherUnit(text: string): boolean {
  const units = /^\s*(?:\d+(?:[.,]\d+)?\s*[a-z]+\s*)+$/i.test(text) ? (text.match(/[a-z]+/gi) ?? []) : [];
  return units.some((unit) => !UNITS.has(unit));
}

/** Moves the instant by local days first (read as readWall does), then by elapsed time. */
export function addDuration(from: Instant, { days, elapsed }: Duration, timezone: string): Instant {
  if (days === 0) return from + elapsed;
  const wall = from + offsetAt(from, timezone) + days * DAY;
  return readWall(wall, timezone).instant + elapsed;
}

/** Moves the instant back, the mirror of addDuration. */
export function subtractDuration(from: Instant, { days, elapsed }: Duration, timezone: string): Instant {
  return addDuration(from, { days: -days, elapsed: -elapsed }, timezone);
}

/** Elapsed length with a day taken as 24 hours: for comparing lengths, never for moving instants. */
export function roughLength({ days, elapsed }: Duration): Milliseconds {
  return days * DAY + elapsed;
}

/** The two largest units in words: `1 h 20 min`, `2 d 3 h`, `45 s`, `under 1 s`. */
export function inWords(length: Milliseconds): string {
  const total = Math.floor(length / SECOND);
  const units: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  if (first < 0) return 'under 1 s';
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** How late something came: `1 h 20 min`, or where only an interval is known `5 min to 1 h 20 min`. */
export function lateInWords(lateBy: Milliseconds, lateAtLeast?: Milliseconds): string {
  if (lateAtLeast === undefined) return inWords(lateBy);
  return lateAtLeast > 0 ? `${inWords(lateAtLeast)} to ${inWords(lateBy)}` : `up to ${inWords(lateBy)}`;
}
