import { plusDays } from './calendar-date.ts';
import type { Awaited } from './deadline.ts';
import { describePattern, fingerprint } from './event.ts';
import { timezoneOf, type Expectation } from './expectation.ts';
import { isDated, resolveKey, type KeyMoment } from './key-pattern.ts';
import type { HolidayCalendar, Occurrence } from './schedule.ts';
import { offsetAt, toIso, type Instant } from './time.ts';

export function awaitedBy(
  expectation: Expectation,
  { local, dueAt }: Pick<Occurrence, 'local' | 'dueAt'>,
  isHoliday: HolidayCalendar,
  beside: { before?: Instant | undefined; after?: Instant | undefined } = {},
): Awaited {
  const { file, job, event } = expectation;
  if (event) {
    const { pattern, minCount, maxCount } = event;
    return {
      ...{ kind: 'event', pattern: fingerprint(pattern), of: describePattern(pattern), minCount },
      ...(maxCount === undefined ? {} : { maxCount }),
    };
  }
  if (job) {
    const { source, name, account, region, mustHave, minCount } = job;
    return {
      ...{ kind: 'run', source, job: name, mustHave, minCount },
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      ...(job.arguments === undefined ? {} : { arguments: job.arguments }),
    };
  }
  if (!file) return { kind: 'check-in', minCount: 1 };
  const { bucket, key, minCount, minBytes } = file;
  if (!isDated(key)) return { kind: 'file', bucket, key, dated: false, minCount, minBytes };
  const timezone = timezoneOf(expectation);
  const at = (moment: KeyMoment) => resolveKey(key, moment, isHoliday);
  const resolved = at({ local, dueAt, timezone });
  // A key that a neighbour has, too, or that comes back within weeks, tells no occurrence from another.
  const others = [
    ...[beside.before, beside.after].flatMap((other) =>
      other === undefined ? [] : [momentAt(other, timezone)],
    ),
    // Days of the calendar: one of 25 hours is one day all the same.
    ...(local === '' ? [] : DAYS_APART.map((days) => daysLater(local, days, timezone))),
  ];
  const dated = local !== '' && others.every((other) => at(other) !== resolved);
  return { kind: 'file', bucket, key: resolved, dated, minCount, minBytes };
}

/** Names of weekdays come back after 7 days, days of months after 28 to 31. */
const DAYS_APART = [1, 7, 28, 29, 30, 31];

function daysLater(local: string, days: number, timezone: string): KeyMoment {
  return { local: plusDays(local.slice(0, 10), days) + local.slice(10), timezone };
}

function momentAt(dueAt: Instant, timezone: string): KeyMoment {
  const local = toIso(dueAt + offsetAt(dueAt, timezone)).slice(0, 'yyyy-MM-ddTHH:mm:ss'.length);
  return { local: local.replace('T', ' '), dueAt, timezone };
}
