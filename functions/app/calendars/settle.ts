import type { CalendarRef, Context } from '../ports.ts';
import { plan } from '../deadlines/plan.ts';
import { usersOf } from './read.ts';

/**
 * Plans the expectations that name a changed calendar anew. Harmless when called again; one that cannot be planned does
 * not keep the others waiting. @throws AggregateError when some could not be planned
 */
export async function settleCalendar(ctx: Context, ref: CalendarRef): Promise<void> {
  const calendar = await ctx.ownCalendars.get(ref);
  if (calendar?.unsettledSince === undefined) return;
  const faults: unknown[] = [];
  for (const { team, id } of await usersOf(ctx, ref)) {
    await plan(ctx, { team, id }).catch((error: unknown) => faults.push(error));
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} expectations were not planned`);
  // Whoever changed it meanwhile does the rest.
  await ctx.ownCalendars.save({ ...calendar, unsettledSince: undefined });
}
