import { z } from 'zod';
import { Transition, type DeadlineRef } from '../../core/deadline.ts';
import type { Timeline, TimelineEntry } from '../../app/ports.ts';
import { digest, expectationPk, padded, sortable, timelinePrefix, type Key } from '../table.ts';
import { expiry } from './expiry.ts';
import { all, beginningWith, parseItem, putItem, queryItems, type Item, type Store } from './store.ts';

export const Delivery = z.object({
  kind: z.literal('delivery'),
  seq: z.int(),
  channel: z.string(),
  at: z.int(),
  status: z.enum(['delivered', 'retrying', 'failed']),
  attempts: z.int(),
  message: z.string(),
  problem: z.string().optional(),
});

const Entry: z.ZodType<TimelineEntry> = z.discriminatedUnion('kind', [
  Transition.extend({ kind: z.literal('transition') }),
  z.object({
    kind: z.enum(['note', 'acknowledged']),
    at: z.int(),
    actor: z.string(),
    text: z.string(),
  }),
  Delivery,
]);

/** What happened to a deadline: transitions, their deliveries, and what people said. The same entry again is one entry. */
export function timeline(store: Store): Timeline {
  return {
    async add(ref, entry) {
      await putItem(store, entryItem(store, ref, entry));
    },
    of: (ref) => entriesOf(store, ref),
  };
}

export function entryItem(store: Store, ref: DeadlineRef, entry: TimelineEntry): Key & Item {
  const pk = expectationPk({ team: ref.team, id: ref.expectation });
  return { pk, sk: `${timelinePrefix(ref)}${nameOf(entry)}`, ...entry, ...expiry(store, entry.at) };
}

/** The delivery of a transition to a channel has one entry, which tells how it stands. */
function nameOf(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'transition':
      return padded(entry.seq);
    case 'delivery':
      return deliveryName(entry);
    case 'note':
    case 'acknowledged':
      return `N#${sortable(entry.at)}#${entry.kind}#${digest(`${entry.actor} ${entry.text}`)}`;
  }
}

export function deliveryKey(ref: DeadlineRef, delivery: { seq: number; channel: string }): Key {
  const pk = expectationPk({ team: ref.team, id: ref.expectation });
  return { pk, sk: `${timelinePrefix(ref)}${deliveryName(delivery)}` };
}

function deliveryName({ seq, channel }: { seq: number; channel: string }): string {
  return `${padded(seq)}#${channel}`;
}

/** In order of time. Transitions and their deliveries come before notes of the same instant, as they are stored. */
async function entriesOf(store: Store, ref: DeadlineRef): Promise<TimelineEntry[]> {
  const { pk } = deliveryKey(ref, { seq: 0, channel: '' });
  const items = await all(queryItems(store, beginningWith(pk, timelinePrefix(ref))));
  return items.map((item) => parseItem(Entry, item)).sort((a, b) => a.at - b.at);
}
