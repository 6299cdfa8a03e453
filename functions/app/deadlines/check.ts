import { apply, close, dismiss, isReviewable, isWanting, review, type Decided } from '../../core/breach.ts';
import {
  announce,
  deadlineId,
  fullId,
  lookAt,
  openBreach,
  refOf,
  type Deadline,
  type DeadlineRef,
  type Status,
} from '../../core/deadline.ts';
import type { Evidence } from '../../core/evidence.ts';
import { evidenceIn, type Sight } from '../../core/look.ts';
import { isHopeless, judge, shares, type Judgement } from '../../core/judge.ts';
import { heardAgain } from '../../core/new-deadline.ts';
import { governs, type Registration } from '../../core/registration.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import { describeUsual } from '../../core/usual.ts';
import { tell } from '../alerts/tell.ts';
import { letGo, letGoAgain, release, settle, surelyUnused, unusedBy } from '../breaches/settle.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { beginAnew, plan } from './plan.ts';
import { replace } from './replace.ts';
import { moved } from './follow-ups.ts';
import { dayOff, evidenceFor, expectationRef, holidaysOf } from './shared.ts';
import { LONGEST_RUN, lookFor } from './sight.ts';

export interface Checked {
  status: Status | 'absent';
  /** Whether the expectation must be planned on. */
  plan: boolean;
}

type Attempted = { deadline: Deadline; plan: boolean };

/**
 * Gives the deadline its verdict, once its checkAt has come. Harmless when called early, late, or again: the verdict
 * is written once, and whatever a crash left undone after it is done again.
 */
export async function check(ctx: Context, ref: DeadlineRef): Promise<Checked> {
  const checked = await untilSaved(`deadline ${deadlineId(ref)}`, () => attempt(ctx, ref));
  if (checked === 'absent') return { status: 'absent', plan: false };
  await follow(ctx, checked.deadline);
  return { status: checked.deadline.status, plan: checked.plan };
}

/** @returns undefined when somebody else wrote the deadline or claimed the evidence meanwhile */
async function attempt(ctx: Context, ref: DeadlineRef): Promise<Attempted | 'absent' | undefined> {
  const { deadline, registration } = await ctx.deadlines.getWithRegistration(ref);
  if (!deadline || !registration) return 'absent';
  await letGoAgain(ctx, deadline);
  const judged = deadline.status === 'pending' ? await decided(ctx, deadline, registration) : deadline;
  if (judged && deadline.status === 'pending') measure(ctx, judged);
  return judged && { deadline: judged, plan: (registration.planAt ?? Infinity) <= ctx.now() };
}

/** Whoever wrote the verdict counts it, so that it is counted once. */
function measure(ctx: Context, deadline: Deadline): void {
  const { status, checkAt, inconclusive } = deadline;
  if (status === 'pending') {
    if (inconclusive) ctx.metrics.count('inconclusive');
    return;
  }
  ctx.metrics.count(status);
  if (status !== 'cancelled') ctx.metrics.time('judgeLag', ctx.now() - checkAt);
  ctx.log.info('verdict', { deadline: fullId(deadline), verdict: status });
}

async function decided(
  ctx: Context,
  deadline: Deadline,
  registration: Registration,
): Promise<Deadline | undefined> {
  const now = ctx.now();
  if (!governs(registration, deadline)) return replace(ctx, registration, deadline);
  if (now < deadline.checkAt && !(await isLost(ctx, deadline))) return warned(ctx, deadline, registration);
  if (knowsNewerZones(ctx, registration, deadline)) {
    await plan(ctx, registration);
    return undefined;
  }
  if (await isPutOff(ctx, registration, deadline)) return undefined;
  const off = await dayOff(ctx, registration, deadline);
  if (off) return ctx.deadlines.save(dismiss(deadline, off.verdict, off.cause, now));
  const { judgement, evidence } = await judgeNow(ctx, deadline);
  if (judgement.is === 'heard') {
    const moved = await ctx.deadlines.save(heardAgain(deadline, judgement.at));
    return moved && moved.checkAt <= now ? undefined : moved;
  }
  return decide(ctx, deadline, registration, { judgement, evidence });
}

