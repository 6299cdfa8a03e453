import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server on a free port of 127.0.0.1 that records what it is sent; `connections` counts even those that say nothing. */
export interface Recorder {
  port: number;
  requests: Received[];
  connections: () => number;
  close: () => Promise<void>;
}

export type Answer = (response: ServerResponse, received: Received) => void;

export async function recorder(answer: Answer = (response) => response.end('ok')): Promise<Recorder> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      requests.push(received);
      answer(response, received);
    });
  });
  return { ...(await listening(server)), requests };
}

/** Starts any HTTP or HTTPS server on a free port. */
export async function listening(server: Server): Promise<Omit<Recorder, 'requests'>> {
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
