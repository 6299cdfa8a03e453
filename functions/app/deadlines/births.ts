import { isOfRun, lookAt, refOf, type Deadline } from '../../core/deadline.ts';
import { duration, roughLength } from '../../core/duration.ts';
import { fingerprint } from '../../core/event.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { JobSpec } from '../../core/expectation.ts';
import { isLiteral } from '../../core/glob.ts';
import { runDeadline } from '../../core/new-deadline.ts';
import type { Registration } from '../../core/registration.ts';
import { runMatcher, type Run, type RunName } from '../../core/run.ts';
import { runEvidence } from '../../core/run-evidence.ts';
import { HOUR, MINUTE, type Instant, type Milliseconds } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { withUsual } from './at-risk.ts';

/** How often runs are looked for whose start nobody told: a part of what they are allowed, within these bounds. */
const LOOKS = { most: 5 * MINUTE, least: HOUR, part: 1 / 3 };

/** What began longer ago than it is allowed to take, and this, was watched by an earlier look. */
const OVERLAP: Milliseconds = HOUR;

/** Services of which nobody can ask which runs there are. */
const UNASKABLE = new Set(['lambda', 'custom']);

/** So far apart what is told of the start of one run may be: by events, by a look, by the end of it. */
const START_TOLD: Milliseconds = HOUR;

/** Gives a run its deadline, if the rules give one to each; again is harmless. */
export async function born(ctx: Context, registration: Registration, run: RunName): Promise<void> {
  const { team, id } = registration;
  const { startedAt } = run;
  if (startedAt === undefined || registration.status !== 'active') return;
  const hash = ctx.secrets.sha256(run.run);
  const bare = runDeadline(registration, { ...run, startedAt }, hash, ctx.now());
  if (!bare) return;
  const around = { from: bare.dueAt - START_TOLD, to: bare.dueAt + START_TOLD };
  if (isWatched(registration, run, await ctx.deadlines.between({ team, id }, around))) return;
  const deadline = await withUsual(ctx, registration, bare);
  if (!(await ctx.deadlines.create(deadline))) return;
  // Deadline first, schedule second: the sweep covers a schedule that is missing.
  if (deadline.checkAt > ctx.now()) await ctx.schedules.put(refOf(deadline), lookAt(deadline));
}

/** Whether the run has its deadline: by the present rules, or one that has its verdict by older ones. */
function isWatched({ rev }: Registration, { run }: RunName, deadlines: readonly Deadline[]): boolean {
  return deadlines.some(
    (deadline) =>
      isOfRun(deadline, run) &&
      (deadline.rev === rev || (deadline.status !== 'pending' && deadline.status !== 'cancelled')),
  );
}

/** When runs must be looked for again; undefined when each has no deadline of its own, or nobody can be asked. */
export function lookForRunsAt({ expectation, status }: Registration, now: Instant): Instant | undefined {
  const { job } = expectation;
  if (status !== 'active' || job?.finishesWithin === undefined || !isAskable(job)) return undefined;
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
 */
export async function adoptRuns(ctx: Context, registration: Registration): Promise<void> {
  const { team, id, expectation } = registration;
  const { job } = expectation;
  if (job?.finishesWithin === undefined) return;
  const now = ctx.now();
  const since = now - allowed(job) - OVERLAP;
  const seen = await found(ctx, registration, job, since);
  const shown = seen.flatMap((run) => runEvidence(run, now, 'look', job.arguments));
  for (const one of shown) await ctx.evidence.record({ team, id }, one);
  const known = [...(await ctx.evidence.between({ team, id }, since, now)), ...shown];
  const runs = unended(known, registration, job);
  if (runs.length === 0) return;
  const from = Math.min(since, ...runs.map(({ startedAt = since }) => startedAt));
  const deadlines = await ctx.deadlines.between({ team, id }, { from, to: now + allowed(job) + OVERLAP });
  for (const run of runs) if (!isWatched(registration, run, deadlines)) await born(ctx, registration, run);
}

/** The runs that are meant and had not ended when the present rules began: older ones were judged by older rules. */
function unended(
  known: readonly Evidence[],
  { rulesChangedAt, anchor }: Registration,
  job: JobSpec,
): RunName[] {
  const isMeant = runMatcher({ ...job, arguments: undefined });
  const taken = job.arguments && fingerprint(job.arguments);
  const over = new Set(
    known.flatMap(({ run, at }) => (run?.phase === 'ended' && at <= rulesChangedAt ? run.run : [])),
  );
  const isFirst = rulesChangedAt === anchor;
  const begun = known.flatMap(({ run }) => (run?.phase === 'started' ? run : []));
  const meant = begun.filter(
    (run) => run.wanted === taken && isMeant(run) && (isFirst || !over.has(run.run)),
  );
  return [...new Map(meant.map((run) => [run.run, run])).values()];
}

async function found(
  ctx: Context,
  { team, id }: Registration,
  job: JobSpec,
  since: Instant,
): Promise<readonly Run[]> {
  if (!isAskable(job)) return [];
  const { source, name, account, region } = job;
  const look = await ctx.runs.latest({ source, job: name, account, region, since }, ctx.now());
  if (look.ok) return look.runs.filter(runMatcher(job));
  ctx.log.warn('runs not looked for', { expectation: `${team}/${id}`, cause: look.cause });
  return [];
}
