import type { Instant } from '../../core/time.ts';
import type { Log, Metrics, Todo, Todos } from '../../app/ports.ts';
import { MalformedKey, readTodoKey, sortable, TABLE, TODO_SHARDS, todoShard, type Key } from '../table.ts';
import { NO_METRICS } from '../metrics.ts';
import { keyOf, queryItems, take, type Item, type Store } from './store.ts';

/**
 * What has something to do, by the todo index: oldest first. The index lags: what it shows may be done already, and
 * what it does not show yet is shown next time. Whoever works on it reads the item by its key. A key of unknown form is
 * an error in the log and keeps nobody else waiting.
 */
export function todos(
  store: Store,
  log: Pick<Log, 'error'>,
  metrics: Pick<Metrics, 'time'> = NO_METRICS,
): Todos {
  return {
    shards: TODO_SHARDS,
    async due(shard, until, limit) {
      const items = await itemsDue(store, shard, until, limit);
      const [oldest] = items.map(waitingSince);
      if (oldest !== undefined) metrics.time('oldestUndone', store.now() - oldest);
      return items.map(keyOf).flatMap((key) => readOrLog(log, key));
    },
  };
}

function itemsDue(store: Store, shard: number, until: Instant, limit: number): Promise<Item[]> {
  const range = { pk: todoShard(shard), from: ' ', to: sortable(until + 1) };
  return take(queryItems(store, range, { index: 'todo', pageSize: limit }), limit);
}

function waitingSince(item: Item): Instant {
  return Date.parse(String(item[TABLE.indexes.todo.sortKey]).replace(/#.*$/, ''));
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
