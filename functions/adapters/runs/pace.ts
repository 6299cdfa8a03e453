import { setTimeout as sleep } from 'node:timers/promises';
import { takeOne, type Rate, type Spent } from '../../core/rate-limit.ts';
import { SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import type { SFNClientConfig } from '@aws-sdk/client-sfn';

/**
 * How often one process asks one service of one account and Region. Quotas are the account's, and its pipelines live on
 * them, too: the smallest that is documented refills by 5 a second (Step Functions, "Service quotas", ListExecutions).
 */
export const PACE: Rate = { perSecond: 5, burst: 10 };

/** A task that looks has 55 seconds, and has to say that the look failed. */
export const LONGEST_LOOK: Milliseconds = 40 * SECOND;

/** A look did not come to its end. */
export class LookTookTooLong extends Error {
  override name = 'TimeoutError';
}

interface Clock {
  now: () => Instant;
  pause: (length: Milliseconds) => Promise<unknown>;
}

/** @returns what resolves when the rate allows one more */
export function turnsAt(
  rate: Rate,
  { now, pause }: Clock = { now: Date.now, pause: sleep },
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

/** @throws LookTookTooLong */
export async function inTime<T>(look: Promise<T>, longest: Milliseconds = LONGEST_LOOK): Promise<T> {
  const over = new AbortController();
  const late = sleep(longest, undefined, { signal: over.signal }).then(() => {
    throw new LookTookTooLong();
  });
  try {
    return await Promise.race([look, late]);
  } finally {
    over.abort();
  }
}
