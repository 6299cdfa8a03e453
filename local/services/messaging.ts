import { buildApp } from 'fauxqs';
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
  const app = buildApp({ logger: false });
  app.server.keepAliveTimeout = 0;
  const endpoint = await app.listen({ host: '127.0.0.1', port });
  return { endpoint, close: () => app.close() };
}
