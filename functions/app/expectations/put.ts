import { Conflict, PreconditionFailed } from '../errors.ts';
import type { Context, ExpectationRef } from '../ports.ts';
import { compare, create, replace, type Difference, type Registered, type Replace } from './register.ts';

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

/** What put would do, with its faults, without doing it. @throws PreconditionFailed, Invalid */
export async function tryPut(
  ctx: Context,
  body: unknown,
  { ref, condition }: Pick<Put, 'ref' | 'condition'>,
): Promise<Difference> {
  await demandCondition(ctx, ref, condition);
  return compare(ctx, body);
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
