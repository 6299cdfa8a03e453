import { REPEATED_WITHIN, type Evidence, type Signal } from '../../core/evidence.ts';
import { reach } from '../../core/reach.ts';
import { MINUTE, type Instant } from '../../core/time.ts';
import type { Registration } from '../../core/registration.ts';
import { Conflict, NotFound } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { record } from './record.ts';

export interface CheckIn {
  signal: Signal;
  exitCode?: number | undefined;
  /** The last lines of a log; cut by the caller. */
  body?: string | undefined;
  /** Makes a request that is repeated within an hour the same check-in; made up when absent. */
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
  if (!expectation.checkIn) throw new Conflict(`expectation ${id} awaits a file, not a check-in`);
  const at = await receivedAt(ctx, { team, id }, input);
  await record(ctx, { team, id }, evidenceOf(ctx, input, at), reach(registration));
  return { at };
}

/** A repeated request is the check-in that came first. */
async function receivedAt(
  { evidence, now }: Pick<Context, 'evidence' | 'now'>,
  ref: ExpectationRef,
  { id }: CheckIn,
): Promise<Instant> {
  const at = now();
  if (id === undefined) return at;
  const lately = await evidence.between(ref, at - REPEATED_WITHIN, at + MINUTE);
  return lately.find((one) => one.id === evidenceId(id))?.at ?? at;
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

function evidenceId(id: string): string {
  return `check-in ${id}`;
}

function evidenceOf(ctx: Context, { signal, exitCode, body, id }: CheckIn, at: Instant): Evidence {
  const failure = exitCode === undefined ? 'reported as failed' : `failed with exit code ${exitCode}`;
  return {
    id: evidenceId(id ?? ctx.secrets.random(12)),
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
