import type { ChannelTarget } from '../../core/channel.ts';
import { Invalid } from '../errors.ts';
import type { Channel, Context } from '../ports.ts';
import { readTeam } from '../teams/read.ts';

export interface PutChannel {
  channel: Channel;
  created: boolean;
  /** The key of a webhook's signature when it was made here: shown once. */
  secret?: string;
}

/**
 * Creates the channel, or replaces its target. A webhook without a secret keeps the one that it has, or is given one.
 * @throws NotFound when there is no such team, Invalid when this deployment cannot send to the target
 */
export async function putChannel(
  ctx: Context,
  team: string,
  name: string,
  target: ChannelTarget,
): Promise<PutChannel> {
  await readTeam(ctx, team);
  const problem = ctx.senders.problem(target);
  if (problem !== undefined) throw invalidTarget(problem);
  const current = await ctx.channels.get(team, name);
  const { signed, secret } = withSecret(ctx, target, current?.target);
  const channel = { team, name, target: signed, createdAt: current?.createdAt ?? ctx.now() };
  await ctx.channels.put(channel);
  if (current) await tryAgain(ctx, team, name);
  return { channel, created: !current, ...(secret === undefined ? {} : { secret }) };
}

/** The sender says `url must …` of an address, and a whole sentence of a type that it cannot do. */
function invalidTarget(problem: string): Invalid {
  const ofUrl = /^url (.*)$/s.exec(problem)?.[1];
  const fault =
    ofUrl === undefined
      ? { field: 'type', message: `cannot be used: ${problem}` }
      : { field: 'url', message: ofUrl };
  return new Invalid('1 field is not valid', [fault]);
}

function withSecret(
  ctx: Pick<Context, 'secrets'>,
  target: ChannelTarget,
  before: ChannelTarget | undefined,
): { signed: ChannelTarget; secret?: string } {
  if (target.type !== 'webhook' || target.secret !== undefined) return { signed: target };
  const known = before?.type === 'webhook' ? before.secret : undefined;
  if (known !== undefined) return { signed: { ...target, secret: known } };
  const secret = ctx.secrets.random(32);
  return { signed: { ...target, secret }, secret };
}

/** What waits because the old target failed is tried with the new one now, unless a send is under way. */
async function tryAgain(ctx: Context, team: string, name: string): Promise<void> {
  const state = await ctx.alerts.state(team, name);
  if (state.notBefore === undefined || (state.leaseUntil ?? 0) > ctx.now()) return;
  const saved = await ctx.alerts.saveState({ ...state, notBefore: undefined });
  if (saved) await ctx.nudges.send(team, [name]);
}
