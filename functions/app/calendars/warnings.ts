import { expiryWarning } from '../../core/calendar.ts';
import { timezoneOf, type Expectation } from '../../core/expectation.ts';
import type { Instant } from '../../core/time.ts';
import { calendarNames } from '../deadlines/shared.ts';
import type { Context } from '../ports.ts';

/**
 * What is to be said about the own calendars that an expectation names and that run out soon.
 * @param until an instant up to which somebody looks at their days; now when absent
 */
export async function calendarWarnings(
  ctx: Pick<Context, 'now' | 'ownCalendars'>,
  expectation: Expectation,
  until?: Instant,
): Promise<string[]> {
  const now = ctx.now();
  const { team } = expectation;
  const found = await Promise.all(
    calendarNames(expectation).map((name) => ctx.ownCalendars.get({ team, name })),
  );
  return found.flatMap((calendar) => {
    if (calendar?.status !== 'active') return [];
    return expiryWarning(calendar, { now, until, timezone: timezoneOf(expectation) }) ?? [];
  });
}
