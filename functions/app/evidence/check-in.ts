import { REPEATED_WITHIN, type Evidence, type Signal } from '../../core/evidence.ts';
import { takesCheckIns } from '../../core/expectation.ts';
import { reach } from '../../core/reach.ts';
import { MINUTE, type Instant } from '../../core/time.ts';
import type { Registration } from '../../core/registration.ts';
import { Conflict, NotFound } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { checkInRun } from './check-in-run.ts';
import { record } from './record.ts';

export interface CheckIn {
  signal: Signal;
  exitCode?: number | undefined;
  /** The last lines of a log; cut by the caller. */
  body?: string | undefined;
  /** Makes a request that is repeated within an hour the same check-in; made up when absent. Of a job: of which run. */
  id?: string | undefined;
}

/** Records a check-in at the time of its receipt. @throws NotFound, Conflict when the expectation takes none */
export async function checkIn(ctx: Context, ref: ExpectationRef, input: CheckIn): Promise<{ at: Instant }> {
  const registration = await ctx.registrations.get(ref);
  if (!registration || registration.status === 'deleted')
    throw new NotFound(`no expectation ${ref.id} in team ${ref.team}`);
  return accept(ctx, registration, input);
}

async function accept(ctx: Context, registration: Registration, input: CheckIn): Promise<{ at: Instant }> {
  const { team, id, expectation } = registration;
  demandCheckIns(registration);
  if (expectation.job) return checkInRun(ctx, registration, input);
  const at = await receivedAt(ctx, { team, id }, input);
  await record(ctx, { team, id }, evidenceOf(ctx, input, at), reach(registration));
  return { at };
}

/** @throws Conflict when it has no address to check in by */
export function demandCheckIns({ id, expectation }: Pick<Registration, 'id' | 'expectation'>): void {
  if (takesCheckIns(expectation)) return;
  const rule = 'only a checkIn does, and a custom job with a plain name and no filters';
  throw new Conflict(`expectation ${id} takes no check-ins: ${rule}`);
}

/** A repeated request is the check-in that came first. */
async function receivedAt(
  { evidence, now }: Pick<Context, 'evidence' | 'now'>,
  ref: ExpectationRef,
  { signal, id }: CheckIn,
): Promise<Instant> {
  const at = now();
  if (id === undefined) return at;
  const lately = await evidence.between(ref, at - REPEATED_WITHIN, at + MINUTE);
  return lately.find((one) => one.id === evidenceId(signal, id))?.at ?? at;
}

/** A check-in by its one-line address. @throws NotFound */
export async function checkInByToken(ctx: Context, token: string, input: CheckIn): Promise<{ at: Instant }> {
  const hash = ctx.secrets.sha256(token);
  const ref = await ctx.tokens.find(hash);
  const registration = ref && (await ctx.registrations.get(ref));
  // A renewal or a deletion that was interrupted leaves the old token behind.
  if (registration?.tokenHash !== hash || registration.status === 'deleted')
    throw new NotFound('no expectation has this check-in address');
  return accept(ctx, registration, input);
}

/** The start and the end of a run come with one id and are two check-ins. */
function evidenceId(signal: Signal, id: string): string {
  return `check-in ${signal} ${id}`;
}

function evidenceOf(ctx: Context, { signal, exitCode, body, id }: CheckIn, at: Instant): Evidence {
  const failure = exitCode === undefined ? 'reported as failed' : `failed with exit code ${exitCode}`;
  return {
    id: evidenceId(signal, id ?? ctx.secrets.random(12)),
    at,
    recordedAt: at,
    source: 'check-in',
    ...(signal === 'failure' ? { rejected: failure } : {}),
    checkIn: {
      signal,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(body === undefined ? {} : { body }),
    },
  };
}
