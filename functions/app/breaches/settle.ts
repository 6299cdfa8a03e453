import { review } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import { evidenceIn, type Look } from '../../core/look.ts';
import { SECOND } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import { claimAll } from '../deadlines/check.ts';
import { evidenceFor } from '../deadlines/shared.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/**
 * Looks at a missed deadline again in the light of all evidence: recovers it, corrects it, or leaves it.
 * @param look what the bucket shows by now
 */
export async function settle(ctx: Context, ref: DeadlineRef, look?: Look): Promise<Deadline | undefined> {
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
  look: Look | undefined,
): Promise<Deadline | 'absent' | undefined> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline) return 'absent';
  if (deadline.status !== 'missed') return deadline;
  const recorded = await evidenceFor(ctx, deadline, deadline.lateUntil + SECOND);
  const seen = look ? evidenceIn(look, deadline, recorded, deadline.breach?.openedAt) : [];
  const reviewed = review(deadline, [...recorded, ...seen], ctx.now());
  if (!reviewed) return deadline;
  if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;
  return ctx.deadlines.save(reviewed.deadline);
}
