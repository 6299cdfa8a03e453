import type { Principal } from '../access.ts';
import { NotFound } from '../errors.ts';
import type { Context, Team } from '../ports.ts';

/** The teams that the principal may see: its own, and for operators all. */
export async function visibleTeams(ctx: Context, principal: Principal): Promise<Team[]> {
  if (principal.team === '*') return ctx.teams.list();
  const own = await ctx.teams.get(principal.team);
  return own ? [own] : [];
}

/** @throws NotFound */
export async function readTeam(ctx: Pick<Context, 'teams'>, id: string): Promise<Team> {
  const team = await ctx.teams.get(id);
  if (!team) throw new NotFound(`there is no team ${id}; an operator creates it`);
  return team;
}
