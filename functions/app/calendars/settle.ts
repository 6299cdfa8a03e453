import { endsSoonAt } from '../../core/calendar.ts';
import type { DeadlineRef } from '../../core/deadline.ts';
import { tell } from '../alerts/tell.ts';
import { plan } from '../deadlines/plan.ts';
import type { CalendarRef, Context } from '../ports.ts';
import { announceEnd } from './announce-end.ts';
import { usersOf } from './read.ts';

/**
 * Does what is to be done about a calendar: plans the expectations that name it anew when it was changed, and tells
 * their owners when it ends soon. Harmless when called again; an expectation that fails does not keep the others waiting.
 * @throws AggregateError when some could not be planned or told
 */
export async function settleCalendar(ctx: Context, ref: CalendarRef): Promise<void> {
  const calendar = await ctx.ownCalendars.get(ref);
  if (!calendar) return;
  const endsSince = endsSoonAt(calendar) ?? Infinity;
  const endsSoon = endsSince <= ctx.now();
  if (calendar.unsettledSince === undefined && !endsSoon) return;
  const faults: unknown[] = [];
  const collect = (error: unknown) => void faults.push(error);
  const announced: DeadlineRef[] = [];
  for (const { team, id } of await usersOf(ctx, ref)) {
    try {
      await plan(ctx, { team, id });
      if (endsSoon) announced.push(...(await announceEnd(ctx, { team, id }, calendar, endsSince)));
    } catch (error) {
      collect(error);
    }
  }
  // All at once, so that those on one channel become one message.
  await Promise.all(announced.map((deadline) => tell(ctx, deadline).catch(collect)));
  if (faults.length > 0) {
    throw new AggregateError(faults, `${faults.length} expectations were not planned or told`);
  }
  const warned = endsSoon ? { warnedOf: calendar.validUntil } : {};
  // Whoever changed it meanwhile does the rest.
  await ctx.ownCalendars.save({ ...calendar, unsettledSince: undefined, ...warned });
}
