import { close, elapse, looked, untilNextAction } from '../../core/breach.ts';
import { deadlineId, openBreach, type Deadline, type DeadlineRef } from '../../core/deadline.ts';
import type { Registration } from '../../core/registration.ts';
import { HOUR, SECOND, type Instant } from '../../core/time.ts';
import { handOver, tell } from '../alerts/tell.ts';
import { lookFor } from '../deadlines/sight.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { settle } from './settle.ts';

/** A lifecycle waits no longer than this at a time (embedded timers and tokens overflow after 24 days). */
const LONGEST_WAIT = 6 * HOUR;

/** A turn makes about a dozen history events, and an execution may have 25,000: it hands over long before. */
const MOST_TURNS = 1000;

export interface Lifecycle {
  deadline: DeadlineRef;
  generation: number;
  /** How often this execution has acted. */
  turn: number;
}

export type NextStep = { next: 'done' | 'wait'; seconds: number; turn: number };

/** Does what is due on an open breach: tells, looks, reminds, gives up. @returns how long to wait, in seconds */
export async function advance(
  ctx: Context,
  { deadline: ref, generation, turn }: Lifecycle,
): Promise<NextStep> {
  const done: NextStep = { next: 'done', seconds: 1, turn };
  // The judge has just looked; a lifecycle that was started again has not.
  if (turn > 0 || generation > 1) await lookAgain(ctx, ref, generation);
  const acted = await untilSaved(`deadline ${deadlineId(ref)}`, () => attempt(ctx, ref, generation));
  if (acted === 'replaced') return done;
  const current = acted.outbox.length > 0 ? ((await tell(ctx, ref)) ?? acted) : acted;
  const breach = openBreach(current);
  if (!breach) return done;
  if (turn >= MOST_TURNS) return restart(ctx, current, done);
  const pause = Math.min(breach.nextActionAt - ctx.now(), LONGEST_WAIT);
  return { next: 'wait', seconds: Math.max(1, Math.ceil(pause / SECOND)), turn: turn + 1 };
}

async function attempt(
  ctx: Context,
  ref: DeadlineRef,
  generation: number,
): Promise<Deadline | 'replaced' | undefined> {
  const { deadline, registration } = await ctx.deadlines.getWithRegistration(ref);
  if (!deadline || !registration || deadline.breach?.generation !== generation) return 'replaced';
  const told = deadline.outbox.length > 0 ? await handOver(ctx, deadline, registration) : deadline;
  return ctx.deadlines.save(pass(told, registration, ctx.now()));
}

function pass(deadline: Deadline, { expectation, status, changedBy }: Registration, now: Instant): Deadline {
  // What a deletion that was interrupted has not closed.
  if (status === 'deleted') return close(deadline, changedBy, now) ?? deadline;
  return untilNextAction(elapse(deadline, expectation, now));
}

/** For buckets that send no events, and for events that were lost. */
async function lookAgain(ctx: Context, ref: DeadlineRef, generation: number): Promise<void> {
  const deadline = await ctx.deadlines.get(ref);
  const breach = deadline && openBreach(deadline);
  if (!deadline || breach?.generation !== generation) return;
  const now = ctx.now();
  if ((breach.lookAt ?? Infinity) > now) {
    await settle(ctx, ref);
    return;
  }
  const look = await lookFor(ctx, deadline, now);
  await settle(ctx, ref, look);
  await untilSaved(`deadline ${deadlineId(ref)}`, async () => {
    const current = await ctx.deadlines.get(ref);
    return current && openBreach(current) ? ctx.deadlines.save(looked(current, now)) : 'over';
  });
}

/** Hands over to an execution of the next generation. */
export async function restart(ctx: Context, deadline: Deadline, done: NextStep): Promise<NextStep> {
  const breach = openBreach(deadline);
  if (!breach) return done;
  const next = { ...breach, generation: breach.generation + 1, nextActionAt: ctx.now() };
  const { team, expectation, occurrence, rev } = deadline;
  const saved = await ctx.deadlines.save({ ...deadline, breach: next });
  // A lost race means that somebody else acted on the breach; the sweep comes back to it if nobody did.
  if (saved) await ctx.lifecycles.start({ team, expectation, occurrence, rev }, next.generation);
  return done;
}
