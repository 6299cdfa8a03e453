import { expiryWarning } from '../../core/calendar.ts';
import { timezoneOf, type Expectation } from '../../core/expectation.ts';
import { listedHolidays } from '../../core/listed-holidays.ts';
import { DAY, toIso, type Instant, type Milliseconds } from '../../core/time.ts';
import { calendarNames } from '../deadlines/shared.ts';
import type { Context } from '../ports.ts';

/** Of public holidays that end nobody is told but who asks: soon enough to find and write down the next ones. */
const FORESIGHT: Milliseconds = 366 * DAY;

/**
 * What is to be said about the calendars that an expectation names and that run out soon.
 * @param until an instant up to which somebody looks at their days; now when absent
 */
export async function calendarWarnings(
  ctx: Pick<Context, 'now' | 'ownCalendars'>,
  expectation: Expectation,
  until?: Instant,
): Promise<string[]> {
  const now = ctx.now();
  const { team } = expectation;
  const names = calendarNames(expectation);
  const found = await Promise.all(names.map((name) => ctx.ownCalendars.get({ team, name })));
  const own = found.flatMap((calendar) => {
    if (calendar?.status !== 'active') return [];
    return expiryWarning(calendar, { now, until, timezone: timezoneOf(expectation) }) ?? [];
  });
  return [...own, ...listedWarnings(names, Math.max(now + FORESIGHT, until ?? now))];
}

function listedWarnings(calendars: readonly string[], until: Instant): string[] {
  const year = Number(toIso(until).slice(0, 4));
  return calendars
    .flatMap(listedHolidays)
    .filter(({ lastYear }) => lastYear < year)
    .map(
      ({ region, lastYear, names }) =>
        `public holidays of ${region}: after ${lastYear} the days of ${names.join(', ')} are not known and taken for no holidays`,
    );
}
