import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One alert as a webhook receiver sees it. */
export interface ReceivedAlert {
  id: string;
  type: string;
  expectation: string;
  seen: string;
  lateSeconds?: number;
}

export interface Received {
  at: number;
  key: string;
  alerts: ReceivedAlert[];
}

/** A webhook receiver that remembers what it was sent; `answer` decides what it says. */
export async function startReceiver(port = 0) {
  const received: Received[] = [];
  const state = {
    answer: (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200).end();
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { alerts: ReceivedAlert[] };
      const key = request.headers['idempotency-key'];
      received.push({ at: Date.now(), key: typeof key === 'string' ? key : '', alerts: body.alerts });
      state.answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  // A test that breaks off before it closes this ends all the same.
  server.unref();
  return {
    url: `http://127.0.0.1:${bound}/hook`,
    port: bound,
    received,
    state,
    /** Types of the alerts of an expectation, each alert id once, in order of their first arrival. */
    types(expectation: string): string[] {
      const seen = new Set<string>();
      return received
        .flatMap(({ alerts }) => alerts)
        .filter(({ id, expectation: of }) => of === expectation && !seen.has(id) && seen.add(id))
        .map(({ type }) => type);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
