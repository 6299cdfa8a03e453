import { isReviewable, review, type Reviewed } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { evidenceIn, type Sight } from '../../core/look.ts';
import { shares } from '../../core/judge.ts';
import { reach } from '../../core/reach.ts';
import { SECOND } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import { claimAll, isContested, settleBefore } from '../deadlines/check.ts';
import { evidenceFor, expectationRef } from '../deadlines/shared.ts';
import { letKnow } from '../evidence/record.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/**
 * Looks at a missed deadline again in the light of all evidence: recovers it, corrects it, or leaves it.
 * @param look what the bucket or the service shows by now
 */
export async function settle(ctx: Context, ref: DeadlineRef, look?: Sight): Promise<Deadline | undefined> {
  const settled = await untilSaved(`deadline ${deadlineId(ref)}`, () => attempt(ctx, ref, look));
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
): Promise<Deadline | 'absent' | undefined> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline) return 'absent';
  if (!isReviewable(deadline)) return deadline;
  const first = await reviewNow(ctx, deadline, look);
  // An older deadline that is not judged yet, or still missed, takes first what both could use.
  const contested = first !== undefined && isContested(deadline, first.serving);
  if (contested) await settleBefore(ctx, deadline, look);
  const reviewed = contested ? await reviewNow(ctx, deadline, look) : first;
  if (!reviewed) return deadline;
  if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;
  if (reviewed.deadline.correction) await letGo(ctx, deadline, reviewed.serving);
  return ctx.deadlines.save(reviewed.deadline);
}

/**
 * What had recovered it late is there for other deadlines again. Before the correction is written: what tells of the
 * proof comes again after a crash, and nothing else would do it.
 */
async function letGo(ctx: Context, deadline: Deadline, proof: readonly Evidence[]): Promise<void> {
  if (shares(deadline)) return;
  const kept = new Set(proof.map(({ id }) => id));
  const late = new Set(deadline.evidence?.filter((id) => !kept.has(id)));
  const ref = expectationRef(deadline);
  const registration = late.size > 0 ? await ctx.registrations.get(ref) : undefined;
  if (!registration) return;
  const known = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  for (const one of known.filter(({ id }) => late.has(id))) {
    await ctx.evidence.release(ref, one, deadlineId(deadline));
    await letKnow(ctx, ref, one.at, { reach: reach(registration), except: deadline });
  }
}

async function reviewNow(
  ctx: Context,
  deadline: Deadline,
  look: Sight | undefined,
): Promise<Reviewed | undefined> {
  const recorded = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  const seen = look ? evidenceIn(look, deadline, recorded, deadline.breach?.openedAt) : [];
  return review(deadline, [...recorded, ...seen], ctx.now());
}
