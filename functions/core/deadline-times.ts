import { addDuration, duration, subtractDuration } from './duration.ts';
import { timezoneOf, type Expectation } from './expectation.ts';
import { SECOND, type Instant } from './time.ts';

/** A file named by its date may come this long before it is due. */
const DATED_EARLY = { days: 7, elapsed: 0 };

/** Check-ins are received by ourselves; everything else is told by events, which take seconds. */
const DEFAULT_SETTLE = { told: '15s', checkIn: '0s' };

/** Until when it is in time, and when it is judged. */
export function times(expectation: Expectation, dueAt: Instant) {
  const timezone = timezoneOf(expectation);
  const settle = expectation.settle ?? (expectation.checkIn ? DEFAULT_SETTLE.checkIn : DEFAULT_SETTLE.told);
  const limitAt = addDuration(dueAt, duration(expectation.grace), timezone);
  // What comes within the second of the limit is in time: nothing is judged before that second is over.
  return { limitAt, checkAt: Math.max(addDuration(limitAt, duration(settle), timezone), limitAt + SECOND) };
}

/**
 * How long a late arrival counts. What is named by its date belongs to its date until it is given up. Anything else
 * belongs to the occurrence that is nearer: Monday's file at 06:20 is Monday's, one at 05:00 on Tuesday is Tuesday's.
 */
export function lateness(expectation: Expectation, dueAt: Instant, next?: Instant) {
  const timezone = timezoneOf(expectation);
  const { limitAt, checkAt } = times(expectation, dueAt);
  const patience = Math.max(addDuration(dueAt, duration(expectation.giveUpAfter), timezone), limitAt);
  if (next === undefined) return { giveUpAt: Math.max(patience, checkAt), lateUntil: patience };
  const nearer = Math.floor((dueAt + next) / 2);
  return {
    giveUpAt: Math.max(Math.min(patience, next), checkAt),
    lateUntil: Math.min(patience, Math.max(limitAt, nearer)),
  };
}

export function opensAt(
  expectation: Expectation,
  dueAt: Instant,
  before: Instant | undefined,
  dated: boolean,
): Instant {
  const timezone = timezoneOf(expectation);
  if (expectation.window !== undefined)
    return subtractDuration(dueAt, duration(expectation.window), timezone);
  const early = subtractDuration(dueAt, DATED_EARLY, timezone);
  return dated ? Math.min(early, before ?? early) : (before ?? early);
}
