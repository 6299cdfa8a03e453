import { DateTime, IANAZone } from 'luxon';

/** A point in time: milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** A length of elapsed time in milliseconds. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1000;
export const MINUTE: Milliseconds = 60 * SECOND;
export const HOUR: Milliseconds = 60 * MINUTE;

/** 24 hours of elapsed time; a local day may be shorter or longer. */
export const DAY: Milliseconds = 24 * HOUR;

/** The instant as ISO 8601 in UTC with milliseconds: `2026-11-21T05:00:00.000Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

/** The instant as wall-clock time of the zone, to the minute (seconds when there are any): `Sat 2026-11-21 06:00`. */
export function toLocal(instant: Instant, timezone: string): string {
  const local = inZone(instant, timezone);
  const seconds = local.second === 0 ? '' : ':ss';
  return local.toFormat(`ccc yyyy-MM-dd HH:mm${seconds}`);
}

/** The instant as a luxon DateTime in the zone; the locale is pinned so that names of days and months never vary. */
export function inZone(instant: Instant, timezone: string): DateTime {
  return DateTime.fromMillis(instant, { zone: timezone, locale: 'en-US' });
}

/** Whether the name is an IANA time zone; a bare offset such as `+01:00` is none, it would ignore summer time. */
export function isTimezone(name: string): boolean {
  if (validZones.has(name)) return true;
  const valid = !/^[+-]/.test(name) && IANAZone.isValidZone(name);
  if (valid) validZones.add(name);
  return valid;
}

/** Asking the runtime takes longer than all else about a stored expectation. Zones are some 600. */
const validZones = new Set<string>();

/** Offsets at full hours since 1970, by zone: asking the runtime is what planning spends most of its time on. */
const offsetsAtHours = new Map<string, Map<number, Milliseconds>>();
const MOST_HOURS = 20_000;

/** How far the zone is ahead of UTC at the instant. @throws RangeError when there is no such zone or instant */
export function offsetAt(instant: Instant, timezone: string): Milliseconds {
  const hour = Math.floor(instant / HOUR);
  const offset = offsetAtHour(hour, timezone);
  // No zone changes twice within an hour.
  return offset === offsetAtHour(hour + 1, timezone) ? offset : askOffset(instant, timezone);
}

function offsetAtHour(hour: number, timezone: string): Milliseconds {
  const known = offsetsAtHours.get(timezone) ?? new Map<number, Milliseconds>();
  if (known.size === 0 || known.size >= MOST_HOURS) {
    known.clear();
    offsetsAtHours.set(timezone, known);
  }
  const offset = known.get(hour) ?? askOffset(hour * HOUR, timezone);
  known.set(hour, offset);
  return offset;
}

function askOffset(instant: Instant, timezone: string): Milliseconds {
  const minutes = IANAZone.create(timezone).offset(instant);
  if (Number.isNaN(minutes)) throw new RangeError(`${timezone} has no offset at ${instant}`);
  return minutes * MINUTE;
}

/**
 * The fields of a wall-clock time without regard to any zone, for formatting and for arithmetic on the calendar. Its
 * instant is meaningless: fromLocal has the real one.
 * @param local `yyyy-MM-ddTHH:mm[:ss]` without an offset
 * @throws RangeError when the calendar has no such date or time
 */
export function wallClock(local: string): DateTime {
  const wall = DateTime.fromISO(`${local}Z`, { zone: 'utc', locale: 'en-US' });
  // luxon takes the date that is missing in `06:00` from the clock.
  if (!wall.isValid || !/^\d{4}-\d\d-\d\dT/.test(local)) throw new RangeError(`not a local time: ${local}`);
  return wall;
}

/** What a wall-clock time of a zone stands for. */
export interface LocalReading {
  instant: Instant;
  /** How often the zone shows that time: never in a gap (the instant is moved), twice where clocks go back. */
  times: 0 | 1 | 2;
}

/**
 * The instant of a wall-clock time in a zone, by RFC 5545 (3.3.5): a time that does not exist moves forward by the
 * gap, one that exists twice means the first.
 *
 * luxon is asked for offsets only: which of two readings it would pick depends on what the time is now.
 * @param wall the wall-clock time, counted like an instant of UTC: instant + offsetAt(instant)
 */
export function readWall(wall: Milliseconds, timezone: string): LocalReading {
  // No offset is as long as a day, so a clock change that concerns this time lies between these two.
  const before = offsetAt(wall - DAY, timezone);
  const after = offsetAt(wall + DAY, timezone);
  if (before === after) return { instant: wall - before, times: 1 };
  const readings = [wall - before, wall - after].filter(
    (instant) => instant + offsetAt(instant, timezone) === wall,
  );
  const [first, second] = readings;
  if (first === undefined) return { instant: wall - before, times: 0 };
  return { instant: Math.min(first, second ?? first), times: second === undefined ? 1 : 2 };
}

/**
 * The instant of a wall-clock time in a zone, read as readWall does.
 * @param local `yyyy-MM-ddTHH:mm[:ss]` without an offset
 * @throws RangeError when the calendar has no such date or time
 */
export function fromLocal(local: string, timezone: string): Instant {
  return readWall(wallClock(local).toMillis(), timezone).instant;
}
