import { isReviewable, isWanting, review, type Reviewed } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import { notAfter, type Evidence } from '../../core/evidence.ts';
import { evidenceIn, type Sight } from '../../core/look.ts';
import { shares } from '../../core/judge.ts';
import { reach } from '../../core/reach.ts';
import { SECOND } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import { claimAll, isContested, settleBefore } from '../deadlines/check.ts';
import { evidenceFor, expectationRef } from '../deadlines/shared.ts';
import { letAllKnow } from '../evidence/record.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/**
 * Looks at a missed deadline again in the light of all evidence: recovers it, corrects it, or leaves it.
 * @param look what the bucket or the service shows by now
 */
export async function settle(ctx: Context, ref: DeadlineRef, look?: Sight): Promise<Deadline | undefined> {
  const claimed: Evidence[] = [];
  const settled = await untilSaved(`deadline ${deadlineId(ref)}`, () => attempt(ctx, ref, look, claimed));
  if (settled === 'absent') return undefined;
  if (settled.outbox.length === 0) return settled;
  await tell(ctx, ref);
  if (settled.breach?.taskToken !== undefined) await ctx.lifecycles.wake(settled.breach.taskToken);
  return settled;
}

async function attempt(
  ctx: Context,
  ref: DeadlineRef,
  look: Sight | undefined,
  claimed: Evidence[],
): Promise<Deadline | 'absent' | undefined> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline) return 'absent';
  if (!isReviewable(deadline)) {
    // Somebody else was first, with something else.
    await letGo(ctx, deadline, unusedBy(deadline, claimed));
    await letGoAgain(ctx, deadline);
    return deadline;
  }
  let { reviewed, recorded } = await reviewNow(ctx, deadline, look);
  // An older deadline that is not judged yet, or still missed, takes first what both could use.
  if (reviewed && isContested(deadline, reviewed.serving)) {
    await settleBefore(ctx, deadline, look);
    ({ reviewed, recorded } = await reviewNow(ctx, deadline, look));
  }
  if (!reviewed) {
    // What it claimed when somebody else ended the breach with something else: others may have it.
    if (deadline.breach && !isWanting(deadline.breach))
      await letGo(ctx, deadline, unusedBy(deadline, recorded));
    return deadline;
  }
  if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;
  claimed.push(...reviewed.serving.map((one) => ({ ...one, claimedBy: deadlineId(deadline) })));
  const saved = await ctx.deadlines.save(reviewed.deadline);
  // Not before: until then another process may be about to correct it by some of that.
  if (saved) await letGo(ctx, saved, unusedBy(saved, recorded, deadline.evidence));
  return saved;
}

/**
 * What was claimed for the deadline and does not serve it: late arrivals that a correction makes needless, or what a
 * process had claimed that died before it could say so.
 */
export function unusedBy(
  deadline: Deadline,
  evidence: readonly Evidence[],
  before: readonly string[] = [],
): Evidence[] {
  const used = usedBy(deadline);
  const id = deadlineId(deadline);
  return evidence.filter((one) => !used.has(one.id) && (one.claimedBy === id || before.includes(one.id)));
}

/** Of that, what no other process can be about to use: what can change still may be served by it. */
export function surelyUnused(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  const unused = unusedBy(deadline, evidence);
  if (!isReviewable(deadline)) return unused;
  // What is undetermined can be shown to have been in time, and nothing else.
  return deadline.status === 'undetermined' ? unused.filter(({ at }) => !notAfter(at, deadline.limitAt)) : [];
}

function usedBy({ evidence = [], correction }: Deadline): Set<string> {
  return new Set([...evidence, ...(correction?.evidence ?? [])]);
}

/**
 * Who wrote the deadline may have died before all was let go of that it does not use, or before whoever could use that
 * had: while there is something to tell, it is made known again.
 */
export async function letGoAgain(ctx: Context, deadline: Deadline): Promise<void> {
  if (deadline.status === 'pending' || shares(deadline)) return;
  const recorded = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  const unused = surelyUnused(deadline, recorded);
  const used = usedBy(deadline);
  const others = recorded.filter(({ id }) => !used.has(id));
  await letGo(ctx, deadline, unused, deadline.outbox.length > 0 ? others : unused);
}

/** The same without a word: who asks for it sees to those who are older. */
export async function release(ctx: Context, deadline: Deadline): Promise<void> {
  if (shares(deadline)) return;
  const recorded = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  for (const one of surelyUnused(deadline, recorded))
    await ctx.evidence.release(expectationRef(deadline), one, deadlineId(deadline));
}

/**
 * Other deadlines may have it.
 * @param known what they are told of
 */
export async function letGo(
  ctx: Context,
  deadline: Deadline,
  unused: readonly Evidence[],
  known = unused,
): Promise<void> {
  if (shares(deadline) || known.length === 0) return;
  const ref = expectationRef(deadline);
  const registration = await ctx.registrations.get(ref);
  if (!registration) return;
  // All of it before anybody knows: the oldest that can use it may need more than one piece.
  for (const one of unused) await ctx.evidence.release(ref, one, deadlineId(deadline));
  await letAllKnow(ctx, ref, known, { reach: reach(registration), except: deadline });
}

async function reviewNow(
  ctx: Context,
  deadline: Deadline,
  look: Sight | undefined,
): Promise<{ reviewed: Reviewed | undefined; recorded: Evidence[] }> {
  const recorded = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  const seen = look ? evidenceIn(look, deadline, recorded, deadline.breach?.openedAt) : [];
  return { reviewed: review(deadline, [...recorded, ...seen], ctx.now()), recorded };
}
