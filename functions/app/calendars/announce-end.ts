import { endInWords, type Calendar } from '../../core/calendar.ts';
import { announce, refOf, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import { DAY, type Instant, type Milliseconds } from '../../core/time.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** What waits for business time may wait for two years. */
const FAR: Milliseconds = 3 * 366 * DAY;

/**
 * Puts the end of a calendar into the outbox of the next deadline of an expectation that names it, unless it is told
 * already. One that is paused or deleted has no next deadline.
 * @param since from when on it may have been told (epoch ms)
 * @returns the deadline, if there is something to tell
 */
export async function announceEnd(
  ctx: Context,
  { team, id }: ExpectationRef,
  calendar: Calendar,
  since: Instant,
): Promise<DeadlineRef[]> {
  const seen = endInWords(calendar);
  const announced = await untilSaved(`the next deadline of ${team}/${id}`, async () => {
    const registration = await ctx.registrations.get({ team, id });
    if (!registration) return 'nothing';
    const now = ctx.now();
    const { plannedThrough, expectation } = registration;
    const to = expectation.followUp ? now + FAR : Math.max(plannedThrough, now) + 1;
    const deadlines = await ctx.deadlines.between({ team, id }, { from: since, to });
    const next = deadlines.find(({ status, dueAt }) => status === 'pending' && dueAt > now);
    if (!next || (await wasTold(ctx, deadlines, seen))) return 'nothing';
    return ctx.deadlines.save(announce(next, { type: 'calendar-ends', at: now, seen }));
  });
  return announced === 'nothing' ? [] : [refOf(announced)];
}

/** The timeline is read after the outbox: what leaves the one is in the other before. */
async function wasTold(ctx: Context, deadlines: readonly Deadline[], seen: string): Promise<boolean> {
  for (const deadline of deadlines.filter(({ seq }) => seq > 0)) {
    const told = [...deadline.outbox, ...(await transitionsOf(ctx, deadline))];
    if (told.some((one) => one.type === 'calendar-ends' && one.seen === seen)) return true;
  }
  return false;
}

async function transitionsOf(ctx: Context, deadline: Deadline) {
  const timeline = await ctx.timeline.of(deadline);
  return timeline.filter((entry) => entry.kind === 'transition');
}
