import { Deadline, deadlineId, type Status } from '../../core/deadline.ts';
import { DAY, HOUR, offsetAt, type Instant, type Milliseconds } from '../../core/time.ts';
import { InvalidCursor } from '../../app/errors.ts';
import type { DeadlineQuery, DeadlinesAround, ExpectationRef, Page, Paging } from '../../app/ports.ts';
import {
  deadlineKey,
  expectationPk,
  isSignpostKey,
  LOCAL_REACH,
  nominal,
  readDeadlineKey,
  runPrefix,
  signpostKey,
  sortable,
} from '../table.ts';
import { readAll, readInOrder } from './batch.ts';
import { positionOf } from './cursor.ts';
import { fillPage, mergeNewest, type Candidate } from './newest-first.ts';
import { all, keyOf, parseItem, queryItems, take, type Item, type KeyRange, type Store } from './store.ts';

/** More than any clock is put forward or back. */
const CLOCK_CHANGE: Milliseconds = 3 * HOUR;

/** Sort keys at which deadlines of local times can lie whose dueAt is in the range. */
function localRange(ref: ExpectationRef, { from, to, timezone }: DeadlineQuery): KeyRange {
  const near = (at: Instant, reach: Milliseconds) =>
    timezone === undefined
      ? sortable(at + Math.sign(reach) * LOCAL_REACH)
      : sortable(at + offsetAt(at, timezone) + reach);
  const [first, last] = [near(from, -CLOCK_CHANGE), near(to, CLOCK_CHANGE)];
  return { pk: expectationPk(ref), from: `D#${first.slice(0, 16)}`, to: `D#${last}` };
}

/** Sort keys of deadlines of instants, and of signposts, in the range; `to` itself has more characters and is left out. */
function instantRange(ref: ExpectationRef, { from, to }: DeadlineQuery): KeyRange {
  return { pk: expectationPk(ref), from: `DI#${sortable(from)}`, to: `DI#${sortable(to)}` };
}

/** Sort keys of the signposts to deadlines of runs in the range. */
function runsRange(ref: ExpectationRef, { from, to }: DeadlineQuery): KeyRange {
  return { pk: expectationPk(ref), from: `DRI#${sortable(from)}`, to: `DRI#${sortable(to)}` };
}

/** More than the longest that a run may take. */
const LONGEST_RUN: Milliseconds = 32 * DAY;

/** Sort keys of the deadlines of one run; where ids come back, not those of all times. */
function ownRange(ref: ExpectationRef, { from, to }: DeadlineQuery, hash: string): KeyRange {
  const prefix = runPrefix(hash);
  return {
    pk: expectationPk(ref),
    from: prefix + sortable(from - LONGEST_RUN),
    to: prefix + sortable(to),
  };
}

function rangesOf(ref: ExpectationRef, query: DeadlinesAround): KeyRange[] {
  if (query.run !== undefined) return [ownRange(ref, query, query.run)];
  const byClock = [localRange(ref, query), instantRange(ref, query)];
  return query.without ? byClock : [...byClock, runsRange(ref, query)];
}

/** Deadlines with from <= dueAt < to, ascending by dueAt, by strongly consistent reads: see the port. */
export async function deadlinesBetween(
  store: Store,
  ref: ExpectationRef,
  query: DeadlinesAround,
): Promise<Deadline[]> {
  if (query.from >= query.to) return [];
  const ranges = rangesOf(ref, query);
  const items = (await Promise.all(ranges.map((range) => all(queryItems(store, range))))).flat();
  const here = items.filter((item) => !isSignpost(item));
  const elsewhere = items.filter(isSignpost).map((item) => deadlineKey(readDeadlineKey(keyOf(item))));
  // Last come counts: a deadline may be read twice, before and after it was moved.
  const found = [...here, ...(await readAll(store, elsewhere))].map((item) => parseItem(Deadline, item));
  const distinct = new Map(found.map((deadline) => [deadlineId(deadline), deadline]));
  return [...distinct.values()]
    .filter(({ dueAt }) => dueAt >= query.from && dueAt < query.to)
    .sort((a, b) => a.dueAt - b.dueAt || (deadlineId(a) < deadlineId(b) ? -1 : 1));
}

