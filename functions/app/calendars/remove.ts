import { Conflict } from '../errors.ts';
import type { CalendarRef, Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { demandRevision } from './condition.ts';
import type { PutCalendar } from './put.ts';
import { readCalendar, usersOf } from './read.ts';

const MOST_NAMED = 10;

/**
 * Deletes a calendar that no expectation names; its revisions stay.
 * @throws NotFound, PreconditionFailed, Conflict while expectations name it
 */
export async function removeCalendar(
  ctx: Context,
  ref: CalendarRef,
  { by, why, condition }: PutCalendar,
): Promise<void> {
  await untilSaved(`calendar ${ref.team}/${ref.name}`, async () => {
    const current = await readCalendar(ctx, ref);
    demandRevision(ref, current, condition);
    await demandUnused(ctx, ref);
    const stamp = { revision: current.revision + 1, changedAt: ctx.now(), changedBy: by, why };
    const settled = { unsettledSince: undefined, warnedOf: undefined };
    const next = { ...current, ...stamp, ...settled, status: 'deleted' as const };
    return (await ctx.ownCalendars.save(next, current)) || undefined;
  });
}

async function demandUnused(ctx: Context, ref: CalendarRef): Promise<void> {
  const users = (await usersOf(ctx, ref)).map(({ id }) => id);
  if (users.length === 0) return;
  const named = users.slice(0, MOST_NAMED).join(', ');
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : '';
  throw new Conflict(
    `calendar ${ref.name} is named by ${named}${more}: take it out of their due.holidays first`,
  );
}
