import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from '../functions/app/ports.ts';
import { createApi } from '../functions/handlers/api/app.ts';
import { limitsOf } from '../functions/handlers/api/callers.ts';
import { PROBLEMS } from '../functions/handlers/api/problem-types.ts';
import type { Options } from './options.ts';
import { reachable } from './services/gateway.ts';
import type { Closeable } from './services/service.ts';

/** Bytes of the address and all headers: Node's own default, told here so that the refusal can tell it. */
const MOST_HEADER_BYTES = 16_384;

export interface ApiServer extends Closeable {
  url: string;
  /** Begins to answer; before, everything is 503. */
  open(ctx: Context): void;
}

type Answer = (request: Request, bindings: object) => Response | Promise<Response>;

/** Takes the port of the API. @throws an error with `code` EADDRINUSE when it is taken */
export async function listen({
  host,
  port,
  rates,
}: Pick<Options, 'host' | 'port' | 'rates'>): Promise<ApiServer> {
  let answer: Answer = () => new Response('starting', { status: 503, headers: { 'retry-after': '1' } });
  const server = createAdaptorServer({
    fetch: (request, bindings) => answer(request, bindings),
    serverOptions: { maxHeaderSize: MOST_HEADER_BYTES },
  });
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${reachable(host)}:${bound}`,
    open(ctx) {
      const app = createApi(
        ctx,
        limitsOf(rates, (c) => getConnInfo(c).remote.address),
      );
      answer = (request, bindings) => app.fetch(request, bindings);
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

/** What Node cannot read as a request gets an answer all the same, as every other refusal. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const type = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'not-http';
  const { status, title } = PROBLEMS[type];
  const detail =
    type === 'not-http'
      ? 'what came is no HTTP request'
      : `the address and the headers must be at most ${MOST_HEADER_BYTES} bytes together`;
  const body = JSON.stringify({ type: `/problems/${type}`, title, status, detail });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
