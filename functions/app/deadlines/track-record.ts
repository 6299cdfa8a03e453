import type { TrackRecord } from '../../core/alert.ts';
import type { DeadlineRef } from '../../core/deadline.ts';
import type { Instant } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { expectationRef } from './shared.ts';

const OCCURRENCES = 30;

/** How often the expectation was missed in its last 30 judged occurrences up to and including `dueAt`. */
export async function trackRecord(
  ctx: Pick<Context, 'deadlines'>,
  ref: DeadlineRef,
  dueAt: Instant,
): Promise<TrackRecord> {
  const until = { from: 0, to: dueAt + 1 };
  const { items } = await ctx.deadlines.page(expectationRef(ref), until, { limit: OCCURRENCES });
  const judged = items.filter(({ status }) => status === 'met' || status === 'missed');
  const missed = judged.filter(({ status, correction }) => status === 'missed' && !correction);
  return { missed: missed.length, of: judged.length };
}
