import type { Instant } from '../../core/time.ts';
import type { Log, Todo, Todos } from '../../app/ports.ts';
import { MalformedKey, readTodoKey, sortable, TODO_SHARDS, todoShard, type Key } from '../table.ts';
import { keyOf, queryItems, take, type Store } from './store.ts';

/**
 * What has something to do, by the todo index: oldest first. The index lags: what it shows may be done already, and
 * what it does not show yet is shown next time. Whoever works on it reads the item by its key. A key of unknown form is
 * an error in the log and keeps nobody else waiting.
 */
export function todos(store: Store, log: Pick<Log, 'error'>): Todos {
  return {
    shards: TODO_SHARDS,
    async due(shard, until, limit) {
      const keys = await keysDue(store, shard, until, limit);
      return keys.flatMap((key) => readOrLog(log, key));
    },
  };
}

async function keysDue(store: Store, shard: number, until: Instant, limit: number): Promise<Key[]> {
  const range = { pk: todoShard(shard), from: ' ', to: sortable(until + 1) };
  return (await take(queryItems(store, range, { index: 'todo', pageSize: limit }), limit)).map(keyOf);
}

function readOrLog(log: Pick<Log, 'error'>, key: Key): Todo[] {
  try {
    return [readTodoKey(key)];
  } catch (error) {
    if (!(error instanceof MalformedKey)) throw error;
    log.error(error.message);
    return [];
  }
}
