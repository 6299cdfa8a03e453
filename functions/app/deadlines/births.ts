import { apply, dismiss } from '../../core/breach.ts';
import { isOfRun, openBreach, refOf, type Deadline } from '../../core/deadline.ts';
import { duration, roughLength } from '../../core/duration.ts';
import { fingerprint } from '../../core/event.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { JobSpec } from '../../core/expectation.ts';
import { isLiteral } from '../../core/glob.ts';
import { failedAgain, type Inconclusive } from '../../core/inconclusive.ts';
import { runDeadline, unseenDeadline } from '../../core/new-deadline.ts';
import { governs, type Registration } from '../../core/registration.ts';
import { runMatcher, type Run, type RunLook, type RunName } from '../../core/run.ts';
import { runEvidence } from '../../core/run-evidence.ts';
import { DAY, HOUR, MINUTE, SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { withUsual } from './at-risk.ts';
import { deadlinesOfRun, evidenceFor, hashOfRun, keep } from './shared.ts';
import { LONGEST_RUN } from './sight.ts';

/** How often runs are looked for whose start nobody told: a part of what they are allowed, within these bounds. */
const LOOKS = { most: 5 * MINUTE, least: 60 * MINUTE, part: 1 / 3 };

/** What began longer ago than it is allowed to take, and this, was watched by an earlier look. */
const OVERLAP: Milliseconds = HOUR;

/** Looks that fail for less are an affair of the operators. */
const TOLD_AFTER: Milliseconds = HOUR;

/** Services of which nobody can ask which runs there are. */
const UNASKABLE = new Set(['lambda', 'custom']);

/** So far apart what is told of the start of one run may be: by events, by a look, by the end of it. */
const START_TOLD: Milliseconds = HOUR;

/** No run may take longer. */
const LONGEST: Milliseconds = 31 * DAY;

/**
 * Gives a run its deadline, if the rules give one to each; again is harmless.
 * @returns whether it took the place of another, by which somebody may be judging the run
 */
export async function born(ctx: Context, registration: Registration, run: RunName): Promise<boolean> {
  const { job } = registration.expectation;
  const { startedAt } = run;
  if (job === undefined || startedAt === undefined || registration.status !== 'active') return false;
  const it = { source: job.source, run: run.run };
  const bare = runDeadline(registration, { ...run, startedAt }, hashOfRun(ctx, it), ctx.now());
  if (!bare) return false;
  const latest = Math.max(bare.dueAt, ctx.now() + allowed(job));
  // By older rules it may have been due at any time since it began.
  const isOlder = startedAt <= registration.rulesChangedAt;
  const [first, last] = isOlder ? [startedAt, startedAt + LONGEST] : [bare.dueAt, latest];
  const range = { from: first - LONGEST, to: last + START_TOLD };
  const known = async () => {
    const all = await deadlinesOfRun(ctx, registration, it, range);
    // What is told again while it is open is the same run; ids of one's own may come back when it is over.
    return all.filter((one) => isOfRun(one, run.run) && (one.dueAt >= first - START_TOLD || isOpen(one)));
  };
  const before = await known();
  const isNew = !isWatched(registration, run, before);
  if (isNew) await keep(ctx, await withUsual(ctx, registration, bare));
  return isNew || before.length > 1 ? leaveOne(ctx, registration, known) : false;
}

function isOpen(deadline: Deadline): boolean {
  return deadline.status === 'pending' || openBreach(deadline) !== undefined;
}

/**
 * Leaves a run one deadline: two processes that are told of it at the same time, of its start and of its end, may each
 * have given it one. What is judged stays; else the one with the earlier start.
 * @returns whether there was another
 */
async function leaveOne(
  ctx: Context,
  { team, id, rev }: Registration,
  known: () => Promise<Deadline[]>,
): Promise<boolean> {
  const done = await untilSaved(`deadlines of a run of ${team}/${id}`, async () => {
    const own = (await known()).filter((one) => one.rev === rev && one.status !== 'cancelled');
    const kept = own.find(({ status }) => status !== 'pending') ?? own.toSorted(byStart)[0];
    const others = own.filter((one) => one !== kept && one.status === 'pending');
    for (const one of others) {
      const dismissed = dismiss(one, 'cancelled', 'the run has another deadline', ctx.now());
      if (!(await ctx.deadlines.save(dismissed))) return undefined;
      await ctx.schedules.remove(refOf(one));
    }
    return { others: others.length };
  });
  return done.others > 0;
}

function byStart(a: Deadline, b: Deadline): number {
  return a.occurrence < b.occurrence ? -1 : 1;
}

/**
 * Gives a run its deadline that failed, and of whose start nobody tells now: one that could not even be started, such as
 * a task without its image, counts from when it failed.
 */
export async function bornFailed(
  ctx: Context,
  registration: Registration,
  run: RunName,
  endedAt: Instant,
): Promise<boolean> {
  const { team, id } = registration;
  const known = await ctx.evidence.between({ team, id }, endedAt - LONGEST_RUN, endedAt);
  const began = known.find((one) => one.run?.run === run.run && one.run.phase === 'started');
  return born(ctx, registration, { ...run, startedAt: began?.at ?? endedAt });
}

/** Gives a run whose rules are replaced another deadline by the present ones, if they mean it and it has not ended. */
export async function bornAgain(ctx: Context, registration: Registration, deadline: Deadline): Promise<void> {
  const { awaits } = deadline;
  const { job } = registration.expectation;
  if (awaits.kind !== 'run' || awaits.run === undefined || job === undefined) return;
  const { id, ...name } = awaits.run;
  const isGiven = isSame(awaits.arguments, job.arguments);
  const isMeant = runMatcher({ ...job, arguments: undefined });
  if (!isGiven || !isMeant({ source: awaits.source, ...name })) return;
  const known = await evidenceFor(ctx, deadline, registration.rulesChangedAt);
  if (known.some(({ run }) => run?.run === id && run.phase === 'ended')) return;
  await born(ctx, registration, { ...name, run: id });
}

function isSame(one?: JobSpec['arguments'], other?: JobSpec['arguments']): boolean {
  return (one && fingerprint(one)) === (other && fingerprint(other));
}

/** Whether the run has its deadline: by the present rules, or one that older ones judge or have judged. */
function isWatched(registration: Registration, { run }: RunName, deadlines: readonly Deadline[]): boolean {
  return deadlines.some(
    (deadline) =>
      isOfRun(deadline, run) &&
      deadline.status !== 'cancelled' &&
      (governs(registration, deadline) || deadline.status !== 'pending'),
  );
}

/** When runs must be looked for again; undefined when each has no deadline of its own, or nobody can be asked. */
export function lookForRunsAt(
  { expectation, status, inconclusive }: Registration,
  now: Instant,
): Instant | undefined {
  const { job } = expectation;
  if (status !== 'active' || job?.finishesWithin === undefined || !isAskable(job)) return undefined;
  if (inconclusive) return Math.max(inconclusive.lookAt, now + SECOND);
  const part = allowed(job) * LOOKS.part;
  return now + Math.min(LOOKS.least, Math.max(LOOKS.most, part));
}

/** A service is asked for one name; what a pattern means is known by events alone. */
function isAskable({ source, name }: JobSpec): boolean {
  return !UNASKABLE.has(source) && isLiteral(name);
}

function allowed({ finishesWithin = '0s' }: JobSpec): Milliseconds {
  return roughLength(duration(finishesWithin));
}

/**
 * Finds the runs that have begun and have no deadline: those whose start nobody told, and those that began under rules
 * that were replaced.
 * @returns what is known of the looks now: undefined when runs can be looked for, or need not be
 */
export async function adoptRuns(ctx: Context, registration: Registration): Promise<Inconclusive | undefined> {
  const { job } = registration.expectation;
  if (job?.finishesWithin === undefined) return undefined;
  const { runs, since, inconclusive } = await found(ctx, registration, job);
  await adopt(ctx, registration, job, runs, since);
  if (inconclusive) await tellUnseen(ctx, registration, inconclusive);
  return inconclusive;
}

async function adopt(
  ctx: Context,
  registration: Registration,
  job: JobSpec,
  seen: readonly Run[],
  since: Instant,
): Promise<void> {
  const { team, id } = registration;
  const now = ctx.now();
  const shown = seen.flatMap((run) => runEvidence(run, now, 'look', job.arguments));
  for (const one of shown) await ctx.evidence.record({ team, id }, one);
  const known = [...(await ctx.evidence.between({ team, id }, since, now)), ...shown];
  const runs = unended(known, registration, job);
  if (runs.length === 0) return;
  const from = Math.min(since, ...runs.map(({ startedAt = since }) => startedAt));
  const deadlines = await ctx.deadlines.between({ team, id }, { from, to: now + allowed(job) + OVERLAP });
  for (const run of runs.filter((one) => !isWatched(registration, one, deadlines))) {
    const { failedAt } = run;
    if (failedAt === undefined) await born(ctx, registration, run);
    else await bornFailed(ctx, registration, run, failedAt);
  }
}

/**
 * The runs that are meant and had not ended when the present rules began: older ones were judged by older rules.
 * `failedAt` of one that failed and never began.
 */
function unended(
  known: readonly Evidence[],
  { rulesChangedAt, anchor }: Registration,
  job: JobSpec,
): (RunName & { failedAt?: Instant })[] {
  const isMeant = runMatcher({ ...job, arguments: undefined });
  const taken = job.arguments && fingerprint(job.arguments);
  const over = new Set(
    known.flatMap(({ run, at }) => (run?.phase === 'ended' && at <= rulesChangedAt ? run.run : [])),
  );
  const isFirst = rulesChangedAt === anchor;
  const begun = known.flatMap(({ run }) => (run?.phase === 'started' ? run : []));
  // A run that failed and never began has no start that anybody could tell.
  const failed = known.flatMap(({ run, rejected, at }) =>
    run?.phase === 'ended' && rejected !== undefined && run.startedAt === undefined && at > rulesChangedAt
      ? { ...run, failedAt: at }
      : [],
  );
  const meant = [...failed, ...begun].filter(
    (run) => run.wanted === taken && isMeant(run) && (isFirst || !over.has(run.run)),
  );
  return [...new Map(meant.map((run) => [run.run, run])).values()];
}

/** What a look has found, since when, and whether it failed. */
interface Found {
  runs: readonly Run[];
  since: Instant;
  inconclusive?: Inconclusive | undefined;
}

async function found(ctx: Context, registration: Registration, job: JobSpec): Promise<Found> {
  const now = ctx.now();
  const { team, id, inconclusive: before } = registration;
  const since = now - allowed(job) - OVERLAP;
  if (!isAskable(job)) return { runs: [], since };
  if (before && now < before.lookAt) return { runs: [], since, inconclusive: before };
  const look = await lookSince(ctx, job, since);
  if (!look.ok) {
    const { cause } = look;
    ctx.log.warn('runs not looked for', { expectation: `${team}/${id}`, cause });
    ctx.metrics.count('inconclusive');
    return { runs: [], since, inconclusive: failedAgain(before, cause, now, now + LOOKS.least) };
  }
  // What began and ended while nobody could look; a second look, for this one may find more than can be listed.
  const earlier = before && before.since - allowed(job) - OVERLAP;
  const wider = earlier === undefined ? look : await lookSince(ctx, job, earlier);
  if (!wider.ok) return { runs: look.runs.filter(runMatcher(job)), since };
  return { runs: wider.runs.filter(runMatcher(job)), since: earlier ?? since };
}

function lookSince(ctx: Context, job: JobSpec, since: Instant): Promise<RunLook> {
  const { source, name, account, region } = job;
  return ctx.runs.latest({ source, job: name, account, region, since }, ctx.now());
}

/** Tells once, when runs could not be looked for so long, that one whose start nobody told would hang unseen. */
async function tellUnseen(
  ctx: Context,
  registration: Registration,
  { cause, since }: Inconclusive,
): Promise<void> {
  const now = ctx.now();
  if (now - since < TOLD_AFTER) return;
  const unseen = unseenDeadline(registration, since, now);
  const why = `${cause}, so a run whose start no event told is not watched`;
  const told = apply(unseen, { is: 'undetermined', cause: why }, registration.expectation, now);
  // Its outbox is on the sweep's list: whoever plans needs no way to the channels.
  await ctx.deadlines.create(told);
}
