import { HOUR, MINUTE, SECOND, type Milliseconds } from '../../functions/core/time.ts';
import type { Fault } from './machine.ts';

/** How bad the world of one seed is. Probabilities from 0 to 1, each drawn from a few so that seeds differ in kind. */
export interface Profile {
  faults: Record<Fault, number>;
  lostSchedule: number;
  earlySchedule: number;
  lateSchedule: Milliseconds;
  duplicates: number;
  deadExecution: number;
  lostNudge: number;
  lostEvent: number;
  /** The longest that an event takes; most take seconds. */
  slowEvent: Milliseconds;
  staleIndex: number;
  refusedSend: number;
  refusedLook: number;
  /** The clocks of two workers are apart by no more than twice this. */
  skew: Milliseconds;
  outages: { after: Milliseconds; lasts: Milliseconds; of: 'everything' | 'executions' }[];
}

const pick = <T>(dice: () => number, choices: readonly T[]): T => {
  const chosen = choices[Math.floor(dice() * choices.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
};

/** @param dice numbers from 0 up to but without 1 */
export function draw(dice: () => number): Profile {
  const rate = () => pick(dice, [0, 0, 0.002, 0.01, 0.03]);
  const outages = pick(dice, [0, 0, 0, 1, 2]);
  return {
    faults: {
      'crash-before': rate(),
      'crash-after': rate(),
      'error-before': rate(),
      'error-after': rate(),
      slow: rate(),
    },
    lostSchedule: pick(dice, [0, 0, 0.1, 0.5, 1]),
    earlySchedule: pick(dice, [0, 0, 0.1]),
    lateSchedule: pick(dice, [0, MINUTE, MINUTE, 20 * MINUTE]),
    duplicates: pick(dice, [0, 0.1, 0.3]),
    deadExecution: pick(dice, [0, 0, 0.1, 0.5]),
    lostNudge: pick(dice, [0, 0, 0.2, 1]),
    lostEvent: pick(dice, [0, 0, 0, 0.1, 0.5]),
    slowEvent: pick(dice, [3 * SECOND, 3 * SECOND, 3 * SECOND, 10 * MINUTE, 9 * HOUR]),
    staleIndex: pick(dice, [0, 0, 0.2]),
    refusedSend: pick(dice, [0, 0, 0.1, 0.5]),
    refusedLook: pick(dice, [0, 0, 0.2]),
    skew: pick(dice, [0, 0, SECOND]),
    outages: Array.from({ length: outages }, () => ({
      after: dice() * 60 * HOUR,
      lasts: pick(dice, [10 * MINUTE, 3 * HOUR, 30 * HOUR]),
      of: pick(dice, ['everything', 'executions'] as const),
    })),
  };
}

/** Faults as in a bad year: something fails every day, and for a day nothing runs at all. */
export function drawMild(dice: () => number, days = 365): Profile {
  const rate = () => pick(dice, [0, 0.0005, 0.002]);
  return {
    ...CALM,
    faults: {
      'crash-before': rate(),
      'crash-after': rate(),
      'error-before': rate(),
      'error-after': rate(),
      slow: rate(),
    },
    lostSchedule: pick(dice, [0, 0.01, 0.05]),
    lateSchedule: MINUTE,
    duplicates: pick(dice, [0, 0.01]),
    deadExecution: pick(dice, [0, 0.01]),
    lostNudge: pick(dice, [0, 0.05]),
    slowEvent: pick(dice, [3 * SECOND, 10 * MINUTE]),
    refusedSend: pick(dice, [0, 0.05]),
    outages: [
      { after: dice() * (days - 5) * 24 * HOUR, lasts: pick(dice, [3 * HOUR, 30 * HOUR]), of: 'everything' },
    ],
  };
}

/** A world in which everything works. */
export const CALM: Profile = {
  faults: { 'crash-before': 0, 'crash-after': 0, 'error-before': 0, 'error-after': 0, slow: 0 },
  ...{ lostSchedule: 0, earlySchedule: 0, lateSchedule: 0, duplicates: 0, deadExecution: 0, lostNudge: 0 },
  ...{
    lostEvent: 0,
    slowEvent: 3 * SECOND,
    staleIndex: 0,
    refusedSend: 0,
    refusedLook: 0,
    skew: 0,
    outages: [],
  },
};
