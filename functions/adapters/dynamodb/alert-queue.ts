import { z } from 'zod';
import { Alert } from '../../core/alert.ts';
import { deadlineId, DeadlineRef, type Transition } from '../../core/deadline.ts';
import type { AlertQueue, QueuedAlert } from '../../app/ports.ts';
import { queuePk, sortable, type Key } from '../table.ts';
import { readInOrder, writeAll } from './batch.ts';
import { channelStates } from './channel-state.ts';
import { coalesced } from '../coalesce.ts';
import { beginningWith, keyOf, parseItem, queryItems, take, type Item, type Store } from './store.ts';
import { Delivery, deliveryKey, entryItem } from './timeline.ts';

const Queued: z.ZodType<QueuedAlert> = z.object({
  channel: z.string(),
  seq: z.int(),
  deadline: DeadlineRef,
  alert: Alert,
});

const PREFIX = 'A#';

type Entry = { key: string; queued: QueuedAlert };
type Outcome = Parameters<AlertQueue['mark']>[1];

/**
 * The queue of each channel: alerts by time, and the state of who sends them. An alert lies where its deadline and
 * transition say, so that it can be put there again; whether it was sent before is told by its delivery in the timeline.
 */
export function alertQueue(store: Store): AlertQueue {
  const states = channelStates(store);
  const nudge = coalesced((pk) => states.nudge(pk));
  return {
    enqueue: (deadline, transitions, alerts) => enqueue(store, deadline, transitions, alerts),
    async nudge(team, channels) {
      await Promise.all([...new Set(channels)].map((channel) => nudge(queuePk(team, channel))));
    },
    state: (team, channel) => states.state(team, channel),
    saveState: (next) => states.saveState(next),
    settle: (state) => states.settle(state),
    oldest: (team, channel, limit) => oldest(store, queuePk(team, channel), limit),
    load: (team, channel, keys) => load(store, queuePk(team, channel), keys),
    delivered: (queued) => delivered(store, queued),
    mark: (entries, outcome) => mark(store, entries, outcome),
  };
}

async function enqueue(
  store: Store,
  deadline: DeadlineRef,
  transitions: readonly Transition[],
  alerts: readonly QueuedAlert[],
): Promise<void> {
  const history = transitions.map((transition) =>
    entryItem(store, deadline, { kind: 'transition', ...transition }),
  );
  const queue = alerts.map((queued) => ({ ...alertKey(queued), ...queued }));
  await writeAll(
    store,
    [...history, ...queue].map((put) => ({ put })),
  );
}

function alertKey({ channel, seq, deadline, alert }: QueuedAlert): Key {
  const { team, expectation } = deadline;
  const sk = `${PREFIX}${sortable(alert.at)}#${expectation}#${deadlineId(deadline)}#${seq}`;
  return { pk: queuePk(team, channel), sk };
}

async function oldest(store: Store, pk: string, limit: number): Promise<Entry[]> {
  const items = queryItems(store, beginningWith(pk, PREFIX), { pageSize: limit });
  return (await take(items, limit)).map(entryOf);
}

/** In the order of the keys, without those that have left the queue. */
async function load(store: Store, pk: string, keys: readonly string[]): Promise<Entry[]> {
  const items = await readInOrder(
    store,
    keys.map((sk) => ({ pk, sk })),
  );
  return items.filter((item) => item !== undefined).map(entryOf);
}

function entryOf(item: Item): Entry {
  return { key: keyOf(item).sk, queued: parseItem(Queued, item) };
}

async function delivered(store: Store, queued: readonly QueuedAlert[]): Promise<boolean[]> {
  const records = await readInOrder(
    store,
    queued.map((one) => deliveryKey(one.deadline, one)),
  );
  return records.map((item) => item !== undefined && parseItem(Delivery, item).status === 'delivered');
}

/** First the records, then the queue: a crash between the two leaves alerts that are known to be delivered. */
async function mark(store: Store, entries: readonly Entry[], outcome: Outcome): Promise<void> {
  const records = entries.map(({ queued: { deadline, seq, channel } }) =>
    entryItem(store, deadline, { kind: 'delivery', seq, channel, ...outcome }),
  );
  await writeAll(
    store,
    records.map((put) => ({ put })),
  );
  if (outcome.status === 'retrying') return;
  await writeAll(
    store,
    entries.map(({ queued }) => ({ remove: alertKey(queued) })),
  );
}
