import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shapeProblems } from '../../../functions/handlers/api/json-shape.ts';
import { ApiClient, at } from './client.ts';
import { daily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const json = { 'content-type': 'application/json' };

describe('a name that stands twice in an object of the body', () => {
  test.each([
    ['{"id":"a","id":"b"}', ['id']],
    [String.raw`{"id":"a","\u0069d":"b"}`, ['id']],
    ['{"due":{"at":"06:00","at":"07:00"}}', ['due.at']],
    ['[{"a":1},{"a":1,"b":[2,{"c":1,"c":2}]}]', ['1.b.1.c']],
    ['{"a":1,"b":2,"b":3,"a":4,"a":5}', ['b', 'a']],
    ['{"a":{"b":1},"b":{"a":1}}', []],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', []],
    ['["a","a"]', []],
    ['{"":1,"":2}', ['']],
  ])('%s: %j', (text, fields) => {
    expect(shapeProblems(text)).toEqual(
      fields.map((field) => ({ field, message: 'must be there only once' })),
    );
  });

  test('is refused, and nothing is registered', async () => {
    const raw = JSON.stringify(daily).replace('"id":"daily"', '"id":"daily","id":"weekly"');
    const { status, body } = await api.send('POST /v1/expectations', { raw, headers: json });
    expect(status).toBe(400);
    expect(at(body, 'errors')).toEqual([{ field: 'id', message: 'must be there only once' }]);
    expect(at(await api.ok('GET /v1/teams/data/expectations'), 'items')).toEqual([]);
  });

  test('is found in no JSON that a program wrote', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(shapeProblems(JSON.stringify(value, undefined, 1))).toEqual([]);
      }),
    );
  });
});

describe('nesting', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test.each([
    [19, 0],
    [20, 0],
    [21, 1],
    [100_000, 1],
  ])('%i deep has %i problems', (depth, problems) => {
    expect(shapeProblems(nested(depth))).toHaveLength(problems);
  });

  test('that is too deep is refused', async () => {
    const raw = `{"id":${nested(50)}}`;
    const { status, body } = await api.send('POST /v1/expectations', { raw, headers: json });
    expect(status).toBe(400);
    expect(at(body, 'errors', 0)).toEqual({
      field: 'id.0.0',
      message: 'must nest at most 20 objects and lists within each other',
    });
  });
});

test('of very many faults the first hundred are told', async () => {
  const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1]));
  const { status, body: problem } = await api.send('POST /v1/expectations', { body });
  expect(status).toBe(400);
  expect((at(problem, 'errors') as unknown[]).length).toBeLessThan(110);
});

describe('the address', () => {
  test.each([
    [8000, 400],
    [8001, 414],
  ])('of %i characters is answered with %i', async (length, status) => {
    const path = '/v1/teams?x=';
    const answer = await api.send(`GET ${path}${'x'.repeat(length - path.length)}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('text that stands in one line', () => {
  test.each([
    ['a line break', 'one\ntwo', 400],
    ['a tab', 'one\ttwo', 400],
    ['the end of text', 'one\u0004', 400],
    ['an escape of a terminal', '\u001b[2Jgone', 400],
    ['a mark that turns the direction around', 'sdrawkcab\u202e', 400],
    ['a line separator', 'one\u2028two', 400],
    ['letters of all kinds', 'Überfällige Aufträge – 注文 🧾', 201],
    ['200 characters', 'x'.repeat(200), 201],
    ['201 characters', 'x'.repeat(201), 400],
  ])('%s in a title', async (_name, title, status) => {
    const answer = await api.send('POST /v1/expectations', { body: { ...daily, title } });
    expect(answer.status).toBe(status);
    if (status === 400) expect(at(answer.body, 'errors', 0, 'field')).toBe('title');
  });

  test('half of a character is refused: it could not be stored as it is', async () => {
    const raw = JSON.stringify({ ...daily, title: 'x' }).replace('"x"', String.raw`"\ud83d"`);
    const { status } = await api.send('POST /v1/expectations', { raw, headers: json });
    expect(status).toBe(400);
  });

  test.each([
    ['PUT /v1/teams/data', 'operator', { title: 'a\nb' }, 'title'],
    ['PUT /v1/teams/data', 'operator', { grants: [{ bucket: 'acme', prefix: 'a\nb' }] }, 'grants.0.prefix'],
    ['POST /v1/keys', 'admin', { team: 'data', role: 'viewer', name: 'a\rb' }, 'name'],
    [
      'POST /v1/preview',
      'editor',
      { ...daily, checkIn: undefined, file: { bucket: 'acme', key: 'orders/\n' } },
      'file.key',
    ],
    ['POST /v1/preview', 'editor', { ...daily, runbook: 'https://wiki.example.com/\u0007' }, 'runbook'],
  ] as const)('%s as %s: %j', async (request, as, body, field) => {
    const answer = await api.send(request, { as, body });
    expect(answer.status).toBe(400);
    expect(at(answer.body, 'errors', 0, 'field')).toBe(field);
  });
});
