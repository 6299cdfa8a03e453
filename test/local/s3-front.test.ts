import { setTimeout as sleep } from 'node:timers/promises';
import { EventEmitter, once } from 'node:events';
import { type RequestListener, createServer, request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { startGateway } from '../../local/services/gateway.ts';
import type { ObjectCreatedEvent } from '../../local/services/s3-events.ts';
import { createS3Front } from '../../local/services/s3-front.ts';
import { cleanUp, later, started } from './support.ts';
import { Bucket, statusOf } from './s3-stack.ts';

afterEach(cleanUp);

/** A front before a store that does what the test says. */
async function frontOf(serve: RequestListener, emit: (event: ObjectCreatedEvent) => Promise<unknown>) {
  const store = createServer(serve).listen(0, '127.0.0.1');
  await once(store, 'listening');
  const address = store.address();
  const port = typeof address === 'object' ? address!.port : 0;
  const front = createS3Front({ endpoint: `http://127.0.0.1:${port}`, emit });
  later(async () => {
    front.close();
    store.closeAllConnections();
    await new Promise((done) => store.close(done));
  });
  return started(startGateway({ port: 0, s3: front, upstreams: {}, handlers: {} }));
}

test('streams: the store has the start of a body before the client sends its end', async () => {
  const arrived: { bytes: number; expect?: string | undefined } = { bytes: 0 };
  const { endpoint } = await frontOf(
    (incoming, outgoing) => {
      arrived.expect ??= incoming.headers.expect;
      incoming.on('data', (piece: Buffer) => (arrived.bytes += piece.length));
      incoming.on('end', () => outgoing.writeHead(200, { etag: '"e"', 'content-length': 0 }).end());
    },
    () => Promise.resolve(),
  );
  const put = request(`${endpoint}/${Bucket}/a`, { method: 'PUT', headers: { expect: '100-continue' } });
  put.flushHeaders();
  await once(put, 'continue');
  put.write(Buffer.alloc(1_000_000));
  while (arrived.bytes < 1_000_000) await sleep(5);
  put.end('end');
  expect(await statusOf(put)).toBe(200);
  // The gateway has answered the expectation.
  expect(arrived).toEqual({ bytes: 1_000_003, expect: undefined });
});

test.each([
  ['PUT', '/a', { 'x-amz-copy-source': 'landing/b' }],
  ['POST', '/a?uploadId=1', {}],
])('a 200 with an error inside is no success: %s %s', async (method, path, headers) => {
  const error = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>';
  const emit = () => Promise.reject(new Error('emitted'));
  const { endpoint } = await frontOf((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(200).end(error);
  }, emit);
  const response = await fetch(`${endpoint}/${Bucket}${path}`, { method, headers });
  expect([response.status, await response.text()]).toEqual([200, error]);
});

test('a store that cannot be reached is an error that the client may try again', async () => {
  const { endpoint } = await frontOf(
    (incoming) => incoming.socket.destroy(),
    () => Promise.resolve(),
  );
  expect((await fetch(`${endpoint}/${Bucket}/a`, { method: 'PUT', body: 'x' })).status).toBe(500);
  expect((await fetch(`${endpoint}/${Bucket}/a`)).status).toBe(500);
});

test('an upload that the client breaks off is broken off at the store', async () => {
  const seen = new EventEmitter();
  const { endpoint } = await frontOf(
    (incoming) => {
      incoming.once('data', () => seen.emit('start'));
      incoming.once('close', () => seen.emit('close', incoming.complete));
    },
    () => Promise.resolve(),
  );
  const put = request(`${endpoint}/${Bucket}/a`, { method: 'PUT' });
  put.on('error', () => undefined);
  put.write('half');
  await once(seen, 'start');
  const closed = once(seen, 'close');
  put.destroy();
  expect(await closed).toEqual([false]);
});

test('the time of an event is that of the store', async () => {
  const events: ObjectCreatedEvent[] = [];
  const { endpoint } = await frontOf(
    (incoming, outgoing) => {
      incoming.resume();
      const known = { etag: '"e"', 'last-modified': 'Sat, 21 Nov 2026 05:59:59 GMT', 'content-length': 1 };
      outgoing.writeHead(200, incoming.method === 'HEAD' ? known : { etag: '"e"' }).end();
    },
    (event) => Promise.resolve(events.push(event)),
  );
  await fetch(`${endpoint}/${Bucket}/a`, { method: 'PUT', body: 'x' });
  expect(events.map(({ time }) => time)).toEqual(['2026-11-21T05:59:59Z']);
});
