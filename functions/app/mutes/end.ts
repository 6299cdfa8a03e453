import { deadlineId, MISSED_AHEAD, openBreach, refOf, type Deadline } from '../../core/deadline.ts';
import { concerns, type Mute } from '../../core/mute.ts';
import { NotFound } from '../errors.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/**
 * Ends a mute now; what is open and was not told is told. Ending it again does again what a crash left undone.
 * @throws NotFound
 */
export async function endMute(ctx: Context, team: string, id: string): Promise<void> {
  const now = ctx.now();
  const ended = await untilSaved(`mute ${team}/${id}`, async () => {
    const { mutes, version } = await ctx.mutes.get(team);
    const mute = mutes.find((one) => one.id === id);
    if (!mute) throw new NotFound(`team ${team} has no mute ${id}`);
    if (mute.until <= now) return mute;
    const rest = mutes.map((one) => (one.id === id ? { ...one, until: now } : one));
    return (await ctx.mutes.save(team, { mutes: rest, version })) ? mute : undefined;
  });
  await wakeMuted(ctx, team, ended);
}

async function wakeMuted(ctx: Context, team: string, mute: Mute): Promise<void> {
  const open = { team, status: 'open' as const, from: 0, to: ctx.now() + MISSED_AHEAD };
  let cursor: string | undefined;
  do {
    const page = await ctx.deadlines.breaches(open, { limit: 100, cursor });
    for (const deadline of page.items.filter((one) => isMutedBy(one, mute))) await wake(ctx, deadline);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function isMutedBy(deadline: Deadline, mute: Mute): boolean {
  return openBreach(deadline)?.muted !== undefined && concerns(mute, deadline.expectation);
}

/** What must be done next is done now: by the execution that waits, or else by the sweep. */
async function wake(ctx: Context, deadline: Deadline): Promise<void> {
  const saved = await untilSaved(`breach ${deadlineId(deadline)}`, async () => {
    const current = await ctx.deadlines.get(refOf(deadline));
    const breach = current && openBreach(current);
    if (!current || !breach?.muted) return 'over';
    const muted = { ...breach.muted, until: ctx.now() };
    return ctx.deadlines.save({ ...current, breach: { ...breach, muted, nextActionAt: ctx.now() } });
  });
  if (saved !== 'over' && saved.breach?.taskToken !== undefined)
    await ctx.lifecycles.wake(saved.breach.taskToken);
}
