import { z } from 'zod';
import { Mute } from '../../core/mute.ts';
import type { Mutes } from '../../app/ports.ts';
import { getItem, putItem, type Store } from './store.ts';
import { ifNewOrVersion } from './version.ts';

const MutesItem = z.object({ mutes: z.array(Mute), version: z.int() });

const keyOf = (team: string) => ({ pk: 'MUTES', sk: team });

/** All mutes of a team are one item: one read tells whether something is told. */
export function mutes(store: Store): Mutes {
  return {
    get: async (team) => (await getItem(store, keyOf(team), MutesItem)) ?? { mutes: [], version: 0 },
    async save(team, { mutes: all, version }) {
      const item = { ...keyOf(team), mutes: all, version: version + 1 };
      return (await putItem(store, item, ifNewOrVersion(version))) !== undefined;
    },
  };
}
