import { beforeEach, describe, expect, test } from '@jest/globals';
import { PROBLEMS } from '../../../functions/handlers/api/problem-types.ts';
import { ApiClient } from './client.ts';
import { BREACH, DAILY, daily, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const json = { 'content-type': 'application/json' };

describe('a body that is no JSON is answered with the place', () => {
  test.each([
    ['{"id": "x",}', 'unexpected "}" at line 1, column 12, expected double-quoted property name'],
    ['{\n  "id": x\n}', 'unexpected "x" at line 2, column 9'],
    [`{"a":1,"b":xyz,${'"c":1,'.repeat(20)}"d":1}`, 'unexpected "x" at line 1, column 12'],
    ['{"a" 1}', `unexpected "1" at line 1, column 6, expected ':' after property name`],
    ["{'id': 1}", `unexpected "'" at line 1, column 2, expected property name or '}'`],
    ['{"a":1} x', 'unexpected "x" at line 1, column 9'],
    ['id: x', 'unexpected "i" at line 1, column 1'],
    ['{"a":"\t"}', String.raw`unexpected "\t" at line 1, column 7`],
  ])('%j: %s', async (raw, problem) => {
    const { status, body } = await api.send('POST /v1/expectations', { raw, headers: json });
    expect(status).toBe(400);
    expect(body).toEqual({
      type: '/problems/not-json',
      title: 'The body is not JSON',
      status: 400,
      detail: expect.any(String) as unknown,
    });
    expect(body).toMatchObject({
      detail: expect.stringMatching(/^the body is not JSON: /) as unknown,
    });
    expect(String((body as { detail: unknown }).detail).toLowerCase()).toBe(
      `the body is not JSON: ${problem}`.toLowerCase(),
    );
  });

  test.each(['{', '{"a":', '[1,\n2', '"abc', '{"a":tru', '-', '{"a":"\\u12'])(
    '%j: it ends too early',
    async (raw) => {
      const { body } = await api.send('POST /v1/expectations', { raw, headers: json });
      expect(body).toMatchObject({
        detail: expect.stringMatching(
          /^the body ends at line \d, column \d+ before it is complete$/,
        ) as unknown,
      });
    },
  );
});

describe('the type of the body', () => {
  test.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/jsonp', 415],
    ['', 415],
    ['application/json', 201],
    ['Application/JSON; charset=utf-8', 201],
    ['application/merge-patch+json', 201],
  ])('%j is answered with %i', async (type, status) => {
    const raw = new TextEncoder().encode(JSON.stringify(daily));
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const answer = await api.send('POST /v1/expectations', { raw, headers });
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.headers.get('accept')).toBe('application/json');
  });

  test('does not matter where there is no body', async () => {
    await missDaily(api);
    const headers = { 'content-type': 'text/plain' };
    expect((await api.send(`POST ${DAILY}/check-ins`, { headers })).status).toBe(200);
  });
});

describe('the size of the body', () => {
  const padded = (bytes: number) => {
    const body = JSON.stringify({ ...daily, title: '' });
    return body.replace('"title":""', `"title":"${'x'.repeat(bytes - body.length)}"`);
  };

  test.each([
    ['as much as is read', 262_144, 400],
    ['a byte more', 262_145, 413],
  ])('%s', async (_name, bytes, status) => {
    const answer = await api.send('POST /v1/expectations', { raw: padded(bytes), headers: json });
    expect(answer.status).toBe(status);
  });

  test('is believed when it is told', async () => {
    const headers = { ...json, 'content-length': '300000' };
    const { status, body } = await api.send('POST /v1/expectations', { raw: '{}', headers });
    expect(status).toBe(413);
    expect(body).toMatchObject({ detail: 'the body must be at most 262144 bytes' });
  });
});

