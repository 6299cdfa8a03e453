import type { Instant } from '../../core/time.ts';
import type { Todo, Todos } from '../../app/ports.ts';
import { readTodoKey, sortable, TODO_SHARDS, todoShard } from '../table.ts';
import { keyOf, queryItems, take, type Store } from './store.ts';

/**
 * What has something to do, by the todo index: oldest first. The index lags: what it shows may be done already, and
 * what it does not show yet is shown next time. Whoever works on it reads the item by its key.
 */
export function todos(store: Store): Todos {
  return {
    shards: TODO_SHARDS,
    due: (shard, until, limit) => due(store, shard, until, limit),
  };
}

async function due(store: Store, shard: number, until: Instant, limit: number): Promise<Todo[]> {
  const range = { pk: todoShard(shard), from: ' ', to: sortable(until + 1) };
  const found = await take(queryItems(store, range, { index: 'todo', pageSize: limit }), limit);
  return found.map((item) => readTodoKey(keyOf(item)));
}
