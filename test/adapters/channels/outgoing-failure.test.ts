import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { failure, PUBLIC_NOWHERE, send, server } from './posting.ts';
import { recorder } from './servers.ts';

describe('a failed post says', () => {
  const local = { allowedHosts: ['127.0.0.1'] };

  it('what was answered, in one line of at most 200 characters', async () => {
    const { port } = await server((response) =>
      response.writeHead(500).end(`no\r\nroom\u001b[31m ${'x'.repeat(300)}`),
    );
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, local));
    expect(message).toMatch(/^127\.0\.0\.1 answered 500: no room \[31m x+…$/);
    expect(message.length).toBeLessThanOrEqual(200 + '127.0.0.1 answered 500: '.length);
  });

  it('the text of an HTML page', async () => {
    const page = '<!doctype html><style>b{}</style><h1>Bad Gateway</h1>';
    const { port } = await server((response) => response.writeHead(502).end(page));
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, local));
    expect(message).toBe('127.0.0.1 answered 502: Bad Gateway');
  });

  it('no secret, no path and no query, even when the server repeats them', async () => {
    const { port } = await server((response, { url }) => {
      response
        .writeHead(404)
        .end(
          `Cannot POST ${url} ${decodeURIComponent(url)} s3cr3t/of+channel s3cr3t%2Fof%2Bchannel T0KEN1234`,
        );
    });
    const url = `http://127.0.0.1:${port}/services/T0KEN1234/caf%C3%A9-secret?key=qu%20ery-secret`;
    const { message } = await failure(send(url, local, ['s3cr3t/of+channel']));
    expect(message).toMatch(/^127\.0\.0\.1 answered 404: Cannot POST/);
    expect(message).not.toMatch(/services|T0KEN|secret|s3cr3t/);
  });

  it('reads only the beginning of an endless answer', async () => {
    let written = 0;
    const { port } = await server((response) => {
      response.writeHead(500);
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', pour);
      pour();
    });
    const started = performance.now();
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, local));
    expect(message).toMatch(/answered 500: x+…$/);
    await delay(100);
    expect(written).toBeLessThan(20_000_000);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('the status, when the answer breaks off or never ends', async () => {
    const { port } = await server((response) => response.writeHead(503).write('wait'));
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, { ...local, timeout: 300 }));
    expect(message).toBe('127.0.0.1 answered 503: wait');
  });

  it('that nobody answered in time', async () => {
    const { port } = await server(() => undefined);
    const started = performance.now();
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, { ...local, timeout: 1000 }));
    expect(message).toBe('127.0.0.1 did not answer within 1 s');
    expect(performance.now() - started).toBeLessThan(1800);
  });

  it('that the name took too long to resolve', async () => {
    const resolve = () => delay(5000, [PUBLIC_NOWHERE], { ref: false });
    const { message } = await failure(send('https://hook.test/', { resolve, timeout: 1000 }));
    expect(message).toBe('hook.test did not answer within 1 s');
  });

  it('that the name does not exist', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const { message } = await failure(send('https://hook.test/', { resolve }));
    expect(message).toBe('hook.test could not be resolved (ENOTFOUND)');
  });

  it('that the name has no address', async () => {
    const { message } = await failure(send('https://hook.test/', { resolve: () => Promise.resolve([]) }));
    expect(message).toBe('hook.test has no address');
  });

  it('that the connection was refused', async () => {
    const { port, close } = await recorder();
    await close();
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, local));
    expect(message).toBe('127.0.0.1 refused the connection');
  });

  it('that the connection was closed', async () => {
    const { port } = await server((response) => response.destroy());
    const { message } = await failure(send(`http://127.0.0.1:${port}/`, local));
    expect(message).toBe('127.0.0.1 closed the connection without an answer');
  });
});

describe('the pause that a receiver asks for', () => {
  it.each([
    [429, '30', 30_000],
    [503, '0', 0],
    [429, 'Sat, 21 Nov 2026 05:02:00 GMT', 120_000],
    [429, 'Sat, 21 Nov 2026 04:00:00 GMT', 0],
    [429, '99999999', 3_600_000],
    [429, 'soon', undefined],
    [500, '30', undefined],
  ])('of %i with Retry-After %s is %s ms', async (status, header, expected) => {
    const { port } = await server((response) => response.writeHead(status, { 'retry-after': header }).end());
    const { retryAfter } = await failure(send(`http://127.0.0.1:${port}/`, { allowedHosts: ['127.0.0.1'] }));
    expect(retryAfter).toBe(expected);
  });
});
