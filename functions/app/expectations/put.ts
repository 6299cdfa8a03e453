import { revise } from '../../core/registration.ts';
import type { Instant } from '../../core/time.ts';
import { Conflict, PreconditionFailed } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { previewBody, type Preview } from './preview.ts';
import {
  compare,
  create,
  lastDue,
  replace,
  type Difference,
  type Registered,
  type Replace,
} from './register.ts';
import { validate } from './validate.ts';

/** What must hold of the stored expectation: a revision, that there is one, or that there is none. */
export type Condition = { revision: number } | 'exists' | 'absent';

export interface Put extends Omit<Replace, 'ifRevision'> {
  ref: ExpectationRef;
  condition?: Condition | undefined;
}

/**
 * Creates or replaces the expectation under a condition. The write itself is conditional on the revision that the
 * condition was checked against. @throws PreconditionFailed, and as replace does
 */
export async function put(
  ctx: Context,
  body: unknown,
  { ref, condition, ...write }: Put,
): Promise<Registered> {
  const revision = await demandCondition(ctx, ref, condition);
  if (condition !== 'absent') return replace(ctx, body, { ...write, ifRevision: revision });
  try {
    return await create(ctx, body, write);
  } catch (error) {
    if (error instanceof Conflict) throw failed(ref, 'it exists');
    throw error;
  }
}

export interface DryRun {
  difference: Difference;
  /** The deadlines that there would be next. */
  preview: Preview;
}

/** How many deadlines a dry run shows. */
const PREVIEWED = 10;

/** What put would do, with its faults, without doing it. @throws PreconditionFailed, Invalid */
export async function tryPut(
  ctx: Context,
  body: unknown,
  { ref, condition }: Pick<Put, 'ref' | 'condition'>,
): Promise<DryRun> {
  await demandCondition(ctx, ref, condition);
  const difference = await compare(ctx, body);
  const after = difference.replansDeadlines ? await beginOfRules(ctx, body, ref) : ctx.now();
  return { difference, preview: await previewBody(ctx, body, after, PREVIEWED) };
}

/** A day that the old rules have judged already is not asked for again by the new ones. */
async function beginOfRules(ctx: Context, body: unknown, ref: ExpectationRef): Promise<Instant> {
  const now = ctx.now();
  const { expectation } = await validate(ctx, body);
  const current = await ctx.registrations.get(ref);
  if (!current || current.status === 'deleted') return now;
  return revise(current, expectation, { now, by: '' }, await lastDue(ctx, ref)).startsAfter;
}

/** @returns the revision that the write must replace; undefined when any will do */
async function demandCondition(
  ctx: Pick<Context, 'registrations'>,
  ref: ExpectationRef,
  condition: Condition | undefined,
): Promise<number | undefined> {
  if (condition === undefined) return undefined;
  const current = await ctx.registrations.get(ref);
  const revision = current && current.status !== 'deleted' ? current.revision : undefined;
  if (condition === 'absent') {
    if (revision !== undefined) throw failed(ref, `it exists, at revision ${revision}`);
    return undefined;
  }
  if (revision === undefined) throw failed(ref, 'it does not exist');
  if (condition === 'exists' || condition.revision === revision) return revision;
  throw failed(ref, `it is at revision ${revision}`);
}

function failed({ id }: ExpectationRef, why: string): PreconditionFailed {
  return new PreconditionFailed(`expectation ${id} is not as the request demands: ${why}`);
}
