import { upcoming } from '../../core/plan.ts';
import { timezoneOf, type Expectation } from '../../core/expectation.ts';
import type { FollowUpSpec } from '../../core/follow-up.ts';
import { dueAfter } from '../../core/follow-up-deadline.ts';
import type { HolidayCalendar } from '../../core/schedule.ts';
import { toLocal, type Instant } from '../../core/time.ts';
import { calendarWarnings } from '../calendars/warnings.ts';
import { holidaysOf } from '../deadlines/shared.ts';
import { NotFound } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { validate } from './validate.ts';

export type Preview = ReturnType<typeof upcoming> & { expectation: Expectation; warnings: string[] };

/**
 * The next deadlines that a body would have if it were registered now: the grid of `every` goes on when it replaces an
 * expectation. @throws Invalid
 */
export async function previewBody(
  ctx: Context,
  body: unknown,
  after: Instant,
  count: number,
): Promise<Preview> {
  const { expectation } = await validate(ctx, body);
  const current = await ctx.registrations.get({ team: expectation.team, id: expectation.id });
  const anchor = current && current.status !== 'deleted' ? current.anchor : ctx.now();
  return previewOf(ctx, { expectation, rev: 1, anchor }, after, count);
}

/** The next deadlines of a registered expectation. @throws NotFound */
export async function previewRegistered(
  ctx: Context,
  ref: ExpectationRef,
  after: Instant,
  count: number,
): Promise<Preview> {
  const registration = await ctx.registrations.get(ref);
  if (!registration || registration.status === 'deleted') {
    throw new NotFound(`no expectation ${ref.id} in team ${ref.team}`);
  }
  return previewOf(ctx, registration, after, count);
}

async function previewOf(
  ctx: Context,
  rules: { expectation: Expectation; rev: number; anchor: Instant },
  after: Instant,
  count: number,
): Promise<Preview> {
  const isHoliday = await holidaysOf(ctx, rules.expectation);
  const found = upcoming(rules, isHoliday, after, count);
  const last = found.upcoming.at(-1)?.deadline.dueAt;
  const warnings = await calendarWarnings(ctx, rules.expectation, last);
  const { followUp } = rules.expectation;
  const example = followUp ? [exampleOf(rules.expectation, followUp, isHoliday, after)] : [];
  return { ...found, expectation: rules.expectation, warnings: [...example, ...warnings] };
}

/** A follow-up has no times of its own, but how long it waits can be shown. */
function exampleOf(
  expectation: Expectation,
  followUp: FollowUpSpec,
  isHoliday: HolidayCalendar,
  at: Instant,
): string {
  const timezone = timezoneOf(expectation);
  const dueAt = dueAfter(followUp, at, isHoliday);
  const due = dueAt === undefined ? 'in more than two years' : toLocal(dueAt, timezone);
  return `a followUp has no times of its own: what comes ${toLocal(at, timezone)} must be followed by ${due} (${timezone})`;
}
