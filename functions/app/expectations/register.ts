import { canonical } from '../../core/canonical.ts';
import { takesCheckIns } from '../../core/expectation.ts';
import {
  register as firstRevision,
  revise,
  sameRules,
  setStatus,
  type Change,
  type Registration,
  type RegistrationStatus,
} from '../../core/registration.ts';
import { isByClock } from '../../core/deadline.ts';
import { DAY, type Instant } from '../../core/time.ts';
import { isBehind, plan } from '../deadlines/plan.ts';
import { demandCheckIns } from '../evidence/check-in.ts';
import { Conflict, NotFound, PreconditionFailed } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { untilSaved } from '../until-saved.ts';
import { validate } from './validate.ts';

export interface Registered {
  registration: Registration;
  created: boolean;
  warnings: string[];
  /** Of a new expectation that takes check-ins: the secret part of its one-line address. Shown once. */
  token?: string;
}

interface Write {
  by: string;
  why?: string | undefined;
}

/** Registers a new expectation and plans its first deadlines. @throws Invalid, Conflict when the id is taken */
export async function create(ctx: Context, body: unknown, write: Write): Promise<Registered> {
  const { expectation, warnings } = await validate(ctx, body);
  const ref = { team: expectation.team, id: expectation.id };
  const fresh = takesCheckIns(expectation) ? freshToken(ctx) : undefined;
  const registration = await untilSaved(nameOf(ref), async () => {
    const current = await ctx.registrations.get(ref);
    if (current && current.status !== 'deleted')
      throw new Conflict(`expectation ${ref.id} of team ${ref.team} exists already`);
    if (current && (await wasBehind(ctx, current))) return undefined;
    const next = firstRevision(expectation, change(ctx, write), current);
    return save(ctx, await withToken(ctx, next, fresh), current);
  });
  return { registration, created: true, warnings, ...(fresh ? { token: fresh.token } : {}) };
}

export interface Replace extends Write {
  /** The revision that the caller has seen; any when absent. */
  ifRevision?: number | undefined;
}

/** Creates the expectation, or replaces it by the body. @throws Invalid, PreconditionFailed */
export async function replace(ctx: Context, body: unknown, write: Replace): Promise<Registered> {
  const { expectation, warnings } = await validate(ctx, body);
  const ref = { team: expectation.team, id: expectation.id };
  return untilSaved(nameOf(ref), async (): Promise<Registered | undefined> => {
    const current = await ctx.registrations.get(ref);
    demandRevision(ref, current, write);
    if (!current || current.status === 'deleted') return create(ctx, body, write);
    if (canonical(current.expectation) === canonical(expectation)) {
      return { registration: current, created: false, warnings };
    }
    if (await wasBehind(ctx, current)) return undefined;
    const next = revise(current, expectation, change(ctx, write), await lastDue(ctx, ref));
    const needsToken = takesCheckIns(expectation) && current.tokenHash === undefined;
    const fresh = needsToken ? freshToken(ctx) : undefined;
    const registration = await save(ctx, await withToken(ctx, next, fresh), current);
    return (
      registration && { registration, created: false, warnings, ...(fresh ? { token: fresh.token } : {}) }
    );
  });
}

/** What a replacement would do, without doing it. */
export interface Difference {
  creates: boolean;
  changed: string[];
  /** Whether deadlines that are planned would be cancelled and planned anew. */
  replansDeadlines: boolean;
  warnings: string[];
}

/** @throws Invalid as replace would */
export async function compare(ctx: Context, body: unknown): Promise<Difference> {
  const { expectation, warnings } = await validate(ctx, body);
  const current = await ctx.registrations.get({ team: expectation.team, id: expectation.id });
  if (!current || current.status === 'deleted')
    return { creates: true, changed: [], replansDeadlines: true, warnings };
  const before: Record<string, unknown> = current.expectation;
  const after: Record<string, unknown> = expectation;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter((name) => canonical(before[name]) !== canonical(after[name]));
  return {
    creates: false,
    changed: differing.sort(),
    replansDeadlines: !sameRules(current.expectation, expectation),
    warnings,
  };
}

