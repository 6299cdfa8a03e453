import { newApiKey, type Principal } from '../access.ts';
import { Invalid } from '../errors.ts';
import type { ApiKey, Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';

/** Makes an API key. @returns the only copy of it @throws Invalid when there is no such team */
export async function createKey(
  ctx: Context,
  wanted: Pick<ApiKey, 'team' | 'role' | 'name'>,
  { actor }: Principal,
): Promise<{ record: ApiKey; key: string }> {
  const { team } = wanted;
  if (team !== '*' && !(await ctx.teams.get(team))) {
    const message = 'must be a team that exists, or * for operators';
    throw new Invalid('1 field is not valid', [{ field: 'team', message, given: team }]);
  }
  return untilSaved('a new API key', async () => {
    const made = newApiKey(ctx, { ...wanted, createdBy: actor });
    return (await ctx.apiKeys.create(made.record)) ? made : undefined;
  });
}
