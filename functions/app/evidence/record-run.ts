import { isOfRun, refOf } from '../../core/deadline.ts';
import { duration, roughLength } from '../../core/duration.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { JobSpec } from '../../core/expectation.ts';
import { reach } from '../../core/reach.ts';
import type { Registration } from '../../core/registration.ts';
import { isDoubtful, type Run } from '../../core/run.ts';
import { runEvidence } from '../../core/run-evidence.ts';
import { HOUR } from '../../core/time.ts';
import { born, bornFailed } from '../deadlines/births.ts';
import { check } from '../deadlines/check.ts';
import { deadlinesOfRun } from '../deadlines/shared.ts';
import type { Context } from '../ports.ts';
import { wantingRun, type JobMatcher } from './candidates.ts';
import { Enough } from './enough.ts';

/** Records what is known of a run for every expectation that wants it, until there is enough. @returns how many want it */
export async function recordRun(ctx: Context, run: Run, enough = new Enough()): Promise<number> {
  const wanting = await wantedBy(ctx, run);
  const isTimed = wanting.some(({ job }) => job.finishesWithin !== undefined);
  const isUntold = (isTimed && run.startedAt === undefined) || (wanting.length > 0 && isDoubtful(run));
  const whole = isUntold ? await asKnown(ctx, run) : run;
  for (const matcher of wanting) await recordFor(ctx, matcher, whole, enough);
  return wanting.length;
}

/** Records a run that checked in by an address of the team, which tells of no other team's jobs. */
export async function recordRunOf(
  ctx: Context,
  registration: Registration & { job: JobSpec },
  run: Run,
  checkIn: NonNullable<Evidence['checkIn']>,
): Promise<void> {
  const { team, id, rev, job } = registration;
  // Whose address it is learns of it even if its matcher is not there yet.
  const own = { ...{ team, id, rev, job }, ...reach(registration) };
  const others = (await wantedBy(ctx, run)).filter((one) => one.team === team && one.id !== id);
  for (const matcher of [own, ...others]) await recordFor(ctx, matcher, run, new Enough(), checkIn);
}

async function wantedBy(ctx: Context, run: Run): Promise<JobMatcher[]> {
  const matchers = await ctx.matchers.of({ runs: run.source });
  const at = run.startedAt ?? run.endedAt ?? 0;
  return wantingRun(matchers, run)
    .filter(({ until = Infinity }) => at <= until)
    .toSorted((a, b) => b.rev - a.rev);
}

/** Some services do not tell with the end of a run when it began, or whether it did well; and forget it soon. */
async function asKnown(ctx: Context, run: Run): Promise<Run> {
  const look = await ctx.runs.one(run, ctx.now());
  const found = look.ok ? look.runs.find((one) => one.run === run.run) : undefined;
  if (!found) return run;
  const { startedAt = run.startedAt, state, status } = found;
  return {
    ...run,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(isDoubtful(run) && state === 'succeeded' ? { state, status } : {}),
  };
}

async function recordFor(
  ctx: Context,
  matcher: JobMatcher,
  run: Run,
  enough: Enough,
  checkIn?: Evidence['checkIn'],
): Promise<void> {
  const { team, id, rev, job } = matcher;
  const isTimed = job.finishesWithin !== undefined;
  const registration = isTimed ? await ctx.registrations.get({ team, id }) : undefined;
  const current = registration?.rev === rev ? registration : undefined;
  // The deadline of the run comes before what serves it: a crash between the two does both again.
  const isUnbegun = run.state === 'failed' && run.startedAt === undefined;
  const endedAt = run.endedAt ?? ctx.now();
  const tookPlace =
    current && (isUnbegun ? await bornFailed(ctx, current, run, endedAt) : await born(ctx, current, run));
  const source = checkIn ? 'check-in' : 'event';
  for (const one of runEvidence(run, ctx.now(), source, job.arguments)) {
    const said = checkIn && one.run?.phase === 'ended' ? { ...one, checkIn } : one;
    await enough.record(ctx, matcher, said);
  }
  if (current && (run.state === 'failed' || tookPlace)) await judgeAtOnce(ctx, current, run);
}

/** Of a run that failed nothing more will come. */
async function judgeAtOnce(ctx: Context, registration: Registration, run: Run): Promise<void> {
  const now = ctx.now();
  const { expectation } = registration;
  const [within, grace] = [expectation.job?.finishesWithin ?? '0s', expectation.grace];
  const [from, to] = [now - roughLength(duration(grace)) - HOUR, now + roughLength(duration(within)) + HOUR];
  const soon = await deadlinesOfRun(ctx, registration, run, { from, to });
  const own = soon.filter((deadline) => isOfRun(deadline, run.run) && deadline.status === 'pending');
  for (const deadline of own) await check(ctx, refOf(deadline));
}
