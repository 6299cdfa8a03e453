import { Contention } from './errors.ts';

const ATTEMPTS = 8;

/**
 * Repeats read-decide-save until the save is not beaten by another writer.
 * @param attempt answers undefined when somebody else wrote first
 * @throws Contention after 8 attempts
 */
export async function untilSaved<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const done = await attempt();
    if (done !== undefined) return done;
  }
  throw new Contention(`${what} was written by others ${ATTEMPTS} times in a row`);
}
