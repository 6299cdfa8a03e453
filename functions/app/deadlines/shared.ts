import type { Deadline } from '../../core/deadline.ts';
import type { Expectation } from '../../core/expectation.ts';
import type { Registration } from '../../core/registration.ts';
import type { HolidayCalendar } from '../../core/schedule.ts';
import type { Context, ExpectationRef } from '../ports.ts';

export function expectationRef({ team, expectation }: { team: string; expectation: string }): ExpectationRef {
  return { team, id: expectation };
}

/** The calendars that the expectation names, as one. */
export function holidaysOf(
  ctx: Pick<Context, 'calendars'>,
  { team, due }: Pick<Expectation, 'team' | 'due'>,
): Promise<HolidayCalendar> {
  const names = calendarNames(due);
  return names.length > 0 ? ctx.calendars.holidays(team, names) : Promise.resolve(() => undefined);
}

export function calendarNames(due: Expectation['due']): readonly string[] {
  if (!('holidays' in due) || due.holidays === undefined) return [];
  return typeof due.holidays === 'string' ? [due.holidays] : due.holidays;
}

/** The holiday that excuses the deadline, by the calendars as they are now. */
export async function holidayOn(
  ctx: Pick<Context, 'calendars'>,
  { expectation }: Registration,
  { local }: Deadline,
): Promise<string | undefined> {
  const isHoliday = await holidaysOf(ctx, expectation);
  return isHoliday(local.slice(0, 10));
}
