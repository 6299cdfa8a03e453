import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoDb } from '../local/services/dynamodb.ts';
import { must, sleepUntil } from '../test/e2e/client.ts';
import { startReceiver } from '../test/e2e/receiver.ts';
import { startService } from '../test/e2e/service.ts';

const MINUTE = 60_000;
const SECOND = 1000;
const DEADLINES = 20;

/** Calls to DynamoDB by operation, a deadline. */
export type Calls = Record<string, number>;

/**
 * Counts the calls to DynamoDB from the due time on until a deadline is judged, told of and planned on. The sweep's
 * look into its index is left out: it costs the same however many deadlines there are.
 */
export async function countCalls(outcome: 'met' | 'missed'): Promise<Calls> {
  const data = await mkdtemp(join(tmpdir(), 'overdue-bench-'));
  const dynamodb = await startDynamoDb({ directory: join(data, 'counted') });
  const counter = await startCounter(dynamodb.endpoint);
  const receiver = await startReceiver();
  const service = await startService(data, {}, { AWS_ENDPOINT_URL_DYNAMODB: counter.endpoint });
  try {
    await must(service, 'PUT', '/v1/teams/bench', { grants: [] });
    await must(service, 'PUT', '/v1/teams/bench/channels/hook', { type: 'webhook', url: receiver.url });
    const due = Math.ceil((Date.now() + 15 * SECOND) / MINUTE) * MINUTE;
    const at = { at: new Date(due).toISOString().slice(11, 16), days: 'daily', timezone: 'UTC' };
    const pings: string[] = [];
    for (let n = 0; n < DEADLINES; n++) {
      const body = { id: `check-${n}`, team: 'bench', checkIn: {}, due: at, notify: ['hook'] };
      pings.push((await must<{ pingUrl: string }>(service, 'POST', '/v1/expectations', body)).pingUrl);
    }
    counter.reset();
    if (outcome === 'met') for (const url of pings) await fetch(url);
    await sleepUntil(due + 12 * SECOND);
    return Object.fromEntries(
      Object.entries(counter.counts()).map(([name, count]) => [
        name,
        Math.round((10 * count) / DEADLINES) / 10,
      ]),
    );
  } finally {
    await service.stop();
    await counter.close();
    await dynamodb.close();
    await receiver.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** Passes requests on to DynamoDB and counts them by operation. */
async function startCounter(upstream: string) {
  let counts: Calls = {};
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
      const body = Buffer.concat(chunks);
      const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
      if (!body.includes('"IndexName":"todo"')) counts[operation] = (counts[operation] ?? 0) + 1;
      const { host: _host, 'content-length': _length, connection: _connection, ...rest } = incoming.headers;
      const headers = Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]);
      const answer = await fetch(upstream, { method: 'POST', headers, body });
      outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    reset: () => {
      counts = {};
    },
    counts: () => counts,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
