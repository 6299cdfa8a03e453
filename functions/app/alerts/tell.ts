import type { AlertType } from '../../core/alert.ts';
import { alertOf, silenced } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef, type Transition } from '../../core/deadline.ts';
import { mutedUntil } from '../../core/mute.ts';
import type { Registration } from '../../core/registration.ts';
import type { Context, QueuedAlert } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** Told once and about no breach: nothing would tell it after the mute. */
const NEVER_MUTED: ReadonlySet<AlertType> = new Set<AlertType>(['calendar-ends']);

/** Hands over what the deadline has to tell, then empties its outbox. Harmless when called again. */
export async function tell(ctx: Context, ref: DeadlineRef): Promise<Deadline | undefined> {
  const told = await untilSaved(`deadline ${deadlineId(ref)}`, async () => {
    const { deadline, registration } = await ctx.deadlines.getWithRegistration(ref);
    if (!deadline || !registration) return 'absent';
    if (deadline.outbox.length === 0) return deadline;
    const told = await handOver(ctx, deadline, registration);
    return ctx.deadlines.save(told);
  });
  return told === 'absent' ? undefined : told;
}

/**
 * Puts every waiting transition into the timeline and, unless it is muted, into the queues of the channels.
 * @returns the deadline with an empty outbox, for the caller to save
 */
export async function handOver(
  ctx: Context,
  deadline: Deadline,
  { expectation }: Registration,
): Promise<Deadline> {
  const { team, outbox, occurrence, rev } = deadline;
  const ref = { team, expectation: deadline.expectation, occurrence, rev };
  const link = breachLink(ctx.publicUrl, deadline);
  const { mutes } = await ctx.mutes.get(team);
  const until = mutedUntil(mutes, deadline.expectation, ctx.now());
  const isSilent = ({ type }: Transition) => until !== undefined && !NEVER_MUTED.has(type);
  const alerts = outbox
    .filter((transition) => !isSilent(transition))
    .flatMap((transition): QueuedAlert[] => {
      const alert = alertOf(deadline, transition, expectation, link);
      return expectation.notify.map((channel) => ({ channel, seq: transition.seq, deadline: ref, alert }));
    });
  const told = outbox.map((transition) =>
    isSilent(transition) ? { ...transition, muted: true as const } : transition,
  );
  await ctx.alerts.enqueue(ref, told, alerts);
  // Also when all of it is muted: a hand-over that broke off before the mute may have queued it.
  await ctx.alerts.nudge(team, expectation.notify);
  if (alerts.length > 0) await ctx.nudges.send(team, expectation.notify);
  return until !== undefined && outbox.some(isSilent)
    ? silenced(deadline, until)
    : { ...deadline, outbox: [] };
}

/** Address of the deadline, and of its breach if it has one, in the API. */
export function breachLink(publicUrl: string, { team, expectation, occurrence, rev }: DeadlineRef): string {
  return `${publicUrl}/v1/teams/${team}/expectations/${expectation}/deadlines/${deadlineId({ occurrence, rev })}`;
}
