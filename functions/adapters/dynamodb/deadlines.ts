import { z } from 'zod';
import { actAt, Deadline, isOfRun, type DeadlineRef } from '../../core/deadline.ts';
import { Registration } from '../../core/registration.ts';
import type { Deadlines } from '../../app/ports.ts';
import {
  breachAttributes,
  deadlineKey,
  expectationPk,
  headSk,
  signpostKey,
  todoAttributes,
  type Key,
} from '../table.ts';
import { readInOrder } from './batch.ts';
import { breachesPage } from './breaches.ts';
import { deadlinesBetween, deadlinesPage } from './deadlines-by-time.ts';
import { expiry } from './expiry.ts';
import { deleteItem, getItem, parseItem, putItem, updateItem, type Item, type Store } from './store.ts';
import { ifNew, ifVersion } from './version.ts';

/**
 * Deadlines, with verdict and breach on the same item. Each write is one conditional write of that item; what stands in
 * the indexes follows from what the deadline is.
 */
export function deadlines(store: Store): Deadlines {
  return {
    get: (ref) => getItem(store, deadlineKey(ref), Deadline),
    getWithRegistration: (ref) => getBoth(store, ref),
    async create(deadline) {
      await putSignpost(store, deadline);
      const first = { ...deadline, version: deadline.version + 1 };
      return (await putItem(store, itemOf(store, first), ifNew)) !== undefined;
    },
    save: (deadline) => save(store, deadline),
    touch: (ref) => touch(store, ref),
    between: (ref, query) => deadlinesBetween(store, ref, query),
    page: (ref, query, paging) => deadlinesPage(store, ref, query, paging),
    breaches: (query, paging) => breachesPage(store, query, paging),
  };
}

function itemOf(store: Store, deadline: Deadline): Key & Item {
  const key = deadlineKey(deadline);
  const next = actAt(deadline);
  return {
    ...{ ...key, ...deadline, ...todoAttributes(key, next), ...breachAttributes(key, deadline) },
    ...(next === undefined ? expiry(store, deadline.dueAt) : {}),
  };
}

async function getBoth(store: Store, ref: DeadlineRef) {
  const head = { pk: expectationPk({ team: ref.team, id: ref.expectation }), sk: headSk };
  const [deadline, registration] = await readInOrder(store, [deadlineKey(ref), head]);
  return {
    deadline: deadline && parseItem(Deadline, deadline),
    registration: registration && parseItem(Registration, registration),
  };
}

async function save(store: Store, deadline: Deadline): Promise<Deadline | undefined> {
  const next = { ...deadline, version: deadline.version + 1 };
  // A run is due when it is due: its signpost stands for ever where it was put first.
  const signpost = isOfRun(next) ? undefined : await putSignpost(store, next);
  const written = await putItem(store, itemOf(store, next), {
    ...ifVersion(deadline.version),
    ...(signpost ? { ReturnValues: 'ALL_OLD' } : {}),
  });
  if (!written) return undefined;
  if (written.before) await removeStaleSignpost(store, next, written.before);
  return next;
}

/** Before the deadline itself: one that leads nowhere is harmless, one that is missing hides the deadline. */
async function putSignpost(store: Store, deadline: Deadline): Promise<Key | undefined> {
  const signpost = signpostKey(deadline);
  if (signpost) await putItem(store, { ...signpost, ...expiry(store, deadline.dueAt) });
  return signpost;
}

const Moved = z.object({ dueAt: z.int() });

/** A dueAt never goes back, so that nobody puts up again what is taken down here. */
async function removeStaleSignpost(store: Store, next: Deadline, before: Item): Promise<void> {
  const { dueAt } = parseItem(Moved, before);
  const stale = signpostKey({ ...next, dueAt });
  if (dueAt !== next.dueAt && stale) await deleteItem(store, stale);
}

async function touch(store: Store, ref: DeadlineRef): Promise<Deadline | undefined> {
  const touched = await updateItem(store, deadlineKey(ref), {
    UpdateExpression: 'ADD #version :one',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':one': 1 },
    ReturnValues: 'ALL_NEW',
  });
  return touched && parseItem(Deadline, touched.item);
}
