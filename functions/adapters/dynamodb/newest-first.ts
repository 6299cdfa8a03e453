import type { Deadline } from '../../core/deadline.ts';
import type { Page } from '../../app/ports.ts';
import { cursorAfter } from './cursor.ts';

/** A place in a listing, newest first: positions compare as strings. Its deadline is absent when it is no longer there. */
export interface Candidate {
  position: string;
  deadline: Deadline | undefined;
  /** Its key alone told that it is not wanted: the deadline was not read. */
  ruledOut?: boolean;
}

/** What one page reads at most, in deadlines: a filter that lets nothing through ends in a short page with a cursor. */
const MOST_READ = 2000;

/** Reading a key from an index costs this much of reading a deadline. */
const KEY = 0.1;

/** Streams that are each newest first as one. All are asked for their first entry at once. */
export async function* mergeNewest<T extends { position: string }>(
  streams: readonly AsyncGenerator<T, void>[],
): AsyncGenerator<T, void> {
  const heads = await Promise.all(streams.map(async (stream) => ({ stream, next: await stream.next() })));
  for (;;) {
    const waiting = heads.flatMap((head) => (head.next.done ? [] : { head, value: head.next.value }));
    if (waiting.length === 0) return;
    const { head, value } = waiting.reduce((a, b) => (b.value.position > a.value.position ? b : a));
    yield value;
    head.next = await head.stream.next();
  }
}

/** A page of what is accepted; its cursor is the position of the last entry that was read. */
export async function fillPage(
  candidates: AsyncIterable<Candidate>,
  { query, limit, accepts }: { query: object; limit: number; accepts: (deadline: Deadline) => boolean },
): Promise<Page<Deadline>> {
  const items: Deadline[] = [];
  let read = 0;
  let last: string | undefined;
  for await (const { position, deadline, ruledOut } of candidates) {
    const full = items.length === limit || read >= MOST_READ;
    if (full && last !== undefined) return { items, cursor: cursorAfter(query, last) };
    read += ruledOut ? KEY : 1;
    last = position;
    if (deadline && accepts(deadline)) items.push(deadline);
  }
  return { items };
}
