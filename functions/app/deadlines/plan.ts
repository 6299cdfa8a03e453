import { refOf, type Deadline } from '../../core/deadline.ts';
import { notAfter, type Evidence } from '../../core/evidence.ts';
import type { Expectation } from '../../core/expectation.ts';
import { silentDeadline } from '../../core/new-deadline.ts';
import { planAhead } from '../../core/plan.ts';
import { reach } from '../../core/reach.ts';
import { isOutdated } from '../../core/realign.ts';
import { governs, type Registration } from '../../core/registration.ts';
import { isTimed } from '../../core/schedule.ts';
import { DAY, HOUR, type Instant } from '../../core/time.ts';
import { closeAll } from '../breaches/close.ts';
import type { Context, ExpectationRef, Matcher } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { compareAgainAt, compareAhead } from './at-risk.ts';
import { adoptRuns, lookForRunsAt } from './births.ts';
import { realignFollowUps } from './follow-ups.ts';
import { editionOf, realignDeadlines } from './realign.ts';
import { replace } from './replace.ts';
import { holidaysOf } from './shared.ts';

const FAR = 11 * 366 * 24 * HOUR;

/**
 * Brings what hangs on an expectation in line with its newest revision: the matcher, the deadlines of replaced
 * revisions, and the deadlines up to the horizon with their schedules. Harmless when called again, at any time.
 */
export async function plan(ctx: Context, ref: ExpectationRef): Promise<void> {
  // Outages of days are caught up in a loop; each turn keeps what it has planned.
  while ((await untilSaved(`expectation ${ref.team}/${ref.id}`, () => attempt(ctx, ref))) === 'more');
}

type Planned = 'done' | 'more';

async function attempt(ctx: Context, ref: ExpectationRef): Promise<Planned | undefined> {
  const registration = await ctx.registrations.get(ref);
  if (!registration) return 'done';
  const heardAt = isFresh(registration) ? await enact(ctx, registration) : undefined;
  if (registration.status !== 'active') return stop(ctx, registration);
  const { due } = registration.expectation;
  if ('silentFor' in due) return planSilence(ctx, registration, heardAt);
  if (registration.expectation.followUp) return keepFollowing(ctx, registration);
  const looked = { ...registration, inconclusive: await adoptRuns(ctx, registration) };
  return isTimed(due) ? planSchedule(ctx, looked) : keepLooking(ctx, looked);
}

/**
 * Whether deadlines may be missing that fell due already, as after an outage, or be left that a pause or a deletion has
 * yet to cancel. A revision is only replaced when neither is: what was due under it is judged by it, or by none.
 */
export function isBehind({ planAt = Infinity }: Registration, now: Instant): boolean {
  return planAt <= now;
}

/** Whether the rules have changed since it was last planned. */
function isFresh({ plannedThrough, startsAfter }: Registration): boolean {
  return plannedThrough <= startsAfter;
}

async function stop(ctx: Context, registration: Registration): Promise<Planned | undefined> {
  const { planAt, status, changedBy } = registration;
  if (planAt === undefined) return 'done';
  if (status === 'deleted') await closeAll(ctx, registration, changedBy);
  return keep(ctx, { ...registration, planAt: undefined });
}

async function keep(ctx: Context, next: Registration): Promise<Planned | undefined> {
  return (await ctx.registrations.save(next)) ? 'done' : undefined;
}

async function planSchedule(ctx: Context, registration: Registration): Promise<Planned | undefined> {
  const now = ctx.now();
  // Before the calendars are read: of a change in between, the next planning knows.
  const edition = await editionOf(ctx, registration.expectation);
  const isHoliday = await holidaysOf(ctx, registration.expectation);
  const outdated = edition !== undefined && isOutdated(registration.plannedWith, edition);
  if (outdated && !isFresh(registration) && !(await realignDeadlines(ctx, registration, isHoliday))) {
    return undefined;
  }
  const { deadlines, plannedThrough, ...ahead } = planAhead(registration, isHoliday, now);
  const planAt = earlier(
    earlier(ahead.planAt, lookForRunsAt(registration, now)),
    compareAgainAt(registration, now),
  );
  await create(ctx, deadlines, now);
  await compareAhead(ctx, registration);
  const plannedWith = outdated || isFresh(registration) ? edition : registration.plannedWith;
  const next = { ...registration, plannedThrough, planAt, plannedWith };
  const same = registration.planAt === planAt && registration.plannedThrough === plannedThrough;
  if (same && !outdated) return 'done';
  const kept = await keep(ctx, next);
  return kept && planAt !== undefined && planAt <= now ? 'more' : kept;
}

