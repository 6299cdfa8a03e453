import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './target.ts';

/** One thing that AWS's documentation says and Overdue counts on. */
export interface Clause {
  /** Unique; differences refer to it. */
  id: string;
  says: string;
  /** The page that says it. */
  source: string;
  /** @throws when it is not so */
  holds: (target: Target) => Promise<void>;
}

/** The clauses about one service. */
export interface Chapter {
  service: string;
  clauses: readonly Clause[];
}

export function clause(id: string, says: string, source: string, holds: Clause['holds']): Clause {
  return { id, says, source, holds };
}

/** Where a service stands in for AWS but does something else. */
export interface Difference {
  /** What it does instead. */
  instead: string;
  /** How the clause fails; another failure is not this difference. */
  fails: RegExp;
}

/** By the id of the clause. */
export type Differences = Readonly<Record<string, Difference>>;

/** The name of the error by which it is refused; undefined when it is not. */
export function errorOf(request: Promise<unknown>): Promise<string | undefined> {
  return request.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

/** Refused with one of these errors, and not done. */
export async function refused(request: Promise<unknown>, ...names: string[]): Promise<void> {
  const answer = (await errorOf(request)) ?? 'accepted';
  assert.ok(names.includes(answer), `expected ${names.join(' or ')}, was ${answer}`);
}

/** Refused as the caller's fault, by whatever name: the documentation gives none. */
export async function refusedAsWrong(request: Promise<unknown>): Promise<void> {
  const answer = await request.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error && '$fault' in error ? error.$fault : String(error)),
  );
  assert.equal(answer, 'client', `expected to be refused, was ${String(answer)}`);
}

/** The first answer that is not undefined. @throws Error after `withinMs` */
export async function soon<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 10_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(100);
  }
}

let made = 0;

/** A name that nothing else of this run has. */
export function fresh(prefix: string): string {
  return `${prefix}-${process.pid}-${Date.now() % 1_000_000}-${made++}`;
}
