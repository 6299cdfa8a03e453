import type { Mute } from '../../core/mute.ts';
import { DAY, toIso, type Instant } from '../../core/time.ts';
import { Conflict, Invalid } from '../errors.ts';
import type { Context } from '../ports.ts';
import { readTeam } from '../teams/read.ts';
import { untilSaved } from '../until-saved.ts';

/** Mutes of one team that are not over. */
const MOST_MUTES = 100;

/** A forgotten mute ends all the same. */
const LONGEST = 366 * DAY;

/** What is over is kept for so long, so that ending it once more finishes what a crash left. */
export const KEPT = DAY;

export interface NewMute extends Pick<Mute, 'expectations' | 'by' | 'why'> {
  /** Now when absent (epoch ms). */
  from?: Instant | undefined;
  until: Instant;
}

/** Nothing is told from one instant to another. @throws NotFound when there is no such team, Invalid, Conflict when the team has too many */
export async function mute(ctx: Context, team: string, wanted: NewMute): Promise<Mute> {
  await readTeam(ctx, team);
  const now = ctx.now();
  const { from = now, until, ...rest } = wanted;
  demandLength(from, until, now);
  const one: Mute = { ...rest, id: ctx.secrets.random(9), from, until };
  return untilSaved(`mutes of team ${team}`, async () => {
    const { mutes, version } = await ctx.mutes.get(team);
    const kept = mutes.filter((other) => other.until > now - KEPT);
    if (kept.filter((other) => other.until > now).length >= MOST_MUTES)
      throw new Conflict(`team ${team} has ${MOST_MUTES} mutes that are not over: end one first`);
    return (await ctx.mutes.save(team, { mutes: [...kept, one], version })) ? one : undefined;
  });
}

function demandLength(from: Instant, until: Instant, now: Instant): void {
  const earliest = Math.max(from, now);
  if (until > earliest && until - from <= LONGEST) return;
  const message = `must be after ${toIso(earliest)}, and 366 days after from at most`;
  throw new Invalid('1 field is not valid', [{ field: 'until', message, given: toIso(until) }]);
}
