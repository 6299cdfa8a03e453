import { refOf, type Deadline } from '../../core/deadline.ts';
import { duration, roughLength } from '../../core/duration.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { Expectation } from '../../core/expectation.ts';
import { fits } from '../../core/judge.ts';
import { HOUR, MINUTE, type Milliseconds } from '../../core/time.ts';
import { settle } from '../breaches/settle.ts';
import { plan } from '../deadlines/plan.ts';
import type { Context, ExpectationRef, Matcher } from '../ports.ts';

/** A judge on a clock that is this far ahead of ours may be at work already. */
const SKEW: Milliseconds = 5 * MINUTE;

const DAY = 24 * HOUR;

/** How far the evidence of an expectation reaches. */
export type Reach = Pick<Matcher, 'patience' | 'silent'>;

export function reach({ giveUpAfter, due }: Pick<Expectation, 'giveUpAfter' | 'due'>): Reach {
  return { patience: roughLength(duration(giveUpAfter)) + DAY, silent: 'silentFor' in due };
}

/**
 * Appends evidence and lets every deadline that it can serve know. Evidence that is known already does so again: the
 * first writer may have died before it could.
 */
export async function record(
  ctx: Context,
  ref: ExpectationRef,
  evidence: Evidence,
  { patience, silent }: Reach,
): Promise<void> {
  await ctx.evidence.record(ref, evidence);
  const now = ctx.now();
  const around = await ctx.deadlines.between(ref, {
    from: evidence.at - patience,
    to: Math.max(now, evidence.at) + SKEW,
  });
  const concerned = around.filter((deadline) => fits(deadline, evidence.at) && isAtStake(deadline, now));
  for (const deadline of concerned) {
    const current = deadline.status === 'pending' ? await ctx.deadlines.touch(refOf(deadline)) : deadline;
    if (current?.status === 'missed') await settle(ctx, refOf(current));
  }
  // A silence that was missed, however long ago, begins anew with a sign of life.
  if (silent && around.every(({ status }) => status !== 'pending')) await plan(ctx, ref);
}

/** Pending ones that may be under judgement now, and missed ones. */
function isAtStake({ status, checkAt, correction }: Deadline, now: number): boolean {
  if (status === 'pending') return checkAt <= now + SKEW;
  return status === 'missed' && correction === undefined;
}
