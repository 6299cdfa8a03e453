import { random } from '../support/random.ts';
import { drawMild } from './profile.ts';
import { play, type PlayOptions } from './run.ts';
import { inventYear } from './scenario.ts';
import { verify } from './verify.ts';

/** A few days of a few expectations with everything that can go wrong, or a year of daily ones. */
export type Kind = 'days' | 'year';

/** What one seed came to. */
export interface Outcome {
  seed: number;
  /** In words; empty when all was as the definitions say. */
  problems: string[];
  deadlines: number;
  /** Those whose time came, and of how many of them the oracle allowed exactly one end. */
  compared: number;
  decided: number;
  /** How often each thing went wrong on purpose. */
  faults: Record<string, number>;
  verdicts: Record<string, number>;
}

/** Plays the world of a seed and compares it with the oracle's. Never throws: that it could not be played is a problem. */
export async function outcomeOf(seed: number, kind: Kind): Promise<Outcome> {
  try {
    const played = await play(seed, optionsOf(seed, kind));
    const deadlines = played.world.deadlines.all();
    const verdicts: Record<string, number> = {};
    for (const { status } of deadlines) verdicts[status] = (verdicts[status] ?? 0) + 1;
    const verified = await verify(played);
    return { seed, ...verified, deadlines: deadlines.length, faults: played.machine.counts, verdicts };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const problems = [`could not be played: ${problem}`];
    return { seed, problems, ...nothing() };
  }
}

/** What a world without deadlines comes to. */
export function nothing(): Omit<Outcome, 'seed' | 'problems'> {
  return { deadlines: 0, compared: 0, decided: 0, faults: {}, verdicts: {} };
}

export function optionsOf(seed: number, kind: Kind): PlayOptions {
  if (kind === 'days') return {};
  const dice = random(seed);
  return { profile: drawMild(dice), scenario: inventYear(dice), mostCalls: 5_000_000 };
}

/** Adds what one seed came to. */
export function add(total: Omit<Outcome, 'seed' | 'problems'>, one: Outcome): void {
  total.deadlines += one.deadlines;
  total.compared += one.compared;
  total.decided += one.decided;
  for (const [name, times] of Object.entries(one.faults))
    total.faults[name] = (total.faults[name] ?? 0) + times;
  for (const [name, times] of Object.entries(one.verdicts))
    total.verdicts[name] = (total.verdicts[name] ?? 0) + times;
}
