import { DateTime, IANAZone } from 'luxon';

/** A point in time: milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** A length of elapsed time in milliseconds. */
export type Milliseconds = number;

export const SECOND: Milliseconds = 1000;
export const MINUTE: Milliseconds = 60 * SECOND;
export const HOUR: Milliseconds = 60 * MINUTE;

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

export function isTimezone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/**
 * The instant of a wall-clock time in a zone, by RFC 5545 (3.3.5): a time that does not exist moves forward by the
 * gap, one that exists twice means the first.
 * @param local `yyyy-MM-ddTHH:mm[:ss]` without an offset
 */
export function fromLocal(local: string, timezone: string): Instant {
  const parsed = DateTime.fromISO(local, { zone: timezone, locale: 'en-US' });
  if (!parsed.isValid) throw new RangeError(`not a local time of ${timezone}: ${local}`);
  // luxon picks between the two readings of a repeated time by what the time is now.
  const [first] = parsed.getPossibleOffsets();
  return (first ?? parsed).toMillis();
}
