import { dismiss } from '../../core/breach.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Registration } from '../../core/registration.ts';
import type { Context } from '../ports.ts';
import { bornAgain } from './births.ts';
import { followedOrBorn } from './follow-ups.ts';

/**
 * Puts a pending deadline aside whose rules are replaced. What waits has its next deadline, by the present rules, before
 * that: a crash between the two does both again, and whoever comes first, the planner or the checker, does both.
 * @returns undefined when somebody else wrote the deadline meanwhile
 */
export async function replace(
  ctx: Context,
  registration: Registration,
  deadline: Deadline,
): Promise<Deadline | undefined> {
  const followed = await followedOrBorn(ctx, registration, deadline);
  await bornAgain(ctx, registration, deadline);
  return ctx.deadlines.save(followed ?? dismiss(deadline, 'cancelled', causeOf(registration), ctx.now()));
}

function causeOf({ status, rev }: Registration): string {
  return status === 'active' ? `replaced by revision ${rev}` : status;
}
