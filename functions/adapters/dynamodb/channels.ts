import { z } from 'zod';
import { ChannelTarget } from '../../core/channel.ts';
import type { Channel, Channels } from '../../app/ports.ts';
import { teamPk, type Key } from '../table.ts';
import {
  all,
  beginningWith,
  deleteItem,
  getItem,
  parseItem,
  putItem,
  queryItems,
  type Store,
} from './store.ts';

const ChannelItem: z.ZodType<Channel> = z.object({
  team: z.string(),
  name: z.string(),
  target: ChannelTarget,
  createdAt: z.int(),
});

const PREFIX = 'CH#';

/** Where teams are told, addresses and secrets included: the table is encrypted at rest. */
export function channels(store: Store): Channels {
  return {
    get: (team, name) => getItem(store, keyOf(team, name), ChannelItem),
    async put(channel) {
      await putItem(store, { ...keyOf(channel.team, channel.name), ...channel });
    },
    remove: (team, name) => deleteItem(store, keyOf(team, name)),
    async list(team) {
      const items = await all(queryItems(store, beginningWith(teamPk(team), PREFIX)));
      return items.map((item) => parseItem(ChannelItem, item));
    },
  };
}

function keyOf(team: string, name: string): Key {
  return { pk: teamPk(team), sk: `${PREFIX}${name}` };
}
