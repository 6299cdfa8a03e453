import { buildApp } from 'fauxqs';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { Closeable } from './service.ts';

/**
 * Starts SQS and SNS (fauxqs) on 127.0.0.1. Queues, topics and messages are in memory only: kept on disk
 * they cost fifty times as much, and the sweep does again what a lost message would have done.
 *
 * @param port 0 or none takes a free one
 * @throws `EADDRINUSE` as `code` if the port is taken
 */
export async function startMessaging({ port = 0 }: { port?: number } = {}): Promise<
  Closeable & { endpoint: string }
> {
  const sqsStore = new SqsStore();
  // Clients send to the host in a queue's URL: it must be the one they came by, not `sqs.<region>.localhost`.
  sqsStore.host = '';
  const stores = { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() };
  const app = buildApp({ logger: false, stores });
  app.server.keepAliveTimeout = 0;
  const endpoint = await app.listen({ host: '127.0.0.1', port });
  return { endpoint, close: () => app.close() };
}
