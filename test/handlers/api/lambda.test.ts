import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import { ApiClient, at } from './client.ts';
import { daily } from './scenes.ts';

/** What an HTTP API of API Gateway hands over (payload format 2.0). */
function event(request: string, over: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const [method = '', address = ''] = request.split(' ');
  const [rawPath = '', rawQueryString = ''] = address.split('?');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http,
      requestId: 'r-1',
      routeKey: '$default',
      stage: '$default',
      time: '21/Nov/2026:05:00:00 +0000',
      timeEpoch: 1_795_237_200_000,
    },
    ...over,
  };
}

test('the API answers on Lambda: JSON, bodies in base64, queries, and text', async () => {
  const api = await ApiClient.start();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- as in functions/handlers/api.ts
  const handler = handle(api.app) as (event: unknown) => Promise<{ statusCode: number; body: string }>;
  const authorization = `Bearer ${api.key('editor') ?? ''}`;
  const created = await handler(
    event('POST /v1/expectations?why=f%C3%BCr%20alle', {
      headers: { authorization, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ ...daily, title: 'T\u00e4glich' })).toString('base64'),
      isBase64Encoded: true,
    }),
  );
  expect(created.statusCode).toBe(201);
  const body: unknown = JSON.parse(created.body);
  expect(body).toMatchObject({ why: 'für alle', expectation: { title: 'Täglich' } });
  const ping = new URL(String(at(body, 'pingUrl'))).pathname;
  expect(await handler(event(`GET ${ping}`))).toMatchObject({ statusCode: 200, body: 'OK\n' });
  expect(await handler(event(`HEAD ${ping}`))).toMatchObject({ statusCode: 200 });
  expect(await handler(event('GET /v1/teams'))).toMatchObject({ statusCode: 401 });
});
