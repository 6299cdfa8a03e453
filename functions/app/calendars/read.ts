import type { Calendar } from '../../core/calendar.ts';
import type { Registration } from '../../core/registration.ts';
import { calendarNames } from '../deadlines/shared.ts';
import { NotFound } from '../errors.ts';
import type { CalendarRef, CalendarRevision, Context } from '../ports.ts';
import { readTeam } from '../teams/read.ts';

const PAGE = 200;

/** The calendars of the team, by name. @throws NotFound when there is no such team */
export async function listCalendars(ctx: Context, team: string): Promise<Calendar[]> {
  await readTeam(ctx, team);
  return ctx.ownCalendars.list(team);
}

/** @throws NotFound, also when it was deleted */
export async function readCalendar(ctx: Pick<Context, 'ownCalendars'>, ref: CalendarRef): Promise<Calendar> {
  const calendar = await ctx.ownCalendars.get(ref);
  if (!calendar) throw new NotFound(`team ${ref.team} has no calendar ${ref.name}`);
  if (calendar.status === 'deleted') {
    throw new NotFound(`calendar ${ref.name} of team ${ref.team} was deleted; its revisions can be read`);
  }
  return calendar;
}

/** Every revision, newest first, also of a calendar that was deleted. @throws NotFound */
export async function readCalendarRevisions(ctx: Context, ref: CalendarRef): Promise<CalendarRevision[]> {
  const revisions = await ctx.ownCalendars.revisions(ref);
  if (revisions.length === 0) throw new NotFound(`team ${ref.team} has no calendar ${ref.name}`);
  return revisions;
}

/** The expectations of the team that name the calendar. */
export async function usersOf(ctx: Context, { team, name }: CalendarRef): Promise<Registration[]> {
  const users: Registration[] = [];
  let cursor: string | undefined;
  do {
    const page = await ctx.registrations.list(team, { limit: PAGE, cursor });
    const naming = page.items.filter(
      ({ status, expectation }) => status !== 'deleted' && calendarNames(expectation).includes(name),
    );
    users.push(...naming);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return users;
}
