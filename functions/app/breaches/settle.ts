import { review } from '../../core/breach.ts';
import { deadlineId, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { SECOND } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import { claimAll } from '../deadlines/check.ts';
import { expectationRef } from '../deadlines/shared.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/**
 * Looks at a missed deadline again in the light of all evidence: recovers it, corrects it, or leaves it.
 * @param seen evidence from a look that is not recorded yet
 */
export async function settle(
  ctx: Context,
  ref: DeadlineRef,
  seen: readonly Evidence[] = [],
): Promise<Deadline | undefined> {
  const settled = await untilSaved(`deadline ${deadlineId(ref)}`, () => attempt(ctx, ref, seen));
  if (settled === 'absent') return undefined;
  if (settled.outbox.length === 0) return settled;
  await tell(ctx, ref);
  if (settled.breach?.taskToken !== undefined) await ctx.lifecycles.wake(settled.breach.taskToken);
  return settled;
}

async function attempt(
  ctx: Context,
  ref: DeadlineRef,
  seen: readonly Evidence[],
): Promise<Deadline | 'absent' | undefined> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline) return 'absent';
  if (deadline.status !== 'missed') return deadline;
  const recorded = await ctx.evidence.between(
    expectationRef(deadline),
    deadline.opensAt,
    deadline.lateUntil + SECOND,
  );
  const reviewed = review(deadline, [...recorded, ...seen], ctx.now());
  if (!reviewed) return deadline;
  if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;
  return ctx.deadlines.save(reviewed.deadline);
}
