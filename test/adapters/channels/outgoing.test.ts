import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer as createTlsServer } from 'node:https';
import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { DeliveryFailed } from '../../../functions/adapters/channels/errors.ts';
import { post, systemResolve, type OutgoingOptions } from '../../../functions/adapters/channels/outgoing.ts';
import { selfSigned } from './self-signed.ts';
import { listening, recorder, type Answer } from './servers.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');
/** In the part of IPv6 from which addresses are given out, but never given out itself: nobody is there. */
const PUBLIC_NOWHERE = '2d00::1';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function server(answer?: Answer) {
  const started = await recorder(answer);
  closing.push(started.close);
  return started;
}

const options = (over: Partial<OutgoingOptions> = {}): OutgoingOptions => ({
  allowedHosts: [],
  resolve: systemResolve,
  timeout: 2000,
  clock: () => NOW,
  ...over,
});

const send = (url: string, over: Partial<OutgoingOptions> = {}, secrets: string[] = []) =>
  post({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}', secrets }, options(over));

async function failure(work: Promise<void>): Promise<DeliveryFailed> {
  const outcome = await work.then(
    () => 'delivered',
    (error: unknown) => error,
  );
  if (!(outcome instanceof DeliveryFailed)) throw new Error(`not a DeliveryFailed: ${String(outcome)}`);
  return outcome;
}

describe('an outgoing post', () => {
  it('reaches an allowed host with its headers and body', async () => {
    const { port, requests } = await server();
    await send(`http://127.0.0.1:${port}/hook?a=b`, { allowedHosts: [`127.0.0.1:${port}`] });
    expect(requests).toMatchObject([
      { method: 'POST', url: '/hook?a=b', body: '{"a":1}', headers: { host: `127.0.0.1:${port}` } },
    ]);
  });

  it.each([201, 202, 204])('takes %i as delivered', async (status) => {
    const { port } = await server((response) => response.writeHead(status).end());
    await expect(send(`http://127.0.0.1:${port}/`, { allowedHosts: ['127.0.0.1'] })).resolves.toBeUndefined();
  });

  it('does not wait for the body of a good answer', async () => {
    const { port } = await server((response) => response.writeHead(200).write('still writing'));
    await expect(send(`http://127.0.0.1:${port}/`, { allowedHosts: ['127.0.0.1'] })).resolves.toBeUndefined();
  });

  it('connects to the address that was checked, by asking once', async () => {
    const { port, requests } = await server();
    const asked: string[] = [];
    const resolve = (host: string) =>
      Promise.resolve(asked.push(host) === 1 ? ['127.0.0.1'] : [PUBLIC_NOWHERE]);
    await send(`http://hook.test:${port}/`, { allowedHosts: ['hook.test'], resolve });
    expect(asked).toEqual(['hook.test']);
    expect(requests[0]?.headers.host).toBe(`hook.test:${port}`);
  });
});

describe('the guard of outgoing posts', () => {
  it('does not connect to a name that is public at first and private when connecting', async () => {
    const { port, connections } = await server();
    const answers = [[PUBLIC_NOWHERE], ['127.0.0.1'], ['127.0.0.1']];
    const resolve = () => Promise.resolve(answers.shift() ?? []);
    const { message } = await failure(send(`https://rebind.test:${port}/`, { resolve, timeout: 500 }));
    expect(message).toMatch(/^rebind\.test (could not be reached|did not answer)/);
    expect(connections()).toBe(0);
    expect(answers).toHaveLength(2);
  });

  it.each([
    ['private', ['10.0.0.1']],
    ['public and private', [PUBLIC_NOWHERE, '127.0.0.1']],
    ['private and public', ['::ffff:169.254.169.254', PUBLIC_NOWHERE]],
    ['no address at all', ['garbage']],
  ])('refuses a name whose addresses are %s', async (_, addresses) => {
    const { port, connections } = await server();
    const resolve = () => Promise.resolve(addresses);
    const { message } = await failure(send(`https://hook.test:${port}/`, { resolve }));
    expect(message).toBe('hook.test has a private or local address, which this deployment does not allow');
    expect(connections()).toBe(0);
  });

  it.each(['https://127.0.0.1', 'https://2130706433', 'https://[::ffff:127.0.0.1]', 'http://127.0.0.1'])(
    'refuses %s, whatever was registered',
    async (origin) => {
      const { port, connections } = await server();
      const { message } = await failure(send(`${origin}:${port}/`));
      expect(message).toMatch(/^the URL of the channel must /);
      expect(connections()).toBe(0);
    },
  );

  it('refuses the real localhost by its address', async () => {
    const { message } = await failure(send('https://localhost.:1/', { allowedHosts: ['other'] }));
    expect(message).toMatch(/private or local/);
  });

  it('allows a host on the listed port only', async () => {
    const { port, connections } = await server();
    const failed = await failure(send(`http://127.0.0.1:${port}/`, { allowedHosts: ['127.0.0.1:1'] }));
    expect(failed.message).toMatch(/https/);
    expect(connections()).toBe(0);
  });

  it('does not follow a redirect to another address', async () => {
    const inner = await server();
    const outer = await server((response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    const { message } = await failure(
      send(`http://127.0.0.1:${outer.port}/`, { allowedHosts: ['127.0.0.1'] }),
    );
    expect(message).toBe('127.0.0.1 answered 307, a redirect: redirects are not followed');
    expect(inner.connections()).toBe(0);
  });
});

describe('over TLS', () => {
  const authorities = tls.getCACertificates('default');
  afterEach(() => {
    tls.setDefaultCACertificates(authorities);
  });

  async function secure(name: string) {
    const names: string[] = [];
    const { key, cert } = selfSigned(name);
    const https = createTlsServer({ key, cert }, (_request, response) => response.end('ok'));
    https.on('secureConnection', (socket) => names.push(String(socket.servername)));
    const started = await listening(https);
    closing.push(started.close);
    return { ...started, cert, names };
  }

  it('the certificate is asked for and checked by name, at the checked address', async () => {
    const { port, cert, names } = await secure('hook.test');
    tls.setDefaultCACertificates([cert]);
    const resolve = () => Promise.resolve(['127.0.0.1']);
    await send(`https://hook.test:${port}/`, { allowedHosts: ['hook.test'], resolve });
    expect(names).toEqual(['hook.test']);
  });

  it('a certificate of another name is refused', async () => {
    const { port, cert } = await secure('other.test');
    tls.setDefaultCACertificates([cert]);
    const resolve = () => Promise.resolve(['127.0.0.1']);
    const { message } = await failure(
      send(`https://hook.test:${port}/`, { allowedHosts: ['hook.test'], resolve }),
    );
    expect(message).toBe('hook.test could not be reached securely (ERR_TLS_CERT_ALTNAME_INVALID)');
  });

  it('a certificate of nobody is refused', async () => {
    const { port } = await secure('hook.test');
    const resolve = () => Promise.resolve(['127.0.0.1']);
    const { message } = await failure(
      send(`https://hook.test:${port}/`, { allowedHosts: ['hook.test'], resolve }),
    );
    expect(message).toMatch(/^hook\.test could not be reached securely \(/);
  });
});

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
