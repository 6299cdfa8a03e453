import { isReviewable } from '../../core/breach.ts';
import { deadlineId, refOf, type Deadline } from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { fits } from '../../core/judge.ts';
import { spans, type Reach } from '../../core/reach.ts';
import { MINUTE, type Instant, type Milliseconds } from '../../core/time.ts';
import { settle } from '../breaches/settle.ts';
import { plan } from '../deadlines/plan.ts';
import { deadlinesOfRun } from '../deadlines/shared.ts';
import type { Context, ExpectationRef } from '../ports.ts';

/** A judge on a clock that is this far ahead of ours may be at work already. */
const SKEW: Milliseconds = 5 * MINUTE;

/**
 * Appends evidence and lets every deadline that it can serve know. Evidence that is known already does so again: the
 * first writer may have died before it could.
 */
export async function record(
  ctx: Context,
  ref: ExpectationRef,
  evidence: Evidence,
  reach: Reach,
): Promise<void> {
  await append(ctx, ref, evidence);
  const around = await letKnow(ctx, ref, evidence, reach);
  // A silence that was missed, however long ago, begins anew with a sign of life.
  if (reach.silent && around.every(({ status }) => status !== 'pending')) await plan(ctx, ref);
}

/** Appends evidence, and counts what was not known. */
export async function append(ctx: Context, ref: ExpectationRef, evidence: Evidence): Promise<void> {
  if (!(await ctx.evidence.record(ref, evidence))) return;
  ctx.metrics.count(evidence.rejected === undefined ? 'evidenceAccepted' : 'evidenceRejected');
}

/** Lets those deadlines know that the evidence can serve. @returns them, with others beside them */
async function letKnow(
  ctx: Context,
  ref: ExpectationRef,
  { at, run }: Pick<Evidence, 'at' | 'run'>,
  reach: Reach,
): Promise<Deadline[]> {
  const latest = Math.max(ctx.now(), at) + SKEW;
  const own = { from: at - reach.patience, to: latest };
  const around = [
    ...(await deadlinesAround(ctx, ref, { from: at, to: at }, { reach, latest })),
    ...(run ? await deadlinesOfRun(ctx, ref, run, own) : []),
  ];
  for (const one of around) await wake(ctx, one, at);
  return around;
}

/**
 * Lets those deadlines know that some of this can serve now, each once, and the oldest first.
 * @param evidence one piece at least
 * @param except the one that knows
 */
export async function letAllKnow(
  ctx: Context,
  ref: ExpectationRef,
  evidence: readonly Pick<Evidence, 'at'>[],
  { reach, except }: { reach: Reach; except: Deadline },
): Promise<void> {
  const instants = evidence.map(({ at }) => at);
  const range = { from: Math.min(...instants), to: Math.max(...instants) };
  const latest = Math.max(ctx.now(), range.to) + SKEW;
  const around = await deadlinesAround(ctx, ref, range, { reach, latest });
  for (const one of around.filter((other) => deadlineId(other) !== deadlineId(except))) {
    const at = instants.find((instant) => fits(one, instant));
    if (at !== undefined) await wake(ctx, one, at);
  }
}

/** Lets a deadline know of evidence of an instant, if it can serve it and something hangs on it now. */
export async function wake(ctx: Context, deadline: Deadline, at: Instant): Promise<void> {
  if (!fits(deadline, at) || !isAtStake(deadline, ctx.now())) return;
  const current = deadline.status === 'pending' ? await ctx.deadlines.touch(refOf(deadline)) : deadline;
  if (current && isReviewable(current)) await settle(ctx, refOf(current));
}

/** Those that evidence of such instants can serve, with others beside them; none is of a single run or due after `latest`. */
async function deadlinesAround(
  ctx: Context,
  ref: ExpectationRef,
  instants: { from: Instant; to: Instant },
  { reach, latest }: { reach: Reach; latest: Instant },
): Promise<Deadline[]> {
  for (const span of spans(reach, instants.from)) {
    const widest = span === reach.patience;
    const to = widest ? latest : Math.min(latest, instants.to + span);
    const range = { from: instants.from - span, to, ...(widest ? {} : { timezone: reach.timezone }) };
    const found = await ctx.deadlines.between(ref, { ...range, without: 'runs' });
    // Under the same rules opensAt and lateUntil never decrease from one deadline to the next.
    const isPast = found.some((deadline) => !fits({ ...deadline, opensAt: 0 }, instants.from));
    const isAhead = to === latest || found.some(({ opensAt }) => opensAt >= instants.to);
    if (widest || (isPast && isAhead)) return found;
  }
  return [];
}

/** Pending ones that may be under judgement now, and those of which more can be said. */
function isAtStake(deadline: Deadline, now: number): boolean {
  return deadline.status === 'pending' ? deadline.checkAt <= now + SKEW : isReviewable(deadline);
}
