import { DateTime, IANAZone } from 'luxon';
import { AwsError } from '../aws-json.ts';

/** When a schedule fires; instants in ms of the epoch. */
export type Timing = { kind: 'at'; at: number } | { kind: 'rate'; everyMs: number };

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)` in an IANA zone, or `rate(n minutes|hours|days)`. A repeated local time is the
 * first one. Throws ValidationException: cron, an unknown zone, a time that does not exist there.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 */
export function parseExpression(expression: string, timezone: string): Timing {
  if (timezone !== 'UTC' && !IANAZone.isValidZone(timezone))
    throw invalid(`ScheduleExpressionTimezone ${timezone} is not an IANA time zone`);
  const local = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  if (local !== undefined) return { kind: 'at', at: instantOf(local, timezone) };
  const [, count, unit] = /^rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (unitMs !== undefined) return { kind: 'rate', everyMs: Number(count) * unitMs };
  if (expression.startsWith('cron('))
    throw invalid('cron expressions are not served on one machine: use at() or rate()');
  throw invalid(`Invalid Schedule Expression ${expression}.`);
}

/** The first firing on or after `from`, or undefined after `until`; one-time schedules know neither. */
export function firstDue(timing: Timing, from: number, until: number): number | undefined {
  if (timing.kind === 'at') return timing.at;
  return from <= until ? from : undefined;
}

/** The firing after `occurrence` that lies in the future of `now`: those missed meanwhile are not made up for. */
export function nextDue(timing: Timing, occurrence: number, now: number, until: number): number | undefined {
  if (timing.kind === 'at') return undefined;
  const periods = Math.max(1, Math.floor((now - occurrence) / timing.everyMs) + 1);
  return firstDue(timing, occurrence + periods * timing.everyMs, until);
}

function instantOf(local: string, zone: string): number {
  const time = DateTime.fromISO(local, { zone });
  // luxon rolls a time in a gap forward, and day 31 of a short month is invalid.
  if (!time.isValid || time.toFormat("yyyy-MM-dd'T'HH:mm:ss") !== local) {
    throw invalid(`Invalid Schedule Expression at(${local}): no such time in ${zone}.`);
  }
  // Which of two equal local times fromISO takes depends on today's offset.
  return (time.getPossibleOffsets()[0] ?? time).toMillis();
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
