import type { AlertQueue, ChannelState, QueuedAlert, TimelineEntry } from '../../../functions/app/ports.ts';
import type { DeadlineRef, Transition } from '../../../functions/core/deadline.ts';
import type { Instant } from '../../../functions/core/time.ts';
import { keyOfDeadline } from './deadlines.ts';
import type { MemoryTimeline } from './evidence.ts';
import { keyOf, Table } from './table.ts';

interface Queued {
  key: string;
  queued: QueuedAlert;
  status: 'waiting' | 'delivered' | 'failed';
}

/** `pending` is the instant of the nudge that is not worked off yet. */
type State = ChannelState & { pending?: Instant | undefined };

type Entry = { key: string; queued: QueuedAlert };
type Outcome = Omit<Extract<TimelineEntry, { kind: 'delivery' }>, 'kind' | 'seq' | 'channel'>;

/** The queues of the channels in memory. Nudges are counted apart: they never make a save fail, and no save undoes one. */
export class MemoryAlerts implements AlertQueue {
  readonly #queue = new Table<Queued>();
  /** What is in nobody's hands yet, by channel. */
  readonly #waiting = new Table<Queued>(({ queued }) => keyOf(queued.deadline.team, queued.channel));
  readonly #states = new Table<State>();
  readonly #timeline: MemoryTimeline;
  readonly #now: () => Instant;

  constructor(timeline: MemoryTimeline, now: () => Instant) {
    this.#timeline = timeline;
    this.#now = now;
  }

  async enqueue(
    deadline: DeadlineRef,
    transitions: readonly Transition[],
    alerts: readonly QueuedAlert[],
  ): Promise<void> {
    await Promise.resolve();
    for (const transition of transitions) this.#timeline.put(deadline, { kind: 'transition', ...transition });
    for (const queued of alerts) {
      const key = keyOfAlert(queued);
      const fresh = { key, queued, status: 'waiting' as const };
      if (this.#queue.insert(key, fresh)) this.#waiting.put(key, fresh);
    }
  }

  async nudge(team: string, channels: readonly string[]): Promise<void> {
    await Promise.resolve();
    for (const channel of channels) {
      const state = this.#state(team, channel);
      const pending = state.pending ?? this.#now();
      this.#states.put(keyOf(team, channel), { ...state, nudges: state.nudges + 1, pending });
    }
  }

  async state(team: string, channel: string): Promise<ChannelState> {
    await Promise.resolve();
    return withoutPending(this.#state(team, channel));
  }

  async saveState(next: ChannelState): Promise<ChannelState | undefined> {
    await Promise.resolve();
    const { version, nudges, pending } = this.#state(next.team, next.channel);
    if (version !== next.version) return undefined;
    const saved = { ...next, version: version + 1, nudges };
    this.#states.put(keyOf(next.team, next.channel), { ...saved, pending });
    return this.state(next.team, next.channel);
  }

  async settle({ team, channel, nudges, version }: ChannelState): Promise<boolean> {
    await Promise.resolve();
    const current = this.#state(team, channel);
    if (current.nudges !== nudges || current.version !== version) return false;
    const { leaseUntil: _lease, batch: _batch, pending: _pending, failingSince: _since, ...rest } = current;
    this.#states.put(keyOf(team, channel), { ...rest, version: version + 1 });
    return true;
  }

  async oldest(team: string, channel: string, limit: number): Promise<Entry[]> {
    await Promise.resolve();
    return this.waiting(team, channel).slice(0, limit);
  }

  async load(team: string, channel: string, keys: readonly string[]): Promise<Entry[]> {
    await Promise.resolve();
    return keys
      .flatMap((key) => this.#queue.get(key) ?? [])
      .filter(({ queued }) => queued.channel === channel && queued.deadline.team === team)
      .map(({ key, queued }) => ({ key, queued }));
  }

  async delivered(queued: readonly QueuedAlert[]): Promise<boolean[]> {
    await Promise.resolve();
    return queued.map((one) => this.#queue.get(keyOfAlert(one))?.status === 'delivered');
  }

  async mark(entries: readonly Entry[], outcome: Outcome): Promise<void> {
    await Promise.resolve();
    for (const { key, queued } of entries) {
      const status = outcome.status === 'retrying' ? 'waiting' : outcome.status;
      if (this.#queue.get(key)?.status === 'delivered') continue;
      this.#queue.put(key, { key, queued, status });
      if (status !== 'waiting') this.#waiting.remove(key);
      const { seq, channel, deadline } = queued;
      this.#timeline.put(deadline, { kind: 'delivery', seq, channel, ...outcome });
    }
  }

  /** What a channel has not been sent, the oldest first. */
  waiting(team: string, channel: string): Entry[] {
    return this.#waiting
      .of(keyOf(team, channel))
      .toSorted((a, b) => a.queued.alert.at - b.queued.alert.at || (a.key < b.key ? -1 : 1))
      .map(({ key, queued }) => ({ key, queued }));
  }

  /** Channels with work, and when it is time for it: not before a lease or a pause ends. */
  due(): { team: string; channel: string; at: Instant }[] {
    return this.#states
      .all()
      .flatMap(({ team, channel, pending, notBefore, leaseUntil }) =>
        pending === undefined
          ? []
          : [{ team, channel, at: Math.max(pending, notBefore ?? 0, leaseUntil ?? 0) }],
      );
  }

  #state(team: string, channel: string): State {
    const none = { team, channel, failures: 0, nudges: 0, version: 0 };
    return this.#states.get(keyOf(team, channel)) ?? none;
  }
}

function withoutPending({ pending: _pending, ...state }: State): ChannelState {
  return state;
}

function keyOfAlert({ deadline, seq, channel }: QueuedAlert): string {
  return keyOf(keyOfDeadline(deadline), seq, channel);
}
