import { z } from 'zod';
import { HOUR, MINUTE, type Instant, type Milliseconds } from './time.ts';

/** That something could not be looked at: why, since when, how often it was tried, when it is tried next (epoch ms). */
export const Inconclusive = z.object({
  cause: z.string(),
  since: z.int(),
  attempts: z.int(),
  lookAt: z.int(),
});
export type Inconclusive = z.infer<typeof Inconclusive>;

const LONGEST_PAUSE = 6 * HOUR;

/** Pauses between looks: 1, 2, 4, ... minutes, at most 6 hours. `looks` counts those that were made. */
export function pauseAfter(looks: number): Milliseconds {
  return Math.min(LONGEST_PAUSE, MINUTE * 2 ** Math.min(looks, 20));
}

/**
 * What is known after another look that failed.
 * @param atLatest when it is tried next even if the pauses have grown longer (epoch ms)
 */
export function failedAgain(
  before: Inconclusive | undefined,
  cause: string,
  now: Instant,
  atLatest: Instant,
): Inconclusive {
  const attempts = (before?.attempts ?? 0) + 1;
  const lookAt = Math.min(now + pauseAfter(attempts - 1), atLatest);
  return { cause, since: before?.since ?? now, attempts, lookAt };
}