/** A page of the deadlines of a time range, newest first. A pending silence that moves on between two pages may be missed. */
export async function deadlinesPage(
  store: Store,
  ref: ExpectationRef,
  { from, to, status }: DeadlineQuery & { status?: Status | undefined },
  { limit, cursor }: Paging,
): Promise<Page<Deadline>> {
  const query = { deadlines: expectationPk(ref), from, to, status };
  const after = positionOf(query, cursor);
  const rest = { from, to: after === undefined ? to : Math.min(to, dueAtOf(after) + 1) };
  const streams = [
    localNewest(store, localRange(ref, rest), limit),
    instantsNewest(store, instantRange(ref, rest)),
    instantsNewest(store, runsRange(ref, rest)),
  ];
  const candidates = within(mergeNewest(streams), rest, after);
  return fillPage(candidates, {
    query,
    limit,
    accepts: (one) => status === undefined || one.status === status,
  });
}

async function* within(
  found: AsyncGenerator<Found, void>,
  { from, to }: DeadlineQuery,
  after = '\u{10FFFF}',
): AsyncGenerator<Candidate, void> {
  for await (const one of found) {
    const { dueAt } = one.deadline;
    if (dueAt >= from && dueAt < to && one.position < after) yield one;
  }
}

/** @throws InvalidCursor when the position is none of ours */
function dueAtOf(position: string): Instant {
  const dueAt = Date.parse(position.slice(0, position.indexOf('#')));
  if (Number.isNaN(dueAt)) throw new InvalidCursor();
  return dueAt;
}

type Found = Candidate & { deadline: Deadline };

function placed(deadline: Deadline): Found {
  return { position: `${sortable(deadline.dueAt)}#${deadlineId(deadline)}`, deadline };
}

/** Deadlines of local times by dueAt: each is kept back until nothing that is still to come can be due after it. */
async function* localNewest(store: Store, range: KeyRange, limit: number): AsyncGenerator<Found, void> {
  const kept: Found[] = [];
  for await (const item of queryItems(store, range, { newestFirst: true, pageSize: limit + 5 })) {
    const deadline = parseItem(Deadline, item);
    if (signpostKey(deadline)) continue;
    const latest = nominal(deadline.occurrence) + LOCAL_REACH;
    while (kept[0] && kept[0].deadline.dueAt > latest) yield* kept.splice(0, 1);
    const next = placed(deadline);
    const older = kept.findLastIndex(({ position }) => position > next.position) + 1;
    kept.splice(older, 0, next);
  }
  yield* kept;
}

const SIGNPOSTS_AT_ONCE = 50;

/** Deadlines of instants by dueAt: those of a grid lie there themselves, to the others a signpost leads. */
async function* instantsNewest(store: Store, range: KeyRange): AsyncGenerator<Found, void> {
  const items = queryItems(store, range, { newestFirst: true, pageSize: SIGNPOSTS_AT_ONCE });
  for (;;) {
    const some = await take(items, SIGNPOSTS_AT_ONCE);
    if (some.length === 0) return;
    const signposts = some.filter(isSignpost);
    const targets = await readInOrder(
      store,
      signposts.map((item) => deadlineKey(readDeadlineKey(keyOf(item)))),
    );
    const targetOf = new Map(signposts.map((signpost, index) => [signpost, targets[index]]));
    for (const item of some) {
      const deadline = standingAt(item, targetOf.get(item));
      if (deadline) yield placed(deadline);
    }
  }
}

/** The deadline whose place in time the item is, if it is one's. */
function standingAt(item: Item, target: Item | undefined): Deadline | undefined {
  if (!isSignpost(item)) {
    const deadline = parseItem(Deadline, item);
    return signpostKey(deadline) ? undefined : deadline;
  }
  const deadline = target && parseItem(Deadline, target);
  return deadline && signpostKey(deadline)?.sk === item['sk'] ? deadline : undefined;
}

function isSignpost(item: Item): boolean {
  return isSignpostKey(keyOf(item));
}
