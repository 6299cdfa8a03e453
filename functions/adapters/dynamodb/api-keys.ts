import { z } from 'zod';
import type { ApiKey, ApiKeys } from '../../app/ports.ts';
import type { Key } from '../table.ts';
import { readAll } from './batch.ts';
import {
  all,
  beginningWith,
  deleteItem,
  getItem,
  keyOf,
  parseItem,
  putItem,
  queryItems,
  type Store,
} from './store.ts';
import { ifNew } from './version.ts';

const KeyItem: z.ZodType<ApiKey> = z.object({
  id: z.string(),
  team: z.string(),
  role: z.enum(['viewer', 'editor', 'admin']),
  name: z.string(),
  secretHash: z.string(),
  createdAt: z.int(),
  createdBy: z.string(),
});

/** API keys by the id that they begin with; a team's are listed by the index, which may lag a moment behind. */
export function apiKeys(store: Store): ApiKeys {
  return {
    get: (id) => getItem(store, itemKey(id), KeyItem),
    async create(key) {
      const item = { ...itemKey(key.id), ...key, teamKey: listPk(key.team), listKey: key.id };
      return (await putItem(store, item, ifNew)) !== undefined;
    },
    async remove({ id }) {
      await deleteItem(store, itemKey(id));
    },
    async list(team) {
      const entries = await all(queryItems(store, beginningWith(listPk(team), ''), { index: 'byTeam' }));
      const items = await readAll(store, entries.map(keyOf));
      return items
        .map((item) => parseItem(KeyItem, item))
        .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
  };
}

function itemKey(id: string): Key {
  return { pk: `KEY#${id}`, sk: 'KEY' };
}

function listPk(team: string): string {
  return `KEYS#${team}`;
}
