import { refOf } from '../../core/deadline.ts';
import { clockOf, type Expectation } from '../../core/expectation.ts';
import { realign, realignedRange, type Edition } from '../../core/realign.ts';
import type { Registration } from '../../core/registration.ts';
import type { HolidayCalendar } from '../../core/schedule.ts';
import type { Instant } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { calendarNames } from './shared.ts';

/** The data that deadlines are computed with now; undefined where they depend on none. */
export async function editionOf(
  ctx: Pick<Context, 'calendars' | 'ownCalendars'>,
  expectation: Pick<Expectation, 'team' | 'due' | 'followUp'>,
): Promise<Edition | undefined> {
  if (!clockOf(expectation)) return undefined;
  const { team } = expectation;
  const { zones, holidays } = ctx.calendars.release;
  const names = calendarNames(expectation);
  const own = names.map(async (name) => {
    const calendar = await ctx.ownCalendars.get({ team, name });
    return calendar ? `${name}@${calendar.revision}` : name;
  });
  return { zones, calendars: names.length === 0 ? '' : [holidays, ...(await Promise.all(own))].join(' ') };
}

/** A change whose settling was cut off counts from when it was made. */
async function changedSince(
  ctx: Context,
  { team, expectation }: Registration,
  now: Instant,
): Promise<Instant> {
  const names = calendarNames(expectation);
  const calendars = await Promise.all(names.map((name) => ctx.ownCalendars.get({ team, name })));
  return Math.min(now, ...calendars.map((calendar) => calendar?.unsettledSince ?? now));
}

/**
 * Brings planned deadlines in line with newer calendars and zone data: moves them with their schedules, and adds what is
 * missing. @returns false when somebody else wrote one of them meanwhile; then it must be done again
 */
export async function realignDeadlines(
  ctx: Context,
  registration: Registration,
  isHoliday: HolidayCalendar,
): Promise<boolean> {
  const { team, id } = registration;
  const now = ctx.now();
  const range = { ...realignedRange(registration, now), without: 'runs' } as const;
  const stored = await ctx.deadlines.between({ team, id }, range);
  const since = await changedSince(ctx, registration, now);
  const { moved, missing } = realign(registration, isHoliday, stored, { now, since });
  for (const deadline of missing) {
    await ctx.deadlines.create(deadline);
    if (deadline.checkAt > now) await ctx.schedules.put(refOf(deadline), deadline.checkAt);
  }
  for (const deadline of moved) {
    if (!(await ctx.deadlines.save(deadline))) return false;
    await ctx.schedules.put(refOf(deadline), deadline.checkAt);
  }
  if (moved.length + missing.length > 0) {
    ctx.log.info('deadlines realigned', { team, id, moved: moved.length, added: missing.length });
  }
  return true;
}
