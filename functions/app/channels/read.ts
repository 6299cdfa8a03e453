import type { ChannelTarget } from '../../core/channel.ts';
import type { Instant } from '../../core/time.ts';
import { NotFound } from '../errors.ts';
import type { Channel, Context } from '../ports.ts';

/** A channel without what is secret about it. */
export interface ChannelView {
  team: string;
  name: string;
  type: ChannelTarget['type'];
  /** `e-mail to 2 recipients`: no addresses. */
  summary: string;
  createdAt: Instant;
  /** Sends in a row that failed, why the last one did, and when the next is tried. */
  failures: number;
  lastProblem?: string | undefined;
  notBefore?: Instant | undefined;
}

/** Every channel of the team, by name. */
export async function listChannels(ctx: Context, team: string): Promise<ChannelView[]> {
  const channels = await ctx.channels.list(team);
  return Promise.all(channels.map((channel) => viewOf(ctx, channel)));
}

/** @throws NotFound */
export async function readChannel(ctx: Context, team: string, name: string): Promise<ChannelView> {
  return viewOf(ctx, await existingChannel(ctx, team, name));
}

/** The channel with its target, to send to. @throws NotFound */
export async function existingChannel(
  ctx: Pick<Context, 'channels'>,
  team: string,
  name: string,
): Promise<Channel> {
  const channel = await ctx.channels.get(team, name);
  if (!channel) throw new NotFound(`team ${team} has no channel ${name}`);
  return channel;
}

/** What may be told of a channel. */
export async function viewOf(ctx: Pick<Context, 'alerts'>, channel: Channel): Promise<ChannelView> {
  const { team, name, target, createdAt } = channel;
  const { failures, lastProblem, notBefore } = await ctx.alerts.state(team, name);
  return {
    ...{ team, name, type: target.type, summary: summaryOf(target), createdAt, failures },
    ...(lastProblem === undefined ? {} : { lastProblem }),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

function summaryOf(target: ChannelTarget): string {
  switch (target.type) {
    case 'webhook':
      return 'webhook, signed';
    case 'slack':
      return 'Slack webhook';
    case 'email':
      return `e-mail to ${target.to.length} recipient${target.to.length === 1 ? '' : 's'}`;
    case 'sns':
      return 'SNS topic';
  }
}
