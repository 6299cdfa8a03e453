import { z } from 'zod';
import type { CheckInTokens } from '../../app/ports.ts';
import type { Key } from '../table.ts';
import { deleteItem, getItem, putItem, type Store } from './store.ts';

const TokenItem = z.object({ team: z.string(), id: z.string() });

/** Check-in tokens by their hash: the token itself is nowhere. */
export function checkInTokens(store: Store): CheckInTokens {
  return {
    find: (hash) => getItem(store, keyOf(hash), TokenItem),
    async put(hash, { team, id }) {
      await putItem(store, { ...keyOf(hash), team, id });
    },
    async remove(hash) {
      await deleteItem(store, keyOf(hash));
    },
  };
}

function keyOf(hash: string): Key {
  return { pk: `TOKEN#${hash}`, sk: 'TOKEN' };
}
