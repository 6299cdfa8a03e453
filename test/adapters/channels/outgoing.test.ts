import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer as createTlsServer } from 'node:https';
import tls from 'node:tls';
import { closing, failure, PUBLIC_NOWHERE, send, server } from './posting.ts';
import { selfSigned } from './self-signed.ts';
import { listening } from './servers.ts';

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
