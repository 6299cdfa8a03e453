import { close } from '../../core/breach.ts';
import {
  deadlineId,
  MISSED_AHEAD,
  openBreach,
  refOf,
  type Deadline,
  type DeadlineRef,
} from '../../core/deadline.ts';
import { tell } from '../alerts/tell.ts';
import { Conflict, NotFound } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** A person ends an open breach. @throws NotFound, Conflict when it is not open */
export async function closeBreach(
  ctx: Context,
  ref: DeadlineRef,
  actor: string,
  text?: string,
): Promise<Deadline> {
  const closed = await untilSaved(`breach ${deadlineId(ref)}`, async () => {
    const deadline = await breached(ctx, ref);
    const next = close(deadline, actor, ctx.now());
    if (!next) throw new Conflict(`the breach is ${deadline.breach?.status ?? 'gone'}, not open`);
    return ctx.deadlines.save(next);
  });
  if (text !== undefined) await note(ctx, ref, actor, text);
  const told = await tell(ctx, ref);
  if (closed.breach?.taskToken !== undefined) await ctx.lifecycles.wake(closed.breach.taskToken);
  return told ?? closed;
}

/** Ends every open breach of an expectation that is no more. */
export async function closeAll(ctx: Context, { team, id }: ExpectationRef, actor: string): Promise<void> {
  const everything = { team, expectation: id, status: 'open', from: 0, to: ctx.now() + MISSED_AHEAD };
  let cursor: string | undefined;
  do {
    const page = await ctx.deadlines.breaches(everything, { limit: 100, cursor });
    for (const deadline of page.items.filter(openBreach)) {
      await closeBreach(ctx, refOf(deadline), actor).catch(unlessEnded);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** It ended by itself meanwhile. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof Conflict)) throw error;
}

/** Somebody takes care: reminders stop. Again, or by another person, changes nothing. @throws NotFound, Conflict */
export async function acknowledge(
  ctx: Context,
  ref: DeadlineRef,
  actor: string,
  text?: string,
): Promise<Deadline> {
  const at = ctx.now();
  const { deadline, isNew } = await untilSaved(`breach ${deadlineId(ref)}`, async () => {
    const current = await breached(ctx, ref);
    const breach = openBreach(current);
    if (!breach) throw new Conflict(`the breach is ${current.breach?.status ?? 'gone'}, not open`);
    if (breach.acknowledged) return { deadline: current, isNew: false };
    const acknowledged = { ...breach, acknowledged: { by: actor, at } };
    const saved = await ctx.deadlines.save({ ...current, breach: acknowledged });
    return saved && { deadline: saved, isNew: true };
  });
  if (isNew) await ctx.timeline.add(ref, { kind: 'acknowledged', at, actor, text: text ?? '' });
  return deadline;
}

/** Adds a note to the timeline of a deadline. @throws NotFound */
export async function note(ctx: Context, ref: DeadlineRef, actor: string, text: string): Promise<void> {
  if (!(await ctx.deadlines.get(ref))) throw notFound(ref);
  await ctx.timeline.add(ref, { kind: 'note', at: ctx.now(), actor, text });
}

async function breached(ctx: Context, ref: DeadlineRef): Promise<Deadline> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline?.breach) throw notFound(ref);
  return deadline;
}

function notFound(ref: DeadlineRef): NotFound {
  return new NotFound(`expectation ${ref.expectation} has no breach ${deadlineId(ref)}`);
}
