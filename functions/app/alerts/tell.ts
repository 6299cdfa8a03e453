import { alertOf } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import type { Registration } from '../../core/registration.ts';
import type { Context, QueuedAlert } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** Hands over what the deadline has to tell, then empties its outbox. Harmless when called again. */
export async function tell(ctx: Context, ref: DeadlineRef): Promise<Deadline | undefined> {
  const told = await untilSaved(`deadline ${deadlineId(ref)}`, async () => {
    const { deadline, registration } = await ctx.deadlines.getWithRegistration(ref);
    if (!deadline || !registration) return 'absent';
    if (deadline.outbox.length === 0) return deadline;
    await handOver(ctx, deadline, registration);
    return ctx.deadlines.save({ ...deadline, outbox: [] });
  });
  return told === 'absent' ? undefined : told;
}

/** Puts every waiting transition into the timeline and the queues of the channels. The caller empties the outbox. */
export async function handOver(
  ctx: Context,
  deadline: Deadline,
  { expectation }: Registration,
): Promise<void> {
  const { team, outbox, occurrence, rev } = deadline;
  const ref = { team, expectation: deadline.expectation, occurrence, rev };
  const link = breachLink(ctx.publicUrl, deadline);
  const alerts = outbox.flatMap((transition): QueuedAlert[] => {
    const alert = alertOf(deadline, transition, expectation, link);
    return expectation.notify.map((channel) => ({ channel, seq: transition.seq, deadline: ref, alert }));
  });
  await ctx.alerts.enqueue(ref, outbox, alerts);
  if (alerts.length === 0) return;
  await ctx.alerts.nudge(team, expectation.notify);
  await ctx.nudges.send(team, expectation.notify);
}

/** Address of the deadline, and of its breach if it has one, in the API. */
export function breachLink(publicUrl: string, { team, expectation, occurrence, rev }: DeadlineRef): string {
  return `${publicUrl}/v1/teams/${team}/expectations/${expectation}/deadlines/${deadlineId({ occurrence, rev })}`;
}