/** Warns once that it is later than usual, unless it has come or nobody can tell. */
async function warned(
  ctx: Context,
  deadline: Deadline,
  registration: Registration,
): Promise<Deadline | undefined> {
  const { expectation, rev } = registration;
  const { usual } = deadline;
  if (!usual || usual.warned || ctx.now() < usual.warnAt) return deadline;
  const asked =
    expectation.warnWhenLate !== undefined &&
    rev === deadline.rev &&
    (await dayOff(ctx, registration, deadline)) === undefined;
  const late = asked && (await judgeNow(ctx, deadline)).judgement.is === 'missed';
  const looked = { ...deadline, usual: { ...usual, warned: true } };
  const seen = describeUsual(deadline, usual, ctx.now());
  return ctx.deadlines.save(late ? announce(looked, { type: 'at-risk', at: ctx.now(), seen }) : looked);
}

/** Of a run that failed nothing more will come: it is judged at once, also when our clock is behind the job's. */
async function isLost(ctx: Context, deadline: Deadline): Promise<boolean> {
  const { awaits, lateUntil } = deadline;
  if (awaits.kind !== 'run' || awaits.run === undefined) return false;
  return isHopeless(deadline, await evidenceFor(ctx, deadline, lateUntil + SECOND));
}

/** Opening hours by the calendars as they are now may have put it off; it is read again then. */
async function isPutOff(ctx: Context, registration: Registration, deadline: Deadline): Promise<boolean> {
  if (!deadline.after) return false;
  const isHoliday = await holidaysOf(ctx, registration.expectation);
  return (await moved(ctx, registration, deadline, isHoliday)) !== 'same';
}

/** Local times may mean other instants by now. */
function knowsNewerZones(
  ctx: Context,
  { status, rev, plannedWith }: Registration,
  deadline: Deadline,
): boolean {
  return (
    status === 'active' &&
    rev === deadline.rev &&
    plannedWith !== undefined &&
    plannedWith.zones < ctx.calendars.release.zones
  );
}

async function decide(
  ctx: Context,
  deadline: Deadline,
  registration: Registration,
  { judgement, evidence }: { judgement: Decided; evidence: readonly Evidence[] },
): Promise<Deadline | undefined> {
  const now = ctx.now();
  const { expectation, status, changedBy } = registration;
  if (judgement.is === 'missed') {
    if (deadline.silence !== undefined) await beginAnew(ctx, deadline, registration, evidence);
    for (const one of judgement.looked) await ctx.evidence.record(expectationRef(deadline), one);
  }
  const judged = apply(deadline, judgement, expectation, now);
  // What came too late, but before anybody looked, recovers it in the same write.
  const reviewed = review(judged, evidence, now);
  const wanted = judgement.is === 'met' ? judgement.serving : (reviewed?.serving ?? []);
  if (!(await claimAll(ctx, deadline, wanted))) return undefined;
  const serving = wanted.map((one) => ({ ...one, claimedBy: deadlineId(deadline) }));
  // Deleting closes what is open, also what only opens because it was due before.
  const closed = status === 'deleted' ? close(judged, changedBy, now) : undefined;
  const saved = await ctx.deadlines.save(reviewed?.deadline ?? closed ?? judged);
  if (!saved) await yieldTo(ctx, refOf(deadline), serving);
  // While it waits, another process may be about to use what it claimed.
  else if (saved.status !== 'pending') await letGo(ctx, saved, unusedBy(saved, evidence));
  return saved;
}

/** Another process wrote the deadline first: what was claimed here serves its verdict too, or is free again. */
async function yieldTo(ctx: Context, ref: DeadlineRef, claimed: readonly Evidence[]): Promise<void> {
  const deadline = await ctx.deadlines.get(ref);
  if (!deadline || deadline.status === 'pending') return;
  const settled = isReviewable(deadline) ? await settle(ctx, ref) : deadline;
  if (settled) await letGo(ctx, settled, surelyUnused(settled, claimed));
}

interface Judged {
  judgement: Exclude<Judgement, { is: 'unseen' }>;
  /** What it was judged by, the look included. */
  evidence: readonly Evidence[];
}

