import { HOUR, MINUTE, SECOND, type Milliseconds } from './time.ts';

/** Upper bound of the pause before the first repetition; it doubles with every further attempt. */
export const FIRST_RETRY: Milliseconds = 10 * SECOND;

/** The bound stops doubling here: a receiver that is back hears of it soon. */
export const LONGEST_RETRY: Milliseconds = 30 * MINUTE;

/** However the dice fall, no sooner than this. */
export const SHORTEST_RETRY: Milliseconds = SECOND;

/** The longest pause that a receiver may ask for itself (Retry-After). */
export const LONGEST_RETRY_AFTER: Milliseconds = HOUR;

/**
 * The pause before the next attempt: exponential with full jitter, so that many senders do not come back at once.
 * @param attempt how many attempts have failed: 1 or more
 * @param random from 0 up to but without 1, such as Math.random()
 */
export function retryDelay(attempt: number, random: number): Milliseconds {
  const bound = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (Math.max(1, attempt) - 1));
  return Math.max(SHORTEST_RETRY, Math.floor(bound * random));
}
