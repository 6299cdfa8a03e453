import { CalendarBody, MOST_CALENDARS, type Calendar, type CalendarDay } from '../../core/calendar.ts';
import { problemsOf } from '../../core/problems.ts';
import { canonical } from '../../core/canonical.ts';
import { Conflict, Invalid, type FieldProblem } from '../errors.ts';
import type { CalendarRef, Context } from '../ports.ts';
import { readTeam } from '../teams/read.ts';
import { untilSaved } from '../until-saved.ts';
import { demandRevision, type Condition } from './condition.ts';
import { settleCalendar } from './settle.ts';

export interface PutCalendar {
  by: string;
  why?: string | undefined;
  condition?: Condition | undefined;
}

/**
 * Creates the calendar, or replaces it, and plans the expectations that name it anew.
 * @param body a CalendarBody, or the text of an iCalendar file
 * @throws Invalid, NotFound when there is no such team, PreconditionFailed, Conflict when the team has too many
 */
export async function putCalendar(
  ctx: Context,
  { team, name }: CalendarRef,
  body: unknown,
  { by, why, condition }: PutCalendar,
): Promise<{ calendar: Calendar; created: boolean }> {
  await readTeam(ctx, team);
  const content = typeof body === 'string' ? fromICalendar(ctx, body) : fromJson(body);
  const saved = await untilSaved(`calendar ${team}/${name}`, async () => {
    const current = await ctx.ownCalendars.get({ team, name });
    demandRevision({ team, name }, current, condition);
    const created = current?.status !== 'active';
    if (created) await demandRoom(ctx, team);
    if (!created && canonical(contentOf(current)) === canonical(content)) {
      return { calendar: current, created };
    }
    const now = ctx.now();
    const next: Calendar = {
      ...{ team, name, ...content, status: 'active', why },
      ...{ revision: (current?.revision ?? 0) + 1, changedAt: now, changedBy: by },
      ...{ unsettledSince: current?.unsettledSince ?? now, version: current?.version ?? 0 },
      warnedOf: current?.warnedOf,
    };
    return (await ctx.ownCalendars.save(next, current)) ? { calendar: next, created } : undefined;
  });
  // It is on the sweep's list, too: a fault here delays it.
  await settleCalendar(ctx, { team, name });
  return saved;
}

type Content = Pick<Calendar, 'title' | 'days' | 'validUntil'>;

function contentOf({ title, days, validUntil }: Content): Content {
  return { title, days, validUntil };
}

function fromJson(body: unknown): Content {
  const parsed = CalendarBody.safeParse(body);
  if (!parsed.success) throw invalid(problemsOf(parsed.error, body, CalendarBody));
  return contentOf(complete(parsed.data));
}

function fromICalendar(ctx: Context, text: string): Content {
  const read = ctx.calendars.readICalendar(text, ctx.now());
  if ('problems' in read) throw invalid(read.problems);
  return contentOf(complete(read));
}

/** Days in order, with the end of the list. @throws Invalid */
function complete({ title, days, validUntil }: CalendarBody): Content {
  const sorted = days.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  const last = sorted.at(-1)?.date;
  const end = validUntil ?? last;
  const problems = doubled(days);
  if (end === undefined) {
    problems.push({ field: 'validUntil', message: 'is required where days is empty, such as 2026-12-31' });
  } else if (last !== undefined && end < last) {
    const message = `must not be before the last of the days, ${last}`;
    problems.push({ field: 'validUntil', message, given: validUntil });
  }
  if (problems.length > 0 || end === undefined) throw invalid(problems);
  return { title, days: sorted, validUntil: end };
}

function doubled(days: readonly CalendarDay[]): FieldProblem[] {
  const first = new Map<string, number>();
  return [...days.entries()].flatMap(([index, { date }]) => {
    const other = first.get(date);
    if (other === undefined) {
      first.set(date, index);
      return [];
    }
    return [
      { field: `days.${index}.date`, message: `must not be there twice: it is days.${other}`, given: date },
    ];
  });
}

async function demandRoom(ctx: Context, team: string): Promise<void> {
  const calendars = await ctx.ownCalendars.list(team);
  if (calendars.length < MOST_CALENDARS) return;
  throw new Conflict(`team ${team} has ${calendars.length} calendars, at most ${MOST_CALENDARS} are allowed`);
}

function invalid(problems: readonly FieldProblem[]): Invalid {
  const fields = problems.length === 1 ? '1 field is' : `${problems.length} fields are`;
  return new Invalid(`${fields} not valid`, problems);
}
