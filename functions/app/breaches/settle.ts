import { review, type Reviewed } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import { evidenceIn, type Sight } from '../../core/look.ts';
import { SECOND } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import { claimAll, isContested, settleBefore } from '../deadlines/check.ts';
import { evidenceFor } from '../deadlines/shared.ts';
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
  if (deadline.status !== 'missed') return deadline;
  const first = await reviewNow(ctx, deadline, look);
  // An older deadline that is not judged yet, or still missed, takes first what both could use.
  const contested = first !== undefined && isContested(deadline, first.serving);
  if (contested) await settleBefore(ctx, deadline, look);
  const reviewed = contested ? await reviewNow(ctx, deadline, look) : first;
  if (!reviewed) return deadline;
  if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;
  return ctx.deadlines.save(reviewed.deadline);
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
