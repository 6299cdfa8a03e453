import { describe, expect, it } from '@jest/globals';
import { urlProblem } from '../../../functions/adapters/channels/outgoing-url.ts';

const PRIVATE = /private or local address/;

describe('a URL is refused at registration', () => {
  it.each([
    ['not a URL', 'hooks.example.com/x', /must be a URL/],
    ['http', 'http://example.com/x', /must begin with https/],
    ['another scheme', 'ftp://example.com/x', /must begin with https/],
    ['a file', 'file:///etc/passwd', /must begin with https/],
    ['a user', 'https://user@example.com/', /user name or password/],
    ['a password', 'https://:pass@example.com/', /user name or password/],
    ['an @ that hides the host', 'https://example.com@127.0.0.1/', /user name or password/],
    ['localhost', 'https://localhost/', PRIVATE],
    ['localhost with the dot of the root', 'https://localhost./', PRIVATE],
    ['localhost in capitals', 'https://LOCALHOST:8443/', PRIVATE],
    ['a name below localhost', 'https://api.localhost/', PRIVATE],
    ['loopback', 'https://127.0.0.1/', PRIVATE],
    ['loopback with the dot of the root', 'https://127.0.0.1./', PRIVATE],
    ['loopback, short', 'https://127.1/', PRIVATE],
    ['loopback, decimal', 'https://2130706433/', PRIVATE],
    ['loopback, hex', 'https://0x7f000001/', PRIVATE],
    ['loopback, hex in parts', 'https://0x7f.0.0.1/', PRIVATE],
    ['loopback, octal', 'https://0177.0.0.1/', PRIVATE],
    ['loopback, octal in one', 'https://017700000001/', PRIVATE],
    ['loopback, percent-encoded', 'https://%31%32%37.0.0.1/', PRIVATE],
    ['loopback, in other digits', 'https://①②⑦.0.0.1/', PRIVATE],
    ['nothing, in one digit', 'https://0/', PRIVATE],
    ['IPv6 loopback', 'https://[::1]/', PRIVATE],
    ['IPv4-mapped loopback', 'https://[::ffff:127.0.0.1]/', PRIVATE],
    ['IPv4-mapped loopback, hex', 'https://[::ffff:7f00:1]:9001/', PRIVATE],
    ['IPv4-compatible loopback', 'https://[::7f00:1]/', PRIVATE],
    ['NAT64 of a private address', 'https://[64:ff9b::a00:1]/', PRIVATE],
    ['the metadata service', 'https://169.254.169.254/latest/meta-data/', PRIVATE],
    ['the metadata service, decimal', 'https://2852039166/', PRIVATE],
    ['a private address', 'https://10.1.2.3/', PRIVATE],
  ])('%s: %s', (_, url, problem) => {
    expect(urlProblem(url, [])).toMatch(problem);
  });

  it.each(['https://hooks.slack.com/services/T/B/x', 'https://8.8.8.8:8443/x', 'https://[2606:4700::1111]/'])(
    'but not %s',
    (url) => {
      expect(urlProblem(url, [])).toBeUndefined();
    },
  );
});

describe('what the deployment allows', () => {
  it.each([
    ['a host on any port', 'http://hooks.internal:8080/x', 'hooks.internal'],
    ['a host in capitals', 'http://hooks.internal/x', 'Hooks.Internal'],
    ['a host with port', 'http://127.0.0.1:9099/', '127.0.0.1:9099'],
    ['the default port of http', 'http://hooks.internal/', 'hooks.internal:80'],
    ['the default port of https', 'https://10.0.0.5/', '10.0.0.5:443'],
    ['another notation of the address', 'http://2130706433:9099/', '127.0.0.1:9099'],
    ['an IPv6 address', 'http://[::1]:9099/', '::1'],
    ['an IPv6 address with port', 'http://[::1]:9099/', '[::1]:9099'],
    ['localhost', 'http://localhost:9099/', 'localhost'],
  ])('%s', (_, url, allowed) => {
    expect(urlProblem(url, [allowed])).toBeUndefined();
  });

  it.each([
    ['another port', 'http://127.0.0.1:9001/', '127.0.0.1:9099'],
    ['port 443 for 80', 'http://hooks.internal/', 'hooks.internal:443'],
    ['a longer name', 'http://hooks.internal.example.com/', 'hooks.internal'],
    ['a name below', 'http://x.hooks.internal/', 'hooks.internal'],
    ['everything, by an empty entry', 'http://127.0.0.1/', ''],
    ['everything, by a star', 'http://127.0.0.1/', '*'],
  ])('does not allow %s', (_, url, allowed) => {
    expect(urlProblem(url, [allowed])).toBeDefined();
  });

  it('still refuses credentials and other schemes', () => {
    expect(urlProblem('http://user:pass@hooks.internal/', ['hooks.internal'])).toMatch(/user name/);
    expect(urlProblem('ftp://hooks.internal/', ['hooks.internal'])).toMatch(/https/);
  });
});
