import { isWanting } from '../../core/breach.ts';
import type { Deadline } from '../../core/deadline.ts';
import { fits, usable } from '../../core/judge.ts';
import { SECOND, type Instant } from '../../core/time.ts';
import type { Context, Matcher } from '../ports.ts';
import type { EventMatcher } from './candidates.ts';

/** Between these instants (epoch ms, both included) further events change no verdict. */
interface Span {
  from: Instant;
  to: Instant;
}

/** Expectations of which a process remembers that they have enough. */
const MOST_KEPT = 10_000;

/**
 * What a process knows of expectations that have all the events they need: of a million events in an hour no more are
 * written than make the verdict. What it forgets, or another process does not know, costs writes and nothing else.
 */
export class Enough {
  readonly #spans = new Map<string, Span>();
  /** Events that were recorded here since they were last counted. */
  readonly #uncounted = new Map<string, { missing: number }>();

  has(matcher: Matcher, pattern: string, at: Instant): boolean {
    const span = this.#spans.get(keyOf(matcher, pattern));
    return span !== undefined && at >= span.from && at <= span.to;
  }

  /** Counts what is there around the instant, when it could be enough. */
  async weigh(ctx: Context, matcher: EventMatcher, pattern: string, at: Instant): Promise<void> {
    const key = keyOf(matcher, pattern);
    const open = this.#uncounted.get(key);
    if (open && --open.missing > 0) return;
    const around = await deadlinesAround(ctx, matcher, at);
    const concerned = around.filter((deadline) => fits(deadline, at) && isOpenTo(deadline, at));
    const span = spanOf(around, concerned);
    if (concerned.length === 0 || !isComplete(around, at)) return;
    const { team, id } = matcher;
    const evidence = await ctx.evidence.between({ team, id }, span.from, span.to);
    const missing = Math.max(...concerned.map((deadline) => missingOf(deadline, evidence, concerned.length)));
    if (missing > 0) remember(this.#uncounted, key, { missing });
    else remember(this.#spans, key, span);
  }
}

/** Whether all are there that an event of this time can serve: those after one whose window opens later open later still. */
function isComplete(deadlines: readonly Deadline[], at: Instant): boolean {
  return deadlines.some(({ opensAt }) => opensAt >= at);
}

/** Whether an event of this time could still change what becomes of the deadline. */
function isOpenTo({ status, correction, breach, limitAt }: Deadline, at: Instant): boolean {
  if (status !== 'missed') return status === 'pending';
  return correction === undefined && (isWanting(breach) || at <= limitAt);
}

/** Each of several deadlines may take as many as it needs. */
function missingOf(deadline: Deadline, evidence: Parameters<typeof usable>[1], deadlines: number): number {
  const { awaits } = deadline;
  if (awaits.kind !== 'event') return 0;
  const needed = Math.max(awaits.minCount, (awaits.maxCount ?? -1) + 1);
  return needed * deadlines - usable(deadline, evidence).length;
}

/** As far as the same deadlines are concerned, and what comes is in time for each. */
function spanOf(around: readonly Deadline[], concerned: readonly Deadline[]): Span {
  const first = Math.min(...concerned.map(({ dueAt }) => dueAt));
  const before = around.filter((one) => one.dueAt < first && isOpenTo(one, one.lateUntil));
  const after = around.filter((one) => one.dueAt > first && !concerned.includes(one));
  return {
    from:
      Math.max(...concerned.map(({ opensAt }) => opensAt), ...before.map(({ lateUntil }) => lateUntil)) +
      SECOND,
    to: Math.min(...concerned.map(({ limitAt }) => limitAt), ...after.map(({ opensAt }) => opensAt)),
  };
}

async function deadlinesAround(
  ctx: Context,
  { team, id, spacing, patience }: Matcher,
  at: Instant,
): Promise<Deadline[]> {
  const width = Math.min(2 * spacing, patience);
  return ctx.deadlines.between({ team, id }, { from: at - width, to: at + width });
}

function keyOf({ team, id, rev }: Matcher, pattern: string): string {
  return `${team}/${id}#${rev} ${pattern}`;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MOST_KEPT) map.clear();
  map.set(key, value);
}