/** Pauses, resumes or deletes. Doing it twice is no error. @throws NotFound, PreconditionFailed */
export async function changeStatus(
  ctx: Context,
  ref: ExpectationRef,
  status: RegistrationStatus,
  write: Replace,
): Promise<Registration> {
  const saved = await untilSaved(nameOf(ref), async () => {
    const current = await existing(ctx, ref);
    demandRevision(ref, current, write);
    if (await wasBehind(ctx, current)) return undefined;
    return current.status === status
      ? current
      : save(ctx, setStatus(current, status, change(ctx, write)), current);
  });
  // After the save: a deletion that is refused leaves the check-in address alone.
  if (status === 'deleted' && saved.tokenHash !== undefined) await ctx.tokens.remove(saved.tokenHash);
  return saved;
}

/** When it was last due, of the last days. */
export async function lastDue(
  ctx: Pick<Context, 'deadlines' | 'now'>,
  ref: ExpectationRef,
): Promise<Instant | undefined> {
  const now = ctx.now();
  const due = await ctx.deadlines.between(ref, { from: now - 2 * DAY, to: now + 1, without: 'runs' });
  return due.findLast((one) => one.status !== 'cancelled' && isByClock(one))?.dueAt;
}

/** Brings the revision that is about to be replaced into effect, if it is not yet; whoever asked reads again. */
async function wasBehind(ctx: Context, current: Registration): Promise<boolean> {
  if (!isBehind(current, ctx.now())) return false;
  await plan(ctx, current);
  return true;
}

/** A new secret for the one-line check-in; the old one stops working. @throws NotFound, Conflict */
export async function renewToken(ctx: Context, ref: ExpectationRef): Promise<string> {
  const { token, tokenHash } = freshToken(ctx);
  const replaced = await untilSaved(nameOf(ref), async () => {
    const current = await existing(ctx, ref);
    demandCheckIns(current);
    await ctx.tokens.put(tokenHash, ref);
    return (await ctx.registrations.save({ ...current, tokenHash })) ? current : undefined;
  });
  if (replaced.tokenHash !== undefined) await ctx.tokens.remove(replaced.tokenHash);
  return token;
}

async function existing(ctx: Context, ref: ExpectationRef): Promise<Registration> {
  const current = await ctx.registrations.get(ref);
  if (!current || current.status === 'deleted')
    throw new NotFound(`no expectation ${ref.id} in team ${ref.team}`);
  return current;
}

/** @returns undefined when somebody else wrote first: planning writes too, and changes no revision */
async function save(
  ctx: Context,
  next: Registration,
  current?: Registration,
): Promise<Registration | undefined> {
  if (!(await ctx.registrations.save(next, current))) return undefined;
  // What the write implies is also on the sweep's list: a fault here delays it and loses nothing.
  await plan(ctx, next);
  return (await ctx.registrations.get(next)) ?? next;
}

async function withToken(
  ctx: Context,
  next: Registration,
  fresh: { tokenHash: string } | undefined,
): Promise<Registration> {
  if (!fresh) return next;
  await ctx.tokens.put(fresh.tokenHash, next);
  return { ...next, tokenHash: fresh.tokenHash };
}

function demandRevision({ id }: ExpectationRef, current: Registration | undefined, write: Replace): void {
  if (write.ifRevision === undefined || current?.revision === write.ifRevision) return;
  const now = current ? `it is at revision ${current.revision}` : 'it does not exist';
  throw new PreconditionFailed(`expectation ${id} was changed by somebody else: ${now}`);
}

function nameOf({ team, id }: ExpectationRef): string {
  return `expectation ${team}/${id}`;
}

function change(ctx: Context, { by, why }: Write): Change {
  return { now: ctx.now(), by, ...(why === undefined ? {} : { why }) };
}

function freshToken(ctx: Context): { token: string; tokenHash: string } {
  const token = ctx.secrets.random(18);
  return { token, tokenHash: ctx.secrets.sha256(token) };
}