describe('faulty fields', () => {
  test('of query and headers come in one answer', async () => {
    await missDaily(api);
    const request = `DELETE ${DAILY}?why=&whyy=x`;
    const { status, body } = await api.send(request, { headers: { 'If-Match': '3' } });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      detail: '3 fields are not valid',
      errors: [
        { field: 'why', message: 'must be text of 1 to 500 characters', given: '' },
        { field: 'whyy', message: 'is not a known field; known are why', given: 'x' },
        { field: 'If-Match', given: '3' },
      ],
    });
  });

  test('of path, query and body come in one answer', async () => {
    const request = 'POST /v1/teams/data/expectations/Daily/breaches/yesterday/notes?text=x';
    const { body } = await api.send(request, { body: { txt: 'x' } });
    expect(body).toMatchObject({
      errors: [
        { field: 'id', given: 'Daily' },
        { field: 'deadline', message: expect.stringContaining('2026-11-21T06:00~r1') as unknown },
        { field: 'text', message: 'is not a known field: there are none here' },
        { field: 'text', message: 'is required: text such as ACME has been called; it comes at nine' },
        { field: 'txt', message: 'is not a known field; did you mean text?', given: 'x' },
      ],
    });
  });

  test.each([
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=ten', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=1e2', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=1&limit=2', 'limit', 'must be given only once'],
    ['status=mised', 'status', /^must be one of pending, met, .*; did you mean missed\?$/],
    ['from=2026-11-21', 'from', /^must be an instant with its offset, such as 2026-11-21T05:00:00Z/],
    ['from=2026-11-21T06:00:00+01:00', 'from', /in an address, \+ is written %2B/],
    ['from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z', 'from', /^must be before to, which is 2026-11-21T/],
    ['cursor=abc', 'cursor', 'must be the cursor of the page before, with the same query'],
  ])('?%s', async (query, field, message) => {
    await missDaily(api);
    const { status, body } = await api.send(`GET ${DAILY}/deadlines?${query}`);
    expect(status).toBe(400);
    const expected: unknown = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(body).toMatchObject({ errors: [{ field, message: expected }] });
  });

  test('an empty body is told what is required', async () => {
    const { status, body } = await api.send('POST /v1/expectations', { headers: json });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [
        { field: '(body)', message: expect.stringMatching(/^is required: an object with/) as unknown },
      ],
    });
  });

  test('lists within lists, too deep for JSON, are no fault of ours', async () => {
    const raw = `{"title":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const { status } = await api.send('POST /v1/expectations', { raw, headers: json });
    expect(status).toBe(400);
  });
});

describe('addresses and methods', () => {
  test.each([
    'GET /v1/nothing',
    'GET /v2/teams',
    'POST /',
    'GET /v1/teams/data/expectations/x/y/z',
    'GET /ping',
  ])('%s', async (request) => {
    const { status, headers, body } = await api.send(request, { as: 'nobody' });
    expect(status).toBe(request === 'POST /' ? 405 : 404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ type: expect.stringMatching(/^\/problems\//) as unknown });
  });

  test.each([
    ['DELETE /v1/teams', 'GET, HEAD'],
    ['PATCH /v1/teams/data/expectations/daily', 'DELETE, GET, HEAD, PUT'],
    ['GET /v1/teams/data/expectations/daily/pause', 'POST'],
    ['PUT /ping/abc', 'GET, HEAD, POST'],
    ['OPTIONS /v1/keys', 'GET, HEAD, POST'],
    ['DELETE /v1/teams/', 'GET, HEAD'],
  ])('%s is told what is allowed: %s', async (request, allow) => {
    const { status, headers, body } = await api.send(request);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(allow);
    const [method = ''] = request.split(' ');
    expect(body).toMatchObject({ detail: `this address takes ${allow}, not ${method}` });
  });

  test('a slash at the end does not matter', async () => {
    expect((await api.send('GET /v1/teams/')).status).toBe(200);
  });
});

describe('what is not the fault of the request', () => {
  test('is answered without internals, with the id under which it is in the log', async () => {
    const broken = await ApiClient.start({
      before: (port) => {
        if (port === 'teams') throw new Error('connect ECONNREFUSED 10.0.0.7:8000');
      },
    });
    const { status, headers, body, text } = await broken.send('GET /v1/teams', { as: 'operator' });
    expect(status).toBe(500);
    expect(text).not.toContain('10.0.0.7');
    const requestId = headers.get('x-request-id');
    expect(body).toMatchObject({ type: '/problems/unexpected', requestId });
    const errors = broken.world.log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([
      { message: 'request failed', facts: { requestId, route: 'GET /v1/teams' } },
    ]);
    expect(JSON.stringify(errors)).toContain('ECONNREFUSED 10.0.0.7:8000');
  });

  test('others who keep writing the same thing: try again', async () => {
    await missDaily(api);
    api.world.deadlines.save = () => Promise.resolve(undefined);
    const { status, headers, body } = await api.send(`POST ${BREACH}/acknowledge`);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ type: '/problems/busy' });
  });
});

test('the id of the request is that of the client, if it has one', async () => {
  const headers = { 'X-Request-Id': 'abc-123' };
  expect((await api.send('GET /healthz', { headers })).headers.get('x-request-id')).toBe('abc-123');
  const forged = { 'X-Request-Id': 'abc {"level":"error"}' };
  expect((await api.send('GET /healthz', { headers: forged })).headers.get('x-request-id')).toMatch(
    /^[0-9a-f-]{36}$/,
  );
});

test.each(Object.entries(PROBLEMS))('the type %s leads to an explanation', async (type, { title }) => {
  const { status, text } = await api.send(`GET /problems/${type}`, { as: 'nobody' });
  expect(status).toBe(200);
  expect(text).toContain(title);
});
