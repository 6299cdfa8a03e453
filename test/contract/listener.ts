import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Hears what the function of the contract tells. */
export async function listen<T>(
  read: (event: unknown) => T,
): Promise<{ tellTo: string; heard: T[]; close: () => void }> {
  const heard: T[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push(read(JSON.parse(body)));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    tellTo: `http://127.0.0.1:${port}/`,
    heard,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
