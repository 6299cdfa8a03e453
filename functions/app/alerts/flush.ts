import type { Message } from '../../core/alert.ts';
import { retryDelay } from '../../core/backoff.ts';
import { fullId } from '../../core/deadline.ts';
import { HOUR, SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import type { ChannelState, Context } from '../ports.ts';
import { DeliveryFailed } from '../errors.ts';
import { trackRecord } from '../deadlines/track-record.ts';
import { RefusedAlerts, type Entry } from './refused.ts';

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

export type Flushed = 'empty' | 'busy' | 'waiting' | 'out-of-time';

/**
 * Sends what waits for one channel: sealed under an id, sent, marked, until nothing is left. One flush at a time has
 * the channel; a failure postpones this channel and no other. What is refused for what it says is tried in smaller parts,
 * until the alert that is refused stands alone: it is given up once the channel takes others, and holds up none.
 * @param until when to stop even if something is left (epoch ms)
 */
export async function flush(ctx: Context, team: string, channel: string, until: Instant): Promise<Flushed> {
  const leased = await lease(ctx, team, channel);
  if (typeof leased === 'string') return leased;
  const refused = new RefusedAlerts(leased.failures);
  let state = leased;
  for (;;) {
    const sealed = await seal(ctx, state, refused);
    if (!sealed) {
      const { last, entries } = refused;
      if (last) return postpone(ctx, { ...state, allRefusedAt: state.nudges }, entries, last.failure);
      if (await ctx.alerts.settle(state)) return 'empty';
      state = await ctx.alerts.state(team, channel);
      continue;
    }
    const sent = await sendSealed(ctx, sealed.state, sealed.entries);
    if (sent.failure && !sent.failure.isRefusal)
      return postpone(ctx, sealed.state, sealed.entries, sent.failure);
    if (sent.failure) state = await divide(ctx, sealed.state, sent.fresh, sent.failure, refused);
    else {
      if (sent.fresh.length > 0) refused.taken();
      const well = { batch: undefined, failures: 0, failingSince: undefined, lastProblem: undefined };
      state = await keep(ctx, { ...sealed.state, ...well });
    }
    if (await giveUp(ctx, state, refused)) state = { ...state, batch: undefined };
    if (refused.isChannel && refused.last) return postpone(ctx, state, refused.entries, refused.last.failure);
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
  const { allRefusedAt = Infinity, nudges } = state;
  if ((state.notBefore ?? 0) > now && nudges <= allRefusedAt) return 'waiting';
  const free = { notBefore: undefined, allRefusedAt: undefined };
  return (await ctx.alerts.saveState({ ...state, ...free, leaseUntil: now + LEASE })) ?? 'busy';
}

/** What is to be sent under one id: what a crash left sealed, or else the oldest that wait and are not refused. */
async function seal(
  ctx: Context,
  state: ChannelState,
  refused: RefusedAlerts,
): Promise<{ state: ChannelState; entries: Entry[] } | undefined> {
  const { team, channel, batch } = state;
  if (batch && !batch.keys.some((key) => refused.has(key))) {
    const entries = await ctx.alerts.load(team, channel, batch.keys);
    return { state: await keep(ctx, state), entries };
  }
  const oldest = await ctx.alerts.oldest(team, channel, MOST_IN_ONE + refused.entries.length);
  const entries = refused.next(oldest).slice(0, MOST_IN_ONE);
  if (entries.length === 0) return undefined;
  return { state: await keep(ctx, { ...state, batch: sealedOf(ctx, entries) }), entries };
}

function sealedOf(ctx: Context, entries: readonly Entry[]): ChannelState['batch'] {
  return { id: ctx.secrets.random(12), keys: entries.map(({ key }) => key) };
}

/** @returns what was not sent before, and why it could not be sent now, if it could not */
async function sendSealed(
  ctx: Context,
  { team, channel, batch }: ChannelState,
  entries: Entry[],
): Promise<{ fresh: Entry[]; failure?: DeliveryFailed }> {
  const id = batch?.id ?? '';
  const sent = await ctx.alerts.delivered(entries.map(({ queued }) => queued));
  const fresh = entries.filter((_, index) => !sent[index]);
  const target = await ctx.channels.get(team, channel);
  if (fresh.length > 0) {
    if (!target) return { fresh, failure: new DeliveryFailed(`team ${team} has no channel ${channel}`) };
    try {
      await ctx.senders.send(target.target, await messageOf(ctx, { id, team, channel }, fresh));
    } catch (error) {
      return { fresh, failure: error instanceof DeliveryFailed ? error : new DeliveryFailed(String(error)) };
    }
  }
  await ctx.alerts.mark(entries, { at: ctx.now(), status: 'delivered', attempts: 1, message: id });
  ctx.metrics.count('delivered', fresh.length);
  ctx.log.info('delivered', { team, channel, messageId: id, deadlines: deadlinesOf(fresh) });
  return { fresh };
}

/** Seals the first half of what was refused; one that was refused alone is passed over from now on. */
async function divide(
  ctx: Context,
  state: ChannelState,
  entries: readonly Entry[],
  failure: DeliveryFailed,
  refused: RefusedAlerts,
): Promise<ChannelState> {
  noteFailure(ctx, state, entries, failure);
  const [entry, ...others] = entries;
  if (entry && others.length === 0) {
    refused.add({ entry, message: state.batch?.id ?? '', failure });
    return state;
  }
  refused.suspect(entries);
  const half = entries.slice(0, Math.ceil(entries.length / 2));
  return keep(ctx, { ...state, batch: sealedOf(ctx, half) });
}

/** Gives up what the channel refuses while it takes others. @returns whether there was any */
async function giveUp(
  ctx: Context,
  { team, channel, failures }: ChannelState,
  refused: RefusedAlerts,
): Promise<boolean> {
  const proven = refused.proven();
  for (const { entry, message, failure } of proven) {
    const { message: problem } = failure;
    const outcome = { at: ctx.now(), attempts: failures + 1, message, problem };
    await ctx.alerts.mark([entry], { ...outcome, status: 'failed' });
    ctx.metrics.count('givenUp');
    ctx.log.warn('alert given up', { team, channel, problem, deadlines: deadlinesOf([entry]) });
  }
  return proven.length > 0;
}

function noteFailure(
  ctx: Context,
  { team, channel, failures }: ChannelState,
  entries: readonly Entry[],
  { message: problem }: DeliveryFailed,
): void {
  const facts = { team, channel, failures: failures + 1, problem, deadlines: deadlinesOf(entries) };
  ctx.log.warn('delivery failed', facts);
  ctx.metrics.count('deliveryFailed');
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
  failure: DeliveryFailed,
): Promise<Flushed> {
  const { message: problem, retryAfter = 0 } = failure;
  const { team, channel, batch } = state;
  const now = ctx.now();
  const failures = state.failures + 1;
  // Of a refusal each part was noted.
  if (!failure.isRefusal) noteFailure(ctx, state, entries, failure);
  const outcome = { at: now, attempts: failures, message: batch?.id ?? '', problem };
  const { failingSince = now } = state;
  // What was handed over late, as after an outage of ours, has not been tried for as long as it is old.
  const isHopeless = ({ queued: { alert } }: Entry) => now - Math.max(alert.at, failingSince) > PATIENCE;
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
    failingSince,
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
