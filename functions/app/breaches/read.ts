import { deadlineId, type Breach, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import { readDeadline, type DeadlineView } from '../deadlines/read.ts';
import { NotFound } from '../errors.ts';
import type { BreachQuery, Context, Page, Paging, TimelineEntry } from '../ports.ts';

/** A deadline that was missed. */
export type Breached = Deadline & { breach: Breach };

/** Breaches of a time range by when they were due, newest first. @throws InvalidCursor */
export async function listBreaches(
  ctx: Pick<Context, 'deadlines'>,
  query: BreachQuery,
  paging: Paging,
): Promise<Page<Breached>> {
  const { items, cursor } = await ctx.deadlines.breaches(query, paging);
  return { items: items.filter(isBreached), cursor };
}

/** One breach with everything that happened to it. @throws NotFound */
export async function readBreach(
  ctx: Context,
  ref: DeadlineRef,
): Promise<DeadlineView & { deadline: Breached; timeline: TimelineEntry[] }> {
  const { deadline, ...rest } = await readDeadline(ctx, ref);
  if (!isBreached(deadline)) {
    const { expectation } = ref;
    throw new NotFound(
      `deadline ${deadlineId(ref)} of expectation ${expectation} has no breach: it is ${deadline.status}`,
    );
  }
  return { deadline, ...rest };
}

function isBreached(deadline: Deadline): deadline is Breached {
  return deadline.breach !== undefined;
}
