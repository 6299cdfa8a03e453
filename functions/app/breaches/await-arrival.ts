import { deadlineId, openBreach, type DeadlineRef } from '../../core/deadline.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

export interface Wait {
  deadline: DeadlineRef;
  generation: number;
  taskToken: string;
}

/** Keeps the token of a waiting lifecycle on the breach, or sends it back at once when there is nothing to wait for. */
export async function awaitArrival(
  ctx: Context,
  { deadline: ref, generation, taskToken }: Wait,
): Promise<void> {
  const parked = await untilSaved(`deadline ${deadlineId(ref)}`, async () => {
    const deadline = await ctx.deadlines.get(ref);
    const breach = deadline && openBreach(deadline);
    if (!deadline || breach?.generation !== generation || breach.nextActionAt <= ctx.now()) return 'over';
    return ctx.deadlines.save({ ...deadline, breach: { ...breach, taskToken } });
  });
  if (parked === 'over') await ctx.lifecycles.wake(taskToken);
}
