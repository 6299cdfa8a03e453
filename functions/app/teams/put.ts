import type { Context, Team } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** Creates the team, or replaces its title and its grants. Expectations that are registered already stay as they are. */
export async function putTeam(
  ctx: Context,
  id: string,
  { title, grants }: Pick<Team, 'title' | 'grants'>,
): Promise<{ team: Team; created: boolean }> {
  return untilSaved(`team ${id}`, async () => {
    const current = await ctx.teams.get(id);
    const { createdAt, version } = current ?? { createdAt: ctx.now(), version: 0 };
    const team = { id, ...(title === undefined ? {} : { title }), grants, createdAt, version };
    return (await ctx.teams.save(team)) ? { team, created: !current } : undefined;
  });
}
