import { z } from 'zod';
import type { HolidayCalendar } from '../../core/calendar-date.ts';
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

/** A calendar of a team: local dates on which nothing is owed. */
export const OwnCalendar = z.object({
  team: z.string(),
  name: z.string(),
  days: z.array(z.object({ date: z.iso.date(), name: z.string().min(1) })),
  /** Epoch ms. */
  changedAt: z.int(),
  changedBy: z.string(),
});
export type OwnCalendar = z.infer<typeof OwnCalendar>;

/** The calendars that teams keep themselves. */
export interface OwnCalendars {
  get(team: string, name: string): Promise<OwnCalendar | undefined>;
  /** Replaces the whole calendar. */
  put(calendar: OwnCalendar): Promise<void>;
  remove(team: string, name: string): Promise<boolean>;
  list(team: string): Promise<OwnCalendar[]>;
}

const PREFIX = 'CAL#';

export function ownCalendars(store: Store): OwnCalendars {
  return {
    get: (team, name) => getItem(store, keyOf(team, name), OwnCalendar),
    async put(calendar) {
      await putItem(store, { ...keyOf(calendar.team, calendar.name), ...calendar });
    },
    remove: (team, name) => deleteItem(store, keyOf(team, name)),
    async list(team) {
      const items = await all(queryItems(store, beginningWith(teamPk(team), PREFIX)));
      return items.map((item) => parseItem(OwnCalendar, item));
    },
  };
}

function keyOf(team: string, name: string): Key {
  return { pk: teamPk(team), sk: `${PREFIX}${name}` };
}

/** The days of a calendar by date. */
export function daysOf({ days }: OwnCalendar): HolidayCalendar {
  const names = new Map(days.map(({ date, name }) => [date, name]));
  return (date) => names.get(date);
}
