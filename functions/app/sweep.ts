import { openBreach, refOf, type DeadlineRef } from '../core/deadline.ts';
import { MINUTE, SECOND, type Instant, type Milliseconds } from '../core/time.ts';
import { flush } from './alerts/flush.ts';
import { tell } from './alerts/tell.ts';
import { restart } from './breaches/advance.ts';
import { settleCalendar } from './calendars/settle.ts';
import { check } from './deadlines/check.ts';
import { plan } from './deadlines/plan.ts';
import type { Context, Todo } from './ports.ts';

/** What is overdue by less than this may still be under way on the ordinary path. */
export const SLACK: Milliseconds = 30 * SECOND;

const AT_ONCE = 8;
const PAGE = 200;
const FLUSH_TIME: Milliseconds = MINUTE / 2;

export interface Swept {
  outcome: 'all' | 'more';
  done: number;
  failed: number;
}

/**
 * Does what should have been done and was not, in some shards of the to-do index: judges, plans, restarts, tells,
 * sends. One faulty item does not keep the others waiting.
 * @param slack how long after its time an item is left to the ordinary path, in milliseconds
 * @param until when to stop even if something is left (epoch ms)
 * @throws AggregateError after all others were done, when some could not be done
 */
export async function sweep(
  ctx: Context,
  shards: readonly number[],
  { slack, until }: { slack: Milliseconds; until: Instant },
): Promise<Swept> {
  const faults: unknown[] = [];
  let done = 0;
  let more = false;
  for (const [index, shard] of shards.entries()) {
    // Its share of the time that is left, so that a slow shard takes it from no other.
    const share = ctx.now() + (until - ctx.now()) / (shards.length - index);
    for await (const some of untried(ctx, shard, slack)) {
      if (ctx.now() >= share) {
        more = true;
        break;
      }
      const results = await Promise.allSettled(some.map((todo) => work(ctx, todo)));
      const failed = results.filter((result) => result.status === 'rejected');
      faults.push(...failed.map(({ reason }): unknown => reason));
      done += results.length - failed.length;
    }
  }
  if (done > 0) ctx.log.info('sweep repaired', { shards: [...shards], done, failed: faults.length });
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of the sweep's tasks failed`);
  return { outcome: more && done > 0 ? 'more' : 'all', done, failed: 0 };
}

/** What is due in a shard, a few at a time, each once: what fails again and again hides nothing behind it. */
async function* untried(ctx: Context, shard: number, slack: Milliseconds): AsyncGenerator<Todo[]> {
  const tried = new Set<string>();
  for (;;) {
    const due = await ctx.todos.due(shard, ctx.now() - slack, PAGE + tried.size);
    const fresh = due.filter((todo) => !tried.has(JSON.stringify(todo)));
    if (fresh.length === 0) return;
    for (let first = 0; first < fresh.length; first += AT_ONCE) yield fresh.slice(first, first + AT_ONCE);
    for (const todo of fresh) tried.add(JSON.stringify(todo));
  }
}

async function work(ctx: Context, todo: Todo): Promise<void> {
  switch (todo.kind) {
    case 'deadline':
      return repair(ctx, todo.ref);
    case 'registration':
      return plan(ctx, todo.ref);
    case 'calendar':
      return settleCalendar(ctx, todo);
    case 'channel':
      await flush(ctx, todo.team, todo.channel, ctx.now() + FLUSH_TIME);
  }
}

/** The index may lag behind the table: what to do is decided by the deadline as it is now. */
async function repair(ctx: Context, ref: DeadlineRef): Promise<void> {
  const { status } = await check(ctx, ref);
  if (status === 'absent' || status === 'pending') return;
  const deadline = await tell(ctx, ref);
  const breach = deadline && openBreach(deadline);
  if (breach && breach.nextActionAt <= ctx.now() - SLACK) {
    await restart(ctx, deadline, { next: 'done', seconds: 1, turn: 0 });
  }
  if (deadline) await plan(ctx, { team: ref.team, id: refOf(deadline).expectation });
}
