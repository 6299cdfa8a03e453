import { deadlineId, type Deadline, type DeadlineRef, type Status } from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { fits, matcherOf } from '../../core/judge.ts';
import { SECOND } from '../../core/time.ts';
import { NotFound } from '../errors.ts';
import { demandKnown } from '../expectations/read.ts';
import type { Context, DeadlineQuery, ExpectationRef, Page, Paging, TimelineEntry } from '../ports.ts';
import { expectationRef } from './shared.ts';

/** A deadline with what was seen of it, by time. */
export interface DeadlineView {
  deadline: Deadline;
  evidence: Evidence[];
}

/** Deadlines of a time range, newest first. @throws NotFound when the expectation never existed, InvalidCursor */
export async function listDeadlines(
  ctx: Context,
  ref: ExpectationRef,
  query: DeadlineQuery & { status?: Status | undefined },
  paging: Paging,
): Promise<Page<DeadlineView>> {
  await demandKnown(ctx, ref);
  const { items, cursor } = await ctx.deadlines.page(ref, query, paging);
  return { items: await withEvidence(ctx, ref, items), cursor };
}

/** One deadline with everything that happened to it; `left` is about how much came beside it. @throws NotFound */
export async function readDeadline(
  ctx: Context,
  ref: DeadlineRef,
): Promise<DeadlineView & { left: number; timeline: TimelineEntry[] }> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline) throw new NotFound(`expectation ${ref.expectation} has no deadline ${deadlineId(ref)}`);
  const [view] = await withEvidence(ctx, expectationRef(ref), [deadline]);
  const [left = 0] = await ctx.evidence.left(expectationRef(ref), [deadlineId(ref)]);
  return { deadline, evidence: view?.evidence ?? [], left, timeline: await ctx.timeline.of(ref) };
}

/** One read for all of them, for their windows follow each other, or overlap; and one for each that has a key. */
async function withEvidence(
  ctx: Pick<Context, 'evidence'>,
  ref: ExpectationRef,
  deadlines: readonly Deadline[],
): Promise<DeadlineView[]> {
  const [keyed, others] = [deadlines.filter(({ after }) => after), deadlines.filter(({ after }) => !after)];
  const recorded = await Promise.all([
    withinWindows(ctx, ref, others),
    ...keyed.map((one) => withinWindows(ctx, ref, [one])),
  ]);
  const all = recorded.flat();
  return deadlines.map((deadline) => ({ deadline, evidence: all.filter(speaksOf(deadline)) }));
}

async function withinWindows(
  ctx: Pick<Context, 'evidence'>,
  ref: ExpectationRef,
  deadlines: readonly Deadline[],
): Promise<Evidence[]> {
  if (deadlines.length === 0) return [];
  const from = Math.min(...deadlines.map(({ opensAt }) => opensAt));
  const to = Math.max(...deadlines.map(({ lateUntil }) => lateUntil)) + SECOND;
  return ctx.evidence.between(ref, from, to, deadlines[0]?.after?.key);
}

/** What serves the deadline, or could have: in its window, of the kind that it awaits, and used by no other. */
function speaksOf(deadline: Deadline): (evidence: Evidence) => boolean {
  const me = deadlineId(deadline);
  const matches = matcherOf(deadline);
  return (evidence) => {
    const { at, claimedBy } = evidence;
    if (claimedBy !== undefined) return claimedBy === me;
    if (!fits(deadline, at)) return false;
    return matches(evidence);
  };
}
