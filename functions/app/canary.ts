import { create } from './expectations/register.ts';
import { Conflict } from './errors.ts';
import { putChannel } from './channels/put.ts';
import { putTeam } from './teams/put.ts';
import type { Context } from './ports.ts';

/** A team of Overdue's own. */
export const CANARY_TEAM = 'overdue-canary';
const CHANNEL = 'canary';

/** Nobody ever checks in: it is missed twice a day, so that any day has at least one alert. */
const EXPECTATION = {
  id: 'never-met',
  team: CANARY_TEAM,
  title: 'Canary: meant to be missed, so that alerts are known to arrive',
  checkIn: {},
  due: { every: '12h' },
  giveUpAfter: '1h',
  severity: 'low',
  notify: [CHANNEL],
};

/** Registers the canary, or repairs it when somebody removed a part. Again is harmless. @param topicArn where its alerts go */
export async function keepCanary(ctx: Context, topicArn: string): Promise<void> {
  if (!(await ctx.teams.get(CANARY_TEAM))) await putTeam(ctx, CANARY_TEAM, { title: 'Canary', grants: [] });
  const channel = await ctx.channels.get(CANARY_TEAM, CHANNEL);
  if (channel?.target.type !== 'sns' || channel.target.topicArn !== topicArn)
    await putChannel(ctx, CANARY_TEAM, CHANNEL, { type: 'sns', topicArn });
  try {
    await create(ctx, EXPECTATION, { by: 'the stack' });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}
