import type { Principal } from '../access.ts';
import { NotFound } from '../errors.ts';
import type { Context } from '../ports.ts';

/** The key stops working. A key of another team is answered like one that does not exist. @throws NotFound */
export async function removeKey(ctx: Context, id: string, { team }: Principal): Promise<void> {
  const key = await ctx.apiKeys.get(id);
  if (!key || (team !== '*' && key.team !== team)) throw new NotFound(`there is no API key ${id}`);
  await ctx.apiKeys.remove(key);
}