function earlier(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** What has no due time but that of its runs. */
async function keepLooking(ctx: Context, registration: Registration): Promise<Planned | undefined> {
  const planAt = lookForRunsAt(registration, ctx.now());
  const plannedThrough = Math.max(registration.plannedThrough, registration.startsAfter + 1);
  return keep(ctx, { ...registration, planAt, plannedThrough });
}

/** What must be followed is born when it comes; what waits moves with the calendars. */
async function keepFollowing(ctx: Context, registration: Registration): Promise<Planned | undefined> {
  const now = ctx.now();
  // Before the calendars are read: of a change in between, the next planning knows.
  const edition = await editionOf(ctx, registration.expectation);
  const outdated = edition !== undefined && isOutdated(registration.plannedWith, edition);
  const range = { from: now - 2 * DAY, to: now + FAR };
  if (outdated && !isFresh(registration) && !(await realignFollowUps(ctx, registration, range))) {
    return undefined;
  }
  if (!isFresh(registration) && !outdated && registration.planAt === undefined) return 'done';
  const plannedThrough = Math.max(registration.plannedThrough, registration.startsAfter + 1);
  return keep(ctx, { ...registration, planAt: undefined, plannedThrough, plannedWith: edition });
}

/** A silence has one pending deadline; the next is born when it is heard of again after a miss. */
async function planSilence(
  ctx: Context,
  registration: Registration,
  heardBefore: Instant | undefined,
): Promise<Planned | undefined> {
  const now = ctx.now();
  const heardAt = isFresh(registration)
    ? (heardBefore ?? registration.rulesChangedAt)
    : await heardSinceMiss(ctx, registration, now);
  if (heardAt !== undefined) await create(ctx, [silentDeadline(registration, heardAt, now)], now);
  if (!isFresh(registration) && registration.planAt === undefined) return 'done';
  const plannedThrough = Math.max(heardAt ?? 0, registration.startsAfter + 1);
  return keep(ctx, { ...registration, planAt: undefined, plannedThrough });
}

async function heardSinceMiss(
  ctx: Context,
  { team, id, rev }: Registration,
  now: Instant,
): Promise<Instant | undefined> {
  const all = { from: 0, to: now + FAR };
  const { items } = await ctx.deadlines.page({ team, id }, all, { limit: 5 });
  const last = items.find((deadline) => deadline.rev === rev);
  if (!last || last.status === 'pending') return undefined;
  return heardAfter(last, await ctx.evidence.between({ team, id }, last.limitAt, now));
}

/** The first sign of life after a silence. What was silent too long after it, as during an outage of ours, is another. */
function heardAfter({ limitAt }: Deadline, evidence: readonly Evidence[]): Instant | undefined {
  const signs = evidence.filter(
    ({ at, rejected, checkIn }) =>
      !notAfter(at, limitAt) && !rejected && (checkIn?.signal ?? 'success') === 'success',
  );
  return signs.length > 0 ? Math.min(...signs.map(({ at }) => at)) : undefined;
}

/**
 * Plans the silence that began with the first sign after one that is missed, before the miss is written: afterwards
 * nothing would look for it. Later signs plan it by themselves.
 */
export async function beginAnew(
  ctx: Context,
  missed: Deadline,
  registration: Registration,
  evidence: readonly Evidence[],
): Promise<void> {
  if (registration.status !== 'active' || registration.rev !== missed.rev) return;
  const heardAt = heardAfter(missed, evidence);
  if (heardAt !== undefined) {
    await create(ctx, [silentDeadline(registration, heardAt, ctx.now())], ctx.now());
  }
}

/** Deadline first, schedule second: the sweep covers a schedule that is missing. What is past is left to the sweep. */
async function create(ctx: Context, deadlines: readonly Deadline[], now: Instant): Promise<void> {
  for (const deadline of deadlines) {
    await ctx.deadlines.create(deadline);
    if (deadline.checkAt > now) await ctx.schedules.put(refOf(deadline), deadline.checkAt);
  }
}

/** @returns when a silence that the new rules replace was last heard of */
async function enact(ctx: Context, registration: Registration): Promise<Instant | undefined> {
  const { expectation, status, rev } = registration;
  const { team, id } = expectation;
  const wanted = wantedBy(expectation);
  if (wanted && status !== 'deleted') {
    await ctx.matchers.put({ team, id, rev, ...wanted, ...reach(registration) });
  }
  await retireMatchers(ctx, registration);
  return cancelReplaced(ctx, registration);
}

/** What events tell of it; undefined when none do. */
function wantedBy({
  file,
  job,
  event,
  followUp,
}: Expectation): Pick<Matcher, 'file' | 'job' | 'event' | 'followUp'> | undefined {
  return (file ?? job ?? event ?? followUp) && { file, job, event, followUp };
}

/** Deadlines of replaced rules are still recovered until they are given up; what comes later is not for them. */
async function retireMatchers(ctx: Context, { team, id, rev, rulesChangedAt }: Registration): Promise<void> {
  if (rev === 1) return;
  let replacedAt = rulesChangedAt;
  for (const old of await ctx.registrations.revisions({ team, id })) {
    // Every change of the rules is a revision of its own number; the others have the rules of an older one.
    if (old.rev === rev || old.rev !== old.revision) continue;
    const { expectation, changedAt } = old;
    const reached = reach({ expectation, rev: old.rev, rulesChangedAt: changedAt });
    const until = replacedAt + reached.patience;
    if (until < ctx.now()) return;
    const wanted = wantedBy(expectation);
    if (wanted && old.status !== 'deleted') {
      await ctx.matchers.put({ team, id, rev: old.rev, ...wanted, ...reached, until });
    }
    replacedAt = changedAt;
  }
}

async function cancelReplaced(ctx: Context, registration: Registration): Promise<Instant | undefined> {
  const { team, id, rulesChangedAt } = registration;
  const later = await ctx.deadlines.between({ team, id }, { from: rulesChangedAt, to: rulesChangedAt + FAR });
  const replaced = later.filter((one) => one.status === 'pending' && !governs(registration, one));
  for (const deadline of replaced) {
    // When it is beaten, whoever wrote judged or cancelled it; the checker asks again which revision governs.
    await replace(ctx, registration, deadline);
    await ctx.schedules.remove(refOf(deadline));
  }
  const heard = replaced.filter(({ silence }) => silence !== undefined).map(({ opensAt }) => opensAt);
  return heard.length > 0 ? Math.max(...heard) : undefined;
}
