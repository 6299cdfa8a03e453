import { REPEATED_WITHIN, type Evidence, type Signal } from '../../core/evidence.ts';
import type { Registration } from '../../core/registration.ts';
import type { Run } from '../../core/run.ts';
import { DAY, HOUR, SECOND, toLocal, type Instant, type Milliseconds } from '../../core/time.ts';
import { Conflict } from '../errors.ts';
import type { Context } from '../ports.ts';
import type { CheckIn } from './check-in.ts';
import { recordRunOf } from './record-run.ts';

/** How far back the start of a run is looked for; a run may be allowed 31 days. */
const LOOKED_BACK: readonly Milliseconds[] = [HOUR, 4 * HOUR, 16 * HOUR, 3 * DAY, 11 * DAY, 32 * DAY];

/** Of more than this, older ones are not looked through. */
const MOST_READ = 200;

const STATES: Record<Signal, Run['state']> = { start: 'running', success: 'succeeded', failure: 'failed' };

/**
 * Takes a check-in for the beginning or the end of a run of a custom job, at the time of its receipt: of the run with its
 * id, and without one of a new run, or of the open run that began last. All expectations of the team learn of it.
 * @throws Conflict when the run has told the same long ago: ids that come back would hide runs
 */
export async function checkInRun(
  ctx: Context,
  registration: Registration,
  input: CheckIn,
): Promise<{ at: Instant }> {
  const { job } = registration.expectation;
  if (job?.source !== 'custom') throw new TypeError('not a job that checks in');
  const now = ctx.now();
  const state = STATES[input.signal];
  const known = await lately(ctx, registration, input, now);
  const mine = input.id === undefined ? openedLast(known, state) : known.filter(isOf(input.id));
  const earlier = mine.find((one) => tells(one, state));
  if (earlier && now - earlier.at > REPEATED_WITHIN) throw repeated(earlier);
  const at = earlier?.at ?? now;
  const startedAt = state === 'running' ? at : mine.find((one) => one.run?.phase === 'started')?.at;
  const run: Run = {
    source: 'custom',
    job: job.name,
    run: input.id ?? mine[0]?.run?.run ?? ctx.secrets.random(12),
    account: '',
    region: '',
    state,
    status: input.exitCode === undefined ? state : `exit code ${input.exitCode}`,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(state === 'running' ? {} : { endedAt: at }),
  };
  // A start that is delivered after the end began nothing that still has to end.
  if (state === 'running' && mine.some((one) => one.run?.phase === 'ended')) return { at };
  await recordRunOf(ctx, { ...registration, job }, run, signOf(input));
  return { at };
}

/** What was told of runs of the job, from the newest back to where the run that is meant began. */
async function lately(
  ctx: Pick<Context, 'evidence'>,
  { team, id: expectation, expectation: { job } }: Registration,
  { id, signal }: CheckIn,
  now: Instant,
): Promise<Evidence[]> {
  // A start without an id is always another run.
  if (id === undefined && signal === 'start') return [];
  let known: Evidence[] = [];
  for (const back of LOOKED_BACK) {
    const found = await ctx.evidence.between({ team, id: expectation }, now - back, now + SECOND);
    known = found.filter(({ run }) => run?.source === 'custom' && run.job === job?.name);
    const begun = id === undefined ? openedLast(known, STATES[signal]) : known.filter(isOf(id));
    if (begun.some(({ run }) => run?.phase === 'started') || found.length > MOST_READ) break;
  }
  return known;
}

/** What began the run that is open and began last. */
function openedLast(known: readonly Evidence[], state: Run['state']): Evidence[] {
  if (state === 'running') return [];
  const ended = new Set(known.flatMap(({ run }) => (run?.phase === 'ended' ? [run.run] : [])));
  const open = known.filter(({ run }) => run?.phase === 'started' && !ended.has(run.run));
  return open.toSorted((a, b) => b.at - a.at).slice(0, 1);
}

function isOf(id: string) {
  return ({ run }: Evidence): boolean => run?.run === id;
}

/** Whether the evidence is what such a signal tells: that the run began, or ended so. */
function tells({ run, rejected }: Evidence, state: Run['state']): boolean {
  if (state === 'running') return run !== undefined;
  return run?.phase === 'ended' && (rejected === undefined) === (state === 'succeeded');
}

function repeated({ run, at }: Evidence): Conflict {
  const did = run?.phase === 'ended' ? 'ended' : 'began';
  return new Conflict(
    `run ${run?.run ?? ''} ${did} ${toLocal(at, 'UTC')} UTC: each run needs an id of its own`,
  );
}

function signOf({ signal, exitCode, body }: CheckIn): NonNullable<Evidence['checkIn']> {
  return {
    signal,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(body === undefined ? {} : { body }),
  };
}
