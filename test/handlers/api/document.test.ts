import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Expectation } from '../../../functions/core/expectation.ts';
import { Problem } from '../../../functions/handlers/api/problem.ts';
import { VERSION } from '../../../functions/handlers/api/version.ts';
import { ApiClient, at } from './client.ts';

let api: ApiClient;
let document: Record<string, unknown>;

beforeAll(async () => {
  api = await ApiClient.start();
  document = await api.ok('GET /openapi.json', { as: 'nobody' });
});

/** Every object within a value. */
function* objectsIn(value: unknown): Generator<object> {
  if (typeof value !== 'object' || value === null) return;
  yield value;
  for (const part of Object.values(value) as unknown[]) yield* objectsIn(part);
}

interface Described {
  name: string;
  path: string;
  operation: object;
}

function operations(): Described[] {
  return Object.entries({ ...(document['paths'] as object) }).flatMap(([path, methods]) =>
    Object.entries({ ...(methods as object) }).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation: operation as object,
    })),
  );
}

/** Pages and files that are no part of the API. */
const UNDOCUMENTED = [
  'GET /docs/start.js',
  'GET /docs/swagger-ui.css',
  'GET /docs/swagger-ui-bundle.js',
  'GET /docs/favicon-32x32.png',
];

describe('the document', () => {
  test('has every route, and nothing else', () => {
    const routes = api.app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter((route) => !UNDOCUMENTED.includes(route));
    const documented = operations().map(({ name }) => name);
    const withoutHead = documented.filter((name) => !name.startsWith('HEAD /ping'));
    expect(withoutHead.toSorted()).toEqual([...new Set(routes)].toSorted());
    expect(documented.length - withoutHead.length).toBe(4);
  });

  test('gives every operation an id of its own, a summary and a tag that is explained', () => {
    const ids = operations().map(({ operation }) => at(operation, 'operationId'));
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set((document['tags'] as { name: string }[]).map(({ name }) => name));
    for (const { name, operation } of operations()) {
      expect([name, at(operation, 'summary')]).toEqual([name, expect.stringMatching(/^[A-Z]/)]);
      expect([name, tags.has(String(at(operation, 'tags', 0)))]).toEqual([name, true]);
    }
  });

  test('describes the parts of every address', () => {
    for (const { name, path, operation } of operations()) {
      const parameters = (at(operation, 'parameters') ?? []) as {
        in: string;
        name: string;
        required: boolean;
      }[];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part);
      expect([name, inPath.map((parameter) => parameter.name)]).toEqual([name, named]);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  test('has what it refers to', () => {
    const references = [...objectsIn(document)].flatMap((one) => ('$ref' in one ? [String(one.$ref)] : []));
    expect(references.length).toBeGreaterThan(50);
    for (const reference of new Set(references)) {
      const target = at(document, ...reference.replace('#/', '').split('/'));
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });

  test('says what keys are needed, and which problems come', () => {
    for (const { name, operation } of operations().filter((one) => one.path.startsWith('/v1/'))) {
      expect([name, at(operation, 'security')]).toEqual([name, [{ apiKey: [] }]]);
      for (const status of ['400', '401', '403', '500', '503']) {
        const schema = at(operation, 'responses', status, 'content', 'application/problem+json', 'schema');
        expect([name, status, schema]).toEqual([name, status, { $ref: '#/components/schemas/Problem' }]);
      }
    }
    expect(at(document, 'components', 'securitySchemes', 'apiKey')).toMatchObject({ scheme: 'bearer' });
  });

  test.each([
    ['post', '/v1/expectations'],
    ['put', '/v1/teams/{team}/expectations/{id}'],
    ['post', '/v1/preview'],
  ])('%s %s takes an expectation', (method, path) => {
    const schema = at(
      document,
      'paths',
      path,
      method,
      'requestBody',
      'content',
      'application/json',
      'schema',
    );
    expect(schema).toEqual({ $ref: '#/components/schemas/Expectation' });
    const expectation = at(document, 'components', 'schemas', 'Expectation');
    expect(expectation).toMatchObject({ required: ['id', 'team'], additionalProperties: false });
    expect(at(expectation, 'properties', 'due', 'anyOf', 'length')).toBe(5);
  });

  test('has examples that are as they say', () => {
    const body = at(document, 'components', 'schemas', 'Expectation', 'example');
    expect(Expectation.safeParse(body).error).toBeUndefined();
    for (const one of objectsIn(document)) {
      const example = at(one, 'application/problem+json', 'examples');
      for (const { value } of Object.values({ ...(example as Record<string, { value: unknown }>) })) {
        expect(Problem.safeParse(value).error).toBeUndefined();
      }
    }
  });

  test('tells numbers, defaults and limits of queries', () => {
    const parameters = at(document, 'paths', '/v1/breaches', 'get', 'parameters') as { name: string }[];
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });
});

describe('the pages', () => {
  test('come from here alone', async () => {
    const { text, headers } = await api.send('GET /docs', { as: 'nobody' });
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    expect(text.match(/(src|href)="[^"]*"/g)).toHaveLength(4);
    for (const [, address = ''] of text.matchAll(/(?:src|href)="([^"]*)"/g)) {
      expect(address).toMatch(/^\/docs\//);
      expect([address, (await api.send(`GET ${address}`, { as: 'nobody' })).status]).toEqual([address, 200]);
    }
  });

  test('tell the page nothing of a validator elsewhere', async () => {
    const { text } = await api.send('GET /docs/start.js', { as: 'nobody' });
    expect(text).toContain('validatorUrl: null');
    expect(text).not.toContain('http');
  });

  test('are what / leads to', async () => {
    const { status, headers } = await api.send('GET /', { as: 'nobody' });
    expect([status, headers.get('location')]).toEqual([302, '/docs']);
  });
});

test('the health answers without a key', async () => {
  const packageJson: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await api.ok('GET /healthz', { as: 'nobody' })).toEqual({
    ok: true,
    version: at(packageJson, 'version'),
    node: process.version,
    timezoneData: process.versions.tz,
  });
  expect(VERSION).toBe(at(packageJson, 'version'));
});
