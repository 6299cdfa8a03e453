import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Closeable } from './service.ts';

const Message = z.tuple([z.object({ port: z.number().int() })]);

/**
 * Starts DynamoDB (dynalite, on disk) in a thread of its own on 127.0.0.1.
 *
 * After anything but a clean close the indexes are first rebuilt from the tables. If the thread dies
 * later, its error is thrown in this process: going on without the table would only hide it.
 *
 * @param directory of the database; made if absent
 * @param port 0 or none takes a free one
 * @throws `EADDRINUSE` as `code` if the port is taken; a `code` of `LEVEL_DATABASE_NOT_OPEN` if another
 * process has the directory open
 */
export async function startDynamoDb({
  directory,
  port = 0,
}: {
  directory: string;
  port?: number;
}): Promise<Closeable & { endpoint: string }> {
  const worker = new Worker(new URL('./dynamodb-worker.ts', import.meta.url), {
    name: 'dynamodb',
    workerData: { directory, port },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
  });
  const [address] = Message.parse(await once(worker, 'message'));
  let closed: Promise<void> | undefined;
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: () =>
      (closed ??= (async () => {
        const exit = once(worker, 'exit');
        worker.postMessage('close');
        await exit;
      })()),
  };
}
