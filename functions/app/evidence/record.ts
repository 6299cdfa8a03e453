import { refOf, type Deadline } from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { fits } from '../../core/judge.ts';
import { MINUTE, type Milliseconds } from '../../core/time.ts';
import { settle } from '../breaches/settle.ts';
import { plan } from '../deadlines/plan.ts';
import type { Context, ExpectationRef } from '../ports.ts';

/** A judge on a clock that is this far ahead of ours may be at work already. */
const SKEW: Milliseconds = 5 * MINUTE;

/**
 * Appends evidence and lets every deadline that it can serve know. Evidence that is known already does so again: the
 * first writer may have died before it could.
 * @param patience how long after its dueAt a deadline of the expectation can still be recovered, in milliseconds
 */
export async function record(
  ctx: Context,
  ref: ExpectationRef,
  evidence: Evidence,
  patience: Milliseconds,
): Promise<void> {
  await ctx.evidence.record(ref, evidence);
  const now = ctx.now();
  const around = await ctx.deadlines.between(ref, {
    from: evidence.at - patience,
    to: Math.max(now, evidence.at) + SKEW,
  });
  const concerned = around.filter((deadline) => fits(deadline, evidence.at) && isAtStake(deadline, now));
  let silenceBroken = false;
  for (const deadline of concerned) {
    const current = deadline.status === 'pending' ? await ctx.deadlines.touch(refOf(deadline)) : deadline;
    if (current?.status === 'missed') await settle(ctx, refOf(current));
    silenceBroken ||= current?.silence !== undefined && current.status === 'missed';
  }
  if (silenceBroken) await plan(ctx, ref);
}

/** Pending ones that may be under judgement now, and missed ones. */
function isAtStake({ status, checkAt, correction }: Deadline, now: number): boolean {
  if (status === 'pending') return checkAt <= now + SKEW;
  return status === 'missed' && correction === undefined;
}
