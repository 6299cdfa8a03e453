import { apply } from '../../core/breach.ts';
import { refOf, type Deadline, type Followed } from '../../core/deadline.ts';
import { markOf } from '../../core/follow-up.ts';
import { followUpDeadline, isOver } from '../../core/follow-up-deadline.ts';
import { judge } from '../../core/judge.ts';
import { patienceOf, type Registration } from '../../core/registration.ts';
import type { HolidayCalendar } from '../../core/schedule.ts';
import { HOUR, SECOND, type Instant } from '../../core/time.ts';
import { tell } from '../alerts/tell.ts';
import type { Context } from '../ports.ts';
import { evidenceFor, holidaysOf, keep } from './shared.ts';

/** Gives what came its deadline, if the present rules ask for what follows it in time; again is harmless. */
export async function bornAfter(ctx: Context, registration: Registration, after: Followed): Promise<void> {
  if (!isFollowed(registration, after)) return;
  const isHoliday = await holidaysOf(ctx, registration.expectation);
  if (isOver(registration, after.at, isHoliday)) return;
  const deadline = computed(ctx, registration, after, isHoliday);
  if (after.at <= registration.rulesChangedAt && (await hasOlder(ctx, registration, deadline))) return;
  await keep(ctx, deadline);
}

/** Whether it waits or was judged under older rules: what becomes of that, its own check decides. */
async function hasOlder(ctx: Context, registration: Registration, deadline: Deadline): Promise<boolean> {
  const { team, expectation: id, occurrence, rev, after } = deadline;
  const range = { from: after?.at ?? 0, to: ctx.now() + patienceOf(registration) };
  const around = await ctx.deadlines.between({ team, id }, range);
  return around.some((one) => one.occurrence === occurrence && one.rev < rev && one.status !== 'cancelled');
}

/**
 * What becomes of what waits when its rules are replaced: the present rules give it another deadline. What was followed
 * already needs nothing more, whatever the new rules would take for it.
 * @returns the deadline with its verdict when it was followed
 */
export async function followedOrBorn(
  ctx: Context,
  registration: Registration,
  deadline: Deadline,
): Promise<Deadline | undefined> {
  const { after } = deadline;
  if (!after || registration.status !== 'active') return undefined;
  // Also when it has waited longer already than the present rules allow: then it is due at once.
  const next = isFollowed(registration, after) ? await deadlineAfter(ctx, registration, after) : undefined;
  const judgement = judge(deadline, await evidenceFor(ctx, deadline, ctx.now() + SECOND));
  // By the present rules, if it waits by these already: who had given it its next deadline may have died then.
  if (judgement.is === 'met' && !(next && (await ctx.deadlines.get(refOf(next)))))
    return apply(deadline, judgement, registration.expectation, ctx.now());
  if (next) await keep(ctx, next);
  return undefined;
}

/** Whether the expectation as it is now asks for what follows. */
export function isFollowed({ expectation, status }: Registration, { mark }: Followed): boolean {
  const { followUp } = expectation;
  return status === 'active' && followUp !== undefined && markOf(followUp.after) === mark;
}

/**
 * Tells that something came of which nobody can know what follows it, because it has no key: once for each hour in which
 * that happens, by a deadline that is undetermined.
 */
export async function bornWithoutKey(
  ctx: Context,
  registration: Registration,
  after: Omit<Followed, 'key'>,
  cause: string,
): Promise<void> {
  const at = Math.floor(after.at / HOUR) * HOUR;
  const nameless = { ...after, at, key: '' };
  if (!isFollowed(registration, nameless)) return;
  const pending = await deadlineAfter(ctx, registration, nameless);
  const told = apply(pending, { is: 'undetermined', cause }, registration.expectation, ctx.now());
  if (await ctx.deadlines.create(told)) await tell(ctx, refOf(told));
}

async function deadlineAfter(ctx: Context, registration: Registration, after: Followed): Promise<Deadline> {
  const isHoliday = await holidaysOf(ctx, registration.expectation);
  return computed(ctx, registration, after, isHoliday);
}

function computed(
  ctx: Context,
  registration: Registration,
  after: Followed,
  isHoliday: HolidayCalendar,
): Deadline {
  const hash = ctx.secrets.sha256(after.key);
  return followUpDeadline(registration, after, { hash, isHoliday, now: ctx.now() });
}

/** Moves what waits to where it is due by the calendars as they are now. @returns false when somebody else wrote one of them */
export async function realignFollowUps(
  ctx: Context,
  registration: Registration,
  { from, to }: { from: Instant; to: Instant },
): Promise<boolean> {
  const { team, id } = registration;
  const stored = await ctx.deadlines.between({ team, id }, { from, to });
  const isHoliday = await holidaysOf(ctx, registration.expectation);
  for (const deadline of stored.filter(
    ({ status, rev }) => status === 'pending' && rev === registration.rev,
  )) {
    if ((await moved(ctx, registration, deadline, isHoliday)) === 'beaten') return false;
  }
  return true;
}

/** Moves a deadline that is due at another time by the calendars as they are now. */
export async function moved(
  ctx: Context,
  registration: Registration,
  deadline: Deadline,
  isHoliday: HolidayCalendar,
): Promise<'moved' | 'same' | 'beaten'> {
  const { after } = deadline;
  if (!after || registration.rev !== deadline.rev) return 'same';
  const { dueAt, local, limitAt, checkAt, lateUntil, giveUpAt } = computed(
    ctx,
    registration,
    after,
    isHoliday,
  );
  if (dueAt === deadline.dueAt) return 'same';
  const next = { ...deadline, dueAt, local, limitAt, checkAt, lateUntil, giveUpAt };
  if (!(await ctx.deadlines.save(next))) return 'beaten';
  await ctx.schedules.put(refOf(next), checkAt);
  return 'moved';
}
