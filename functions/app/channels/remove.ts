import { Conflict, NotFound } from '../errors.ts';
import type { Context } from '../ports.ts';

const PAGE = 200;
const MOST_NAMED = 10;

/** @throws Conflict while expectations name the channel, NotFound */
export async function removeChannel(ctx: Context, team: string, name: string): Promise<void> {
  const users = await usersOf(ctx, team, name);
  if (users.length > 0) {
    const named = users.slice(0, MOST_NAMED).join(', ');
    const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : '';
    throw new Conflict(`channel ${name} is named by ${named}${more}: take it out of their notify first`);
  }
  if (!(await ctx.channels.remove(team, name))) throw new NotFound(`team ${team} has no channel ${name}`);
}

async function usersOf(ctx: Context, team: string, name: string): Promise<string[]> {
  const users: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ctx.registrations.list(team, { limit: PAGE, cursor });
    const naming = page.items.filter(
      ({ status, expectation }) => status !== 'deleted' && expectation.notify.includes(name),
    );
    users.push(...naming.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return users;
}
