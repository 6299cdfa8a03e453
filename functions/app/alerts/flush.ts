import type { Message } from '../../core/alert.ts';
import { retryDelay } from '../../core/backoff.ts';
import { fullId } from '../../core/deadline.ts';
import { HOUR, SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import type { ChannelState, Context, QueuedAlert } from '../ports.ts';
import { DeliveryFailed } from '../errors.ts';
import { trackRecord } from '../deadlines/track-record.ts';

/** Alerts of one message; what is more goes into the next. */
const MOST_IN_ONE = 500;

/** Messages with more alerts than this say nothing of the past: it costs a query each. */
const MOST_WITH_RECORD = 20;

/** A channel gets no two messages within this: what comes meanwhile is grouped. */
const BETWEEN_MESSAGES: Milliseconds = 2 * SECOND;

/** Longer than a send may take; extended with every write of the state. */
export const LEASE: Milliseconds = 30 * SECOND;

/** After this long without success an alert is given up, and the timeline of its breach says so. */
const PATIENCE: Milliseconds = 72 * HOUR;

type Entry = { key: string; queued: QueuedAlert };

export type Flushed = 'empty' | 'busy' | 'waiting' | 'out-of-time';

/**
 * Sends what waits for one channel: sealed under an id, sent, marked, until nothing is left. One flush at a time has
 * the channel; a failure postpones this channel and no other.
 * @param until when to stop even if something is left (epoch ms)
 */
export async function flush(ctx: Context, team: string, channel: string, until: Instant): Promise<Flushed> {
  const leased = await lease(ctx, team, channel);
  if (typeof leased === 'string') return leased;
  let state = leased;
  for (;;) {
    const sealed = await seal(ctx, state);
    if (!sealed) {
      if (await ctx.alerts.settle(state)) return 'empty';
      state = await ctx.alerts.state(team, channel);
      continue;
    }
    const { entries } = sealed;
    state = sealed.state;
    const failure = await sendSealed(ctx, state, entries);
    if (failure) return postpone(ctx, state, entries, failure);
    state = await keep(ctx, { ...state, batch: undefined, failures: 0, lastProblem: undefined });
    if (ctx.now() + BETWEEN_MESSAGES >= until) return release(ctx, state);
    await ctx.pause(BETWEEN_MESSAGES);
  }
}

async function lease(
  ctx: Context,
  team: string,
  channel: string,
): Promise<ChannelState | 'busy' | 'waiting'> {
  const state = await ctx.alerts.state(team, channel);
  const now = ctx.now();
  if ((state.leaseUntil ?? 0) > now) return 'busy';
  if ((state.notBefore ?? 0) > now) return 'waiting';
  return (await ctx.alerts.saveState({ ...state, leaseUntil: now + LEASE, notBefore: undefined })) ?? 'busy';
}

/** What is to be sent under one id: what a crash left sealed, or else the oldest that wait. */
async function seal(
  ctx: Context,
  state: ChannelState,
): Promise<{ state: ChannelState; entries: Entry[] } | undefined> {
  const { team, channel, batch } = state;
  if (batch) {
    const entries = await ctx.alerts.load(team, channel, batch.keys);
    return { state: await keep(ctx, state), entries };
  }
  const entries = await ctx.alerts.oldest(team, channel, MOST_IN_ONE);
  if (entries.length === 0) return undefined;
  const id = ctx.secrets.random(12);
  const sealed = {
    ...state,
    leaseUntil: ctx.now() + LEASE,
    batch: { id, keys: entries.map(({ key }) => key) },
  };
  return { state: await keep(ctx, sealed), entries };
}

/** @returns why it could not be sent; undefined when it was */
async function sendSealed(
  ctx: Context,
  { team, channel, batch }: ChannelState,
  entries: Entry[],
): Promise<DeliveryFailed | undefined> {
  const id = batch?.id ?? '';
  const sent = await ctx.alerts.delivered(entries.map(({ queued }) => queued));
  const fresh = entries.filter((_, index) => !sent[index]);
  const target = await ctx.channels.get(team, channel);
  if (fresh.length > 0) {
    if (!target) return new DeliveryFailed(`team ${team} has no channel ${channel}`);
    try {
      await ctx.senders.send(target.target, await messageOf(ctx, { id, team, channel }, fresh));
    } catch (error) {
      return error instanceof DeliveryFailed ? error : new DeliveryFailed(String(error));
    }
  }
  await ctx.alerts.mark(entries, { at: ctx.now(), status: 'delivered', attempts: 1, message: id });
  ctx.metrics.count('delivered', fresh.length);
  ctx.log.info('delivered', { team, channel, messageId: id, deadlines: deadlinesOf(fresh) });
  return undefined;
}

function deadlinesOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.map(({ queued }) => fullId(queued.deadline)))];
}

async function messageOf(ctx: Context, head: Omit<Message, 'alerts'>, entries: Entry[]): Promise<Message> {
  const withRecord = entries.length <= MOST_WITH_RECORD;
  const alerts = entries.map(async ({ queued: { alert, deadline } }) =>
    withRecord ? { ...alert, record: await trackRecord(ctx, deadline, alert.dueAt) } : alert,
  );
  return { ...head, alerts: await Promise.all(alerts) };
}

async function postpone(
  ctx: Context,
  state: ChannelState,
  entries: Entry[],
  { message: problem, retryAfter = 0 }: DeliveryFailed,
): Promise<Flushed> {
  const { team, channel, batch } = state;
  const now = ctx.now();
  const failures = state.failures + 1;
  ctx.log.warn('delivery failed', { team, channel, failures, problem, deadlines: deadlinesOf(entries) });
  ctx.metrics.count('deliveryFailed');
  const outcome = { at: now, attempts: failures, message: batch?.id ?? '', problem };
  const isHopeless = ({ queued: { alert } }: Entry) => now - alert.at > PATIENCE;
  const hopeless = entries.filter(isHopeless);
  if (hopeless.length > 0) {
    ctx.metrics.count('givenUp', hopeless.length);
    await ctx.alerts.mark(hopeless, { ...outcome, status: 'failed' });
  }
  const others = entries.filter((entry) => !isHopeless(entry));
  if (others.length > 0) await ctx.alerts.mark(others, { ...outcome, status: 'retrying' });
  const delay = Math.max(retryAfter, retryDelay(failures, ctx.random()));
  await write(ctx, {
    ...state,
    ...(hopeless.length > 0 ? { batch: undefined } : {}),
    failures,
    lastProblem: problem,
    leaseUntil: undefined,
    notBefore: now + delay,
  });
  await ctx.nudges.send(team, [channel], delay);
  return 'waiting';
}

async function release(ctx: Context, state: ChannelState): Promise<Flushed> {
  await write(ctx, { ...state, leaseUntil: undefined });
  await ctx.nudges.send(state.team, [state.channel], BETWEEN_MESSAGES);
  return 'out-of-time';
}

function keep(ctx: Context, state: ChannelState): Promise<ChannelState> {
  return write(ctx, { ...state, leaseUntil: ctx.now() + LEASE });
}

async function write(ctx: Context, state: ChannelState): Promise<ChannelState> {
  const saved = await ctx.alerts.saveState(state);
  if (!saved) throw new Error(`the lease of channel ${state.team}/${state.channel} was lost`);
  return saved;
}
