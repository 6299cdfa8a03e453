import { codeOf } from './channels/errors.ts';
import { SECOND, type Milliseconds } from '../core/time.ts';

/** The monitor did not take a heartbeat. Its address, which is a password, is not told. */
export class MonitorUnreachable extends Error {
  override name = 'MonitorUnreachable';
}

const ATTEMPTS = 3;

export interface MonitorOptions {
  /** For one attempt; 5 s. */
  timeout?: Milliseconds;
  pause: (length: Milliseconds) => Promise<void>;
}

/**
 * Sends heartbeats to a monitor of the operator's choice by GET, as Healthchecks, Cronitor and others take them.
 * @param url where to; redirects are followed
 * @returns a function that sends one, in three attempts; it throws MonitorUnreachable
 */
export function heartbeatTo(
  url: string,
  { timeout = 5 * SECOND, pause }: MonitorOptions,
): () => Promise<void> {
  return async () => {
    let problem = '';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      problem = await beat(url, timeout);
      if (problem === '') return;
      if (attempt < ATTEMPTS) await pause(attempt * SECOND);
    }
    throw new MonitorUnreachable(`the heartbeat was not taken in ${ATTEMPTS} attempts: ${problem}`);
  };
}

/** @returns what went wrong, or nothing */
async function beat(url: string, timeout: Milliseconds): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    await answer.body?.cancel();
    return answer.ok ? '' : `it answered ${answer.status}`;
  } catch (error) {
    return codeOf(error) === 'TimeoutError' ? 'it did not answer in time' : 'it could not be reached';
  }
}
