import { lookAt, refOf, type Deadline } from '../../core/deadline.ts';
import type { Registration } from '../../core/registration.ts';
import { DAY, type Instant } from '../../core/time.ts';
import { COMPARED, withUsualOf } from '../../core/usual.ts';
import type { Context } from '../ports.ts';

/** A day has runs and times of day, and some are neither met nor missed: twice as many are read as are compared. */
const READ = 2 * COMPARED.most;

/** The new deadline with its usual time, if people want to be warned. */
export async function withUsual(
  ctx: Context,
  { expectation, sameSince }: Registration,
  deadline: Deadline,
): Promise<Deadline> {
  const { warnWhenLate } = expectation;
  if (warnWhenLate === undefined) return deadline;
  return withUsualOf(deadline, await historyOf(ctx, deadline), warnWhenLate, sameSince);
}

/** When planned deadlines must be compared again with those before them; undefined when nobody wants to be warned. */
export function compareAgainAt({ expectation }: Registration, now: Instant): Instant | undefined {
  return expectation.warnWhenLate === undefined ? undefined : now + DAY;
}

/** Compares what is due until that is done again with what came before it. */
export async function compareAhead(
  ctx: Context,
  { team, id, rev, sameSince, expectation }: Registration,
): Promise<void> {
  const { warnWhenLate } = expectation;
  if (warnWhenLate === undefined) return;
  const now = ctx.now();
  const soon = await ctx.deadlines.between({ team, id }, { from: now, to: now + 2 * DAY });
  const open = soon.filter((one) => one.status === 'pending' && one.rev === rev && !one.usual?.warned);
  const [first] = open;
  if (!first) return;
  const history = await historyOf(ctx, first);
  for (const deadline of open) {
    const compared = withUsualOf(deadline, history, warnWhenLate, sameSince);
    if (lookAt(compared) === lookAt(deadline)) continue;
    // Whoever wrote it meanwhile judged it; what was moved is compared tomorrow.
    const saved = await ctx.deadlines.save(compared);
    if (saved) await ctx.schedules.put(refOf(saved), lookAt(saved));
  }
}

async function historyOf(ctx: Context, { team, expectation }: Deadline): Promise<readonly Deadline[]> {
  const before = { from: 0, to: ctx.now() + 1 };
  return (await ctx.deadlines.page({ team, id: expectation }, before, { limit: READ })).items;
}
