import { MINUTE, type Milliseconds } from '../core/time.ts';
import type { Context } from './ports.ts';

/** What is overdue by more than this when a sweep has ended was not done by it: two sweeps on AWS. */
export const BOUND: Milliseconds = 10 * MINUTE;

/**
 * Tells a monitor elsewhere that nothing is left undone. It is called after a sweep that ended well.
 * @param tell sends the heartbeat
 * @returns whether it was sent
 */
export async function heartbeat(
  { todos, now, log }: Pick<Context, 'todos' | 'now' | 'log'>,
  tell: () => Promise<void>,
): Promise<boolean> {
  const until = now() - BOUND;
  const shards = Array.from({ length: todos.shards }, (_, shard) => shard);
  const late = await Promise.all(shards.map((shard) => todos.due(shard, until, 1)));
  const undone = late.flat();
  if (undone.length > 0) {
    log.warn('no heartbeat: something was left undone', { shards: undone.length, first: undone[0] });
    return false;
  }
  await tell();
  return true;
}
