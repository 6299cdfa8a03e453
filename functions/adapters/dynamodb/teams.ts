import { z } from 'zod';
import { Grant } from '../../core/grant.ts';
import type { Team, Teams } from '../../app/ports.ts';
import { all, beginningWith, getItem, parseItem, putItem, queryItems, type Store } from './store.ts';
import { ifNewOrVersion } from './version.ts';

const TeamItem: z.ZodType<Team> = z.object({
  id: z.string(),
  title: z.string().optional(),
  grants: z.array(Grant),
  createdAt: z.int(),
  version: z.int(),
});

const PK = 'TEAMS';

/** Teams lie side by side, so that they can be listed: they are few, and seldom written. */
export function teams(store: Store): Teams {
  return {
    get: (id) => getItem(store, { pk: PK, sk: id }, TeamItem),
    async save(team) {
      const item = { pk: PK, sk: team.id, ...team, version: team.version + 1 };
      return (await putItem(store, item, ifNewOrVersion(team.version))) !== undefined;
    },
    async list() {
      const items = await all(queryItems(store, beginningWith(PK, '')));
      return items.map((item) => parseItem(TeamItem, item));
    },
  };
}
