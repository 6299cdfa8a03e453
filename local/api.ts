import { createAdaptorServer } from '@hono/node-server';
import type { Context } from '../functions/app/ports.ts';
import { createApi } from '../functions/handlers/api/app.ts';
import type { Options } from './options.ts';
import { reachable } from './services/gateway.ts';
import type { Closeable } from './services/service.ts';

export interface ApiServer extends Closeable {
  url: string;
  /** Begins to answer; before, everything is 503. */
  open(ctx: Context): void;
}

/** Takes the port of the API. @throws an error with `code` EADDRINUSE when it is taken */
export async function listen({ host, port }: Pick<Options, 'host' | 'port'>): Promise<ApiServer> {
  let answer: (request: Request) => Response | Promise<Response> = () =>
    new Response('starting', { status: 503, headers: { 'retry-after': '1' } });
  const server = createAdaptorServer({ fetch: (request) => answer(request) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${reachable(host)}:${bound}`,
    open(ctx) {
      const app = createApi(ctx);
      answer = (request) => app.fetch(request);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
