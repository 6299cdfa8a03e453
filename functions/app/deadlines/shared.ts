import { isOfRun, lookAt, refOf, type Deadline } from '../../core/deadline.ts';
import { isMultipart, type Evidence } from '../../core/evidence.ts';
import { clockOf, type Expectation } from '../../core/expectation.ts';
import type { Registration } from '../../core/registration.ts';
import { restartOf, type Run } from '../../core/run.ts';
import { fallsOn, type HolidayCalendar } from '../../core/schedule.ts';
import { DAY, type Instant, type Milliseconds } from '../../core/time.ts';
import type { Context, ExpectationRef } from '../ports.ts';

export function expectationRef({ team, expectation }: { team: string; expectation: string }): ExpectationRef {
  return { team, id: expectation };
}

/** Uploads in parts that take longer are rare; S3 itself sets no limit. */
export const LONGEST_UPLOAD: Milliseconds = 7 * DAY;

/** Keeps a new deadline and schedules it; again is harmless. */
export async function keep(
  ctx: Pick<Context, 'deadlines' | 'schedules' | 'now'>,
  deadline: Deadline,
): Promise<void> {
  if (!(await ctx.deadlines.create(deadline))) return;
  // Deadline first, schedule second: the sweep covers a schedule that is missing.
  if (deadline.checkAt > ctx.now()) await ctx.schedules.put(refOf(deadline), lookAt(deadline));
}

/** Deadlines of a run and of all that restarts it, found by its own key: however many others are open. */
export function deadlinesOfRun(
  ctx: Pick<Context, 'deadlines' | 'secrets'>,
  { team, id }: ExpectationRef,
  run: Pick<Run, 'source' | 'run'>,
  { from, to }: { from: Instant; to: Instant },
): Promise<Deadline[]> {
  return ctx.deadlines.between({ team, id }, { from, to, run: hashOfRun(ctx, run) });
}

/** What the deadlines of a run and of all that restarts it have in common. */
export function hashOfRun({ secrets }: Pick<Context, 'secrets'>, run: Pick<Run, 'source' | 'run'>): string {
  return secrets.sha256(restartOf(run).first).slice(0, 8);
}

/**
 * What can serve the deadline, up to an instant. An event that tells of the end of an upload may be of one that the look
 * of the deadline before has seen and used, filed under the time of its beginning: then that is read too.
 */
export async function evidenceFor(ctx: Context, deadline: Deadline, until: Instant): Promise<Evidence[]> {
  const ref = expectationRef(deadline);
  const { opensAt, contestedUntil, after } = deadline;
  const found = await ctx.evidence.between(ref, opensAt, until, after?.key);
  const isOlder = ({ source, object, claimedBy, at }: Evidence) =>
    source === 'event' && object && isMultipart(object) && claimedBy === undefined && at <= contestedUntil;
  return found.some(isOlder) ? ctx.evidence.between(ref, opensAt - LONGEST_UPLOAD, until) : found;
}

/** The calendars that the expectation names, as one. */
export function holidaysOf(
  ctx: Pick<Context, 'calendars'>,
  expectation: Pick<Expectation, 'team' | 'due' | 'followUp'>,
): Promise<HolidayCalendar> {
  const names = calendarNames(expectation);
  return names.length > 0
    ? ctx.calendars.holidays(expectation.team, names)
    : Promise.resolve(() => undefined);
}

export function calendarNames(expectation: Pick<Expectation, 'due' | 'followUp'>): readonly string[] {
  const holidays = clockOf(expectation)?.holidays ?? [];
  return typeof holidays === 'string' ? [holidays] : holidays;
}

/** Why nothing is owed on the day of the deadline, by the calendars as they are now; undefined when something is. */
export async function dayOff(
  ctx: Pick<Context, 'calendars' | 'registrations'>,
  registration: Registration,
  deadline: Deadline,
): Promise<{ verdict: 'excused' | 'cancelled'; cause: string } | undefined> {
  // What follows is due within opening hours, which end where a day off may begin; a run is due when it began.
  if (deadline.after || isOfRun(deadline)) return undefined;
  const date = deadline.local.slice(0, 10);
  const expectation = await rulesOf(ctx, registration, deadline);
  const isHoliday = await holidaysOf(ctx, expectation);
  const holiday = isHoliday(date);
  if (holiday !== undefined) return { verdict: 'excused', cause: holiday };
  if (fallsOn(expectation.due, date, isHoliday)) return undefined;
  return { verdict: 'cancelled', cause: `the calendar was changed: nothing is due on ${date} any more` };
}

/** What was due before the rules were replaced is judged by the old ones, holidays included. */
async function rulesOf(
  ctx: Pick<Context, 'registrations'>,
  { team, id, rev, expectation }: Registration,
  deadline: Deadline,
): Promise<Expectation> {
  if (deadline.rev === rev) return expectation;
  const revisions = await ctx.registrations.revisions({ team, id });
  return revisions.find(({ revision }) => revision === deadline.rev)?.expectation ?? expectation;
}
