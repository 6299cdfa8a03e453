import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { outcomeOf } from './outcome.ts';

/* One of several threads that play seeds: each number that it is sent is answered by what that seed came to. */

const { kind } = z.object({ kind: z.enum(['days', 'year']) }).parse(workerData);
const port = parentPort;
if (!port) throw new Error('not a worker thread');
port.on('message', (seed: unknown) => {
  void outcomeOf(z.int().parse(seed), kind).then((outcome) => {
    port.postMessage(outcome);
  });
});
