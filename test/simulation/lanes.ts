import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { outcomeOf, type Kind, type Outcome } from './outcome.ts';

const OutcomeMessage = z.object({
  seed: z.int(),
  problems: z.array(z.string()),
  deadlines: z.int(),
  compared: z.int(),
  decided: z.int(),
  faults: z.record(z.string(), z.number()),
  verdicts: z.record(z.string(), z.number()),
});

export interface Lanes {
  kind: Kind;
  /** Threads; one plays here. */
  jobs: number;
  /** The first seed; the following ones are the next numbers. */
  from: number;
  seeds: number;
  /** Told of each seed when it is done, in any order. @returns whether further seeds are wanted */
  done: (outcome: Outcome) => boolean;
}

/** Plays seed after seed on several threads, until no more are wanted. */
export async function runLanes({ kind, jobs, from, seeds, done }: Lanes): Promise<void> {
  let next = from;
  let end = from + seeds;
  const report = (outcome: Outcome) => {
    if (!done(outcome)) end = next;
  };
  if (jobs <= 1) {
    while (next < end) report(await outcomeOf(next++, kind));
    return;
  }
  const lane = async () => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { kind } });
    while (next < end) report(await answer(worker, next++));
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, lane));
}

/** Most seeds take less than a second; which one it is that hangs, nobody could tell without this. */
const LONG = 60_000;

function answer(worker: Worker, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      process.stderr.write(`seed ${seed} takes longer than a minute\n`);
    }, LONG);
    worker.once('error', reject);
    worker.once('message', (message: unknown) => {
      clearTimeout(timer);
      worker.off('error', reject);
      resolve(OutcomeMessage.parse(message));
    });
    worker.postMessage(seed);
  });
}
