import { daysOf } from '../core/calendar.ts';
import type { HolidayCalendar } from '../core/calendar-date.ts';
import type { Calendars, Log, OwnCalendars } from '../app/ports.ts';
import { readICalendar } from './icalendar.ts';
import { HOLIDAYS_RELEASE, publicHolidays } from './public-holidays.ts';

/** Names that begin with a capital letter are regions, the others calendars of the team. */
function isRegion(name: string): boolean {
  return /^[A-Z]/.test(name);
}

/**
 * Public holidays by region and the calendars of the teams, together. A calendar that is gone although it is named has
 * no days: an alert too many is better than none.
 */
export function allCalendars(own: OwnCalendars, log: Log): Calendars {
  return {
    release: { zones: process.versions.tz ?? '', holidays: HOLIDAYS_RELEASE },
    readICalendar,
    problem: (team, name) => (isRegion(name) ? regionProblem(name) : ownProblem(own, team, name)),
    async holidays(team, names) {
      const calendars = await Promise.all(names.map((name) => calendarOf(own, log, team, name)));
      return (date) => calendars.map((calendar) => calendar(date)).find((holiday) => holiday !== undefined);
    },
  };
}

async function regionProblem(name: string): Promise<string | undefined> {
  const found = await publicHolidays(name);
  return 'problem' in found ? found.problem : undefined;
}

async function ownProblem(own: OwnCalendars, team: string, name: string): Promise<string | undefined> {
  if ((await own.get({ team, name }))?.status === 'active') return undefined;
  const names = (await own.list(team)).map((calendar) => calendar.name);
  const which =
    names.length > 0
      ? `one of the team's calendars: ${names.join(', ')}`
      : 'a calendar of the team, which has none yet';
  return `must be ${which}, or a region code in capital letters such as DE-BE`;
}

async function calendarOf(own: OwnCalendars, log: Log, team: string, name: string): Promise<HolidayCalendar> {
  const found = isRegion(name) ? await publicHolidays(name) : await own.get({ team, name });
  if (typeof found === 'function') return found;
  if (found && 'days' in found && found.status === 'active') return daysOf(found);
  const problem = found && 'problem' in found ? found.problem : undefined;
  log.warn('calendar not found, taken as empty', { team, name, problem });
  return () => undefined;
}
