import { actAt, Calendar } from '../../core/calendar.ts';
import type { CalendarRef, CalendarRevision, OwnCalendars } from '../../app/ports.ts';
import { calendarKey, calendarPrefix, calendarRevisionsPk, padded, todoAttributes } from '../table.ts';
import { all, beginningWith, getItem, parseItem, putItem, queryItems, type Store } from './store.ts';
import { ifNewOrVersion } from './version.ts';

/** A revision as it is filed. */
const FiledRevision = Calendar.omit({ unsettledSince: true, warnedOf: true, version: true });

/**
 * The calendars of the teams and their revisions. As with registrations, the revision that is replaced is filed before
 * the head is written, and stored versions begin with 1.
 */
export function ownCalendars(store: Store): OwnCalendars {
  return {
    get: (ref) => getItem(store, calendarKey(ref), Calendar),
    async save(next, replaced) {
      if (replaced && replaced.revision !== next.revision) await file(store, replaced);
      const key = calendarKey(next);
      const item = {
        ...next,
        version: next.version + 1,
        ...todoAttributes(key, actAt(next)),
        ...key,
      };
      return (await putItem(store, item, ifNewOrVersion(next.version))) !== undefined;
    },
    async list(team) {
      const items = await all(queryItems(store, beginningWith(...calendarPrefix(team))));
      return items.map((item) => parseItem(Calendar, item)).filter(({ status }) => status === 'active');
    },
    revisions: (ref) => revisionsOf(store, ref),
  };
}

async function file(store: Store, replaced: Calendar): Promise<void> {
  const sk = `REV#${padded(replaced.revision)}`;
  await putItem(store, { pk: calendarRevisionsPk(replaced), sk, ...FiledRevision.parse(replaced) });
}

/** The head may be filed already, after a crash or a lost race. */
async function revisionsOf(store: Store, ref: CalendarRef): Promise<CalendarRevision[]> {
  const head = await getItem(store, calendarKey(ref), FiledRevision);
  if (!head) return [];
  const items = await all(queryItems(store, beginningWith(calendarRevisionsPk(ref), 'REV#')));
  const filed = items.map((item) => parseItem(FiledRevision, item));
  const older = filed.filter(({ revision }) => revision < head.revision);
  return [head, ...older.toSorted((a, b) => b.revision - a.revision)];
}