async function judgeNow(ctx: Context, deadline: Deadline): Promise<Judged> {
  let evidence = await seenSoFar(ctx, deadline);
  if (isContested(deadline, evidence)) {
    await settleBefore(ctx, deadline);
    evidence = await seenSoFar(ctx, deadline);
  }
  const judgement = judge(deadline, evidence);
  if (judgement.is !== 'unseen') return { judgement, evidence };
  const now = ctx.now();
  const look = await lookFor(ctx, deadline, now);
  if (isContested(deadline, evidenceIn(look, deadline, evidence))) {
    await settleBefore(ctx, deadline, look);
    evidence = await seenSoFar(ctx, deadline);
  }
  let seen = judge(deadline, evidence, look);
  // A run that began before the window counts for nothing; that it still runs explains why there is no other.
  if (seen.is === 'missed' && seen.reason === 'not-started')
    seen = judge(deadline, [...(await begunBefore(ctx, deadline)), ...evidence], look);
  if (seen.is === 'unseen') throw new TypeError('a look must be judged');
  return { judgement: seen, evidence: [...evidence, ...evidenceIn(look, deadline, evidence)] };
}

/** What was told of the job before the window of the deadline. */
async function begunBefore(ctx: Context, deadline: Deadline): Promise<Evidence[]> {
  const { opensAt } = deadline;
  const earlier = await ctx.evidence.between(expectationRef(deadline), opensAt - LONGEST_RUN, opensAt);
  return earlier.filter(({ run }) => run !== undefined);
}

/** Also of what came too late: the listing tells when an upload was begun, its event when it came. */
function seenSoFar(ctx: Context, deadline: Deadline): Promise<Evidence[]> {
  const { silence, limitAt, lateUntil } = deadline;
  // Who recorded it may have had a clock that is ahead of ours.
  const now = ctx.now() + MINUTE;
  const until = silence === undefined ? Math.min(now, lateUntil + SECOND) : now;
  return evidenceFor(ctx, deadline, Math.max(until, limitAt + SECOND));
}

/** Whether the occurrence before could need some of it, too. */
export function isContested({ contestedUntil }: Deadline, evidence: readonly Evidence[]): boolean {
  return evidence.some(({ at, claimedBy }) => at <= contestedUntil + SECOND && claimedBy === undefined);
}

/** An occurrence before is older: it takes first what both could use. Its turn comes after those before it. */
export async function settleBefore(ctx: Context, deadline: Deadline, look?: Sight): Promise<void> {
  const { opensAt, dueAt } = deadline;
  // One due before the window opens may still wait for what comes late: until half-way to this one.
  const from = opensAt - (dueAt - opensAt);
  const range = { from, to: dueAt, without: 'runs' } as const;
  const older = await ctx.deadlines.between(expectationRef(deadline), range);
  // Who wrote it may have died before others could have, or knew that they can, what it does not use.
  const untidy = older.filter(
    ({ status, correction, outbox }) => outbox.length > 0 && (correction ?? status === 'undetermined'),
  );
  for (const one of untidy) await release(ctx, one);
  const untold = older.filter(
    (one) => isReviewable(one) && (untidy.length > 0 || one.status === 'undetermined'),
  );
  for (const one of untold) await settle(ctx, refOf(one), look);
  const last = older.findLast(({ status, breach }) => status === 'pending' || isWanting(breach));
  if (!last) return;
  // Who could not look, or looked too late, is shown what the younger one sees.
  const { status } = last.status === 'pending' ? await check(ctx, refOf(last)) : last;
  if (status === 'missed' || status === 'undetermined') await settle(ctx, refOf(last), look);
}

/** False when another deadline got one of them first. What is nobody's alone is only written down, if a look found it. */
export async function claimAll(
  ctx: Pick<Context, 'evidence'>,
  deadline: Deadline,
  serving: readonly Evidence[],
): Promise<boolean> {
  if (shares(deadline)) {
    for (const one of serving)
      if (one.source === 'look') await ctx.evidence.record(expectationRef(deadline), one);
    return true;
  }
  const id = deadlineId(deadline);
  const claims = serving.map((one) => ctx.evidence.claim(expectationRef(deadline), one, id));
  return (await Promise.all(claims)).every(Boolean);
}

/** What comes after the write: every part of it may be done twice. */
async function follow(ctx: Context, deadline: Deadline): Promise<void> {
  const ref = refOf(deadline);
  if (deadline.status === 'pending') {
    await ctx.schedules.put(ref, lookAt(deadline));
  }
  if (deadline.outbox.length === 0) return;
  const breach = openBreach(deadline);
  if (breach) await ctx.lifecycles.start(ref, breach.generation);
  else await tell(ctx, ref);
}
