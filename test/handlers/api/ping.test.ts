import { beforeEach, describe, expect, test } from '@jest/globals';
import { lastBytes } from '../../../functions/handlers/api/log-body.ts';
import { ApiClient } from './client.ts';

const backup = { id: 'backup', team: 'data', checkIn: {}, due: { silentFor: '1h' }, notify: ['mail'] };
const ref = { team: 'data', id: 'backup' };

let api: ApiClient;
/** `/ping/<token>` */
let ping: string;

beforeEach(async () => {
  api = await ApiClient.start();
  const { pingUrl } = await api.ok('POST /v1/expectations', { body: backup, status: 201 });
  ping = new URL(String(pingUrl)).pathname;
});

function recorded() {
  return api.world.evidence.of(ref);
}

describe('a check-in by address', () => {
  test.each(['GET', 'POST', 'HEAD'])('%s', async (method) => {
    const { status, text, headers } = await api.send(`${method} ${ping}`, { as: 'nobody' });
    expect(status).toBe(200);
    expect(text).toBe(method === 'HEAD' ? '' : 'OK\n');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(recorded()).toMatchObject([{ source: 'check-in', checkIn: { signal: 'success' } }]);
  });

  test.each([
    ['', { checkIn: { signal: 'success' } }],
    ['/start', { checkIn: { signal: 'start' } }],
    ['/fail', { checkIn: { signal: 'failure' }, rejected: 'reported as failed' }],
    ['/0', { checkIn: { signal: 'success', exitCode: 0 } }],
    ['/1', { checkIn: { signal: 'failure', exitCode: 1 }, rejected: 'failed with exit code 1' }],
    ['/255', { checkIn: { signal: 'failure', exitCode: 255 } }],
    ['/', { checkIn: { signal: 'success' } }],
  ])('…%s', async (suffix, evidence) => {
    const { status } = await api.send(`GET ${ping}${suffix}`, { as: 'nobody' });
    expect(status).toBe(200);
    expect(recorded()).toMatchObject([evidence]);
  });

  test.each(['/256', '/-1', '/1e2', '/done', '/1.0'])(
    '…%s is refused in words and records nothing',
    async (suffix) => {
      const { status, text } = await api.send(`GET ${ping}${suffix}`, { as: 'nobody' });
      expect(status).toBe(400);
      expect(text).toBe(
        'after the token of the address there may be nothing, /start, /fail or an exit code from 0 to 255\n',
      );
      expect(recorded()).toEqual([]);
    },
  );

  test('of an unknown token is answered with 404 and text', async () => {
    const { status, text, headers } = await api.send('POST /ping/nonsense', { as: 'nobody' });
    expect(status).toBe(404);
    expect(text).toBe('no expectation has this check-in address\n');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
  });

  test('of an expectation that awaits a file now is answered with 409', async () => {
    const body = { file: { bucket: 'acme', key: 'orders/x' }, due: { every: '1h' } };
    await api.ok('PUT /v1/teams/data/expectations/backup', { body });
    const { status, text } = await api.send(`GET ${ping}`, { as: 'nobody' });
    expect(status).toBe(409);
    expect(text).toBe(
      'expectation backup takes no check-ins: only a checkIn does, and a custom job with a plain name and no filters\n',
    );
  });
});

describe('a repeated check-in', () => {
  test.each([
    ['?rid=run-7', {}],
    ['', { 'Idempotency-Key': 'run-7' }],
  ])('with the same id is recorded once (%s)', async (query, headers) => {
    for (let times = 0; times < 2; times++) {
      expect((await api.send(`POST ${ping}${query}`, { as: 'nobody', headers })).status).toBe(200);
    }
    expect(recorded()).toHaveLength(1);
  });

  test('start and end of one run have one id and are two check-ins', async () => {
    for (const suffix of ['/start', '', '/fail'])
      await api.send(`GET ${ping}${suffix}?rid=run-7`, { as: 'nobody' });
    expect(recorded().map(({ checkIn }) => checkIn?.signal)).toEqual(
      expect.arrayContaining(['start', 'success', 'failure']),
    );
  });

  test('without an id is recorded each time', async () => {
    await api.send(`GET ${ping}`, { as: 'nobody' });
    await api.send(`GET ${ping}`, { as: 'nobody' });
    expect(recorded()).toHaveLength(2);
  });

  test('with an id that is too long is refused', async () => {
    const { status, text } = await api.send(`GET ${ping}?rid=${'x'.repeat(201)}`, { as: 'nobody' });
    expect(status).toBe(400);
    expect(text).toBe('Idempotency-Key, or rid, must be at most 200 characters\n');
  });
});

