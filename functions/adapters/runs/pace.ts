import { setTimeout as sleep } from 'node:timers/promises';
import { takeOne, type Rate, type Spent } from '../../core/rate-limit.ts';
import { MINUTE, SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import type { SFNClientConfig } from '@aws-sdk/client-sfn';

/**
 * How often one process asks one service of one account and Region. Quotas are the account's, its pipelines live on
 * them, too, and some refill by a few a second (Step Functions Developer Guide, "Service quotas", ListExecutions).
 */
export const PACE: Rate = { perSecond: 5, burst: 10 };

/** A task that looks has 55 seconds, may look twice, and has to say that the look failed. */
export const LONGEST_LOOK: Milliseconds = 25 * SECOND;

/** For so long a service that hung is not asked: a batch of events would else wait for it once for each deadline. */
export const REST: Milliseconds = MINUTE;

/** A look did not come to its end. */
export class LookTookTooLong extends Error {
  override name = 'TimeoutError';
}

interface Clock {
  now: () => Instant;
  pause: (length: Milliseconds) => Promise<unknown>;
}

/** The time since the process began: unlike that of the day it never goes back. */
const monotonic = (): Instant => performance.now();

/** @returns what resolves when the rate allows one more */
export function turnsAt(
  rate: Rate,
  { now, pause }: Clock = { now: monotonic, pause: sleep },
): () => Promise<void> {
  let spent: Spent;
  return async () => {
    for (;;) {
      const taken = takeOne(rate, spent, now());
      spent = taken.spent;
      if (taken.ok) return;
      await pause(taken.retryAfter);
    }
  };
}

type Extension = NonNullable<SFNClientConfig['extensions']>[number];

/** Lets every request of a client of the SDK wait for its turn: those for further pages, and each one that is repeated. */
export function paced(turn: () => Promise<void>): Extension {
  return {
    configure(client) {
      const handler = client.httpHandler();
      const handle = handler.handle.bind(handler);
      handler.handle = async (...request) => {
        await turn();
        return handle(...request);
      };
    },
  };
}

/**
 * Bounds looks at one service: one that takes too long has failed, and for a while all others fail at once.
 * @param longest how long a look may take
 * @param rest how long the service is not asked then
 * @returns what makes a look. It throws LookTookTooLong, or what the look throws
 */
export function patience(
  longest: Milliseconds,
  rest: Milliseconds,
): <T>(look: () => Promise<T>) => Promise<T> {
  let restsUntil: Instant = 0;
  return async (look) => {
    if (monotonic() < restsUntil) throw new LookTookTooLong();
    const over = new AbortController();
    const late = sleep(longest, undefined, { signal: over.signal }).then(() => {
      restsUntil = monotonic() + rest;
      throw new LookTookTooLong();
    });
    try {
      return await Promise.race([look(), late]);
    } finally {
      over.abort();
    }
  };
}