describe('the body of a check-in', () => {
  test('is kept', async () => {
    await api.send(`POST ${ping}`, { as: 'nobody', raw: 'copied 1042 files\n' });
    expect(recorded()).toMatchObject([{ checkIn: { body: 'copied 1042 files\n' } }]);
  });

  test('of any type is kept', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await api.send(`POST ${ping}`, { as: 'nobody', raw: 'a=1&b=2', headers });
    expect(recorded()).toMatchObject([{ checkIn: { body: 'a=1&b=2' } }]);
  });

  test('keeps its last 10,000 bytes when it is longer', async () => {
    const raw = `first${'x'.repeat(50_000)}last`;
    await api.send(`POST ${ping}/1`, { as: 'nobody', raw });
    const kept = recorded()[0]?.checkIn?.body ?? '';
    expect(Buffer.byteLength(kept)).toBe(10_000);
    expect(kept.endsWith('xlast')).toBe(true);
  });

  test.each([
    [100_000, 200],
    [100_001, 413],
  ])('of %i bytes is answered with %i', async (bytes, status) => {
    const answer = await api.send(`POST ${ping}`, { as: 'nobody', raw: 'x'.repeat(bytes) });
    expect(answer.status).toBe(status);
    expect(recorded()).toHaveLength(status === 200 ? 1 : 0);
  });

  test('that is no UTF-8 is kept as far as it can be read', async () => {
    const raw = new Uint8Array([0x6f, 0x6b, 0xff, 0x0a]);
    expect((await api.send(`POST ${ping}`, { as: 'nobody', raw })).status).toBe(200);
    expect(recorded()).toMatchObject([{ checkIn: { body: 'ok\uFFFD\n' } }]);
  });
});

describe('the last bytes', () => {
  test.each([
    ['abc', 5, 'abc'],
    ['abcde', 5, 'abcde'],
    ['abcdef', 5, 'bcdef'],
    ['äöü', 4, 'öü'],
    ['äöü', 3, 'ü'],
    ['a€b', 4, '€b'],
    ['a€b', 3, 'b'],
    ['a🙂b', 4, 'b'],
    ['a🙂b', 5, '🙂b'],
    ['a🙂', 3, ''],
    ['', 3, ''],
  ])('of %j, at most %i, are %j', (text, most, last) => {
    expect(lastBytes(text, most)).toBe(last);
  });
});

test('neither tokens nor bodies are in the log', async () => {
  const token = ping.split('/')[2] ?? '';
  await api.send(`POST ${ping}`, { as: 'nobody', raw: 'password=hunter2' });
  await api.send(`PUT ${ping}`, { as: 'nobody' });
  await api.send(`GET ${ping}/nonsense`, { as: 'nobody' });
  await api.send(`GET /pings/${token}`, { as: 'nobody' });
  api.world.evidence.record = () => Promise.reject(new Error('table is gone'));
  await api.send(`POST ${ping}/1`, { as: 'nobody', raw: 'password=hunter2' });
  const log = JSON.stringify(api.world.log.lines);
  expect(log).toContain('POST /ping/:token');
  expect(log).toContain('table is gone');
  expect(log).not.toContain(token);
  expect(log).not.toContain('hunter2');
});

describe('a check-in by key', () => {
  const path = 'POST /v1/teams/data/expectations/backup/check-ins';

  test.each([
    [undefined, { signal: 'success' }],
    [{}, { signal: 'success' }],
    [{ signal: 'start' }, { signal: 'start' }],
    [{ exitCode: 0 }, { signal: 'success', exitCode: 0 }],
    [
      { exitCode: 3, body: 'no space' },
      { signal: 'failure', exitCode: 3, body: 'no space' },
    ],
    [
      { signal: 'failure', exitCode: 3 },
      { signal: 'failure', exitCode: 3 },
    ],
  ])('%j', async (body, checkIn) => {
    const answer = await api.ok(path, { body });
    expect(answer).toEqual({ signal: checkIn.signal, at: '2026-11-21T05:00:00.000Z' });
    expect(recorded()).toMatchObject([{ checkIn }]);
  });

  test('is the same one when it comes again with its id, by address too', async () => {
    await api.ok(path, { body: { id: 'run-7' } });
    await api.ok(path, { body: { id: 'run-7' } });
    await api.send(`GET ${ping}?rid=run-7`, { as: 'nobody' });
    expect(recorded()).toHaveLength(1);
  });

  test.each([
    [
      { signal: 'success', exitCode: 1 },
      'signal',
      'does not go together with exitCode 1, which means failure: leave it out',
    ],
    [{ exitCode: 256 }, 'exitCode', 'must be a whole number from 0 to 255'],
    [{ signal: 'ok' }, 'signal', 'must be one of success, start, failure'],
    [{ sginal: 'start' }, 'sginal', 'is not a known field; did you mean signal?'],
  ])('%j is refused', async (body, field, message) => {
    const answer = await api.send(path, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ field, message }] });
  });
});
