import { z, type RouteConfig } from '@hono/zod-openapi';
import { problemAnswer } from '../document.ts';
import type { Api } from '../env.ts';
import { PROBLEMS } from '../problem-types.ts';
import { VERSION } from '../version.ts';

const Health = z
  .object({
    ok: z.literal(true),
    version: z.string().openapi({ example: VERSION }),
    node: z.string().openapi({ example: 'v24.21.0' }),
    timezoneData: z.string().openapi({
      example: '2026c',
      description: 'Release of the time zone data that local times are computed with',
    }),
  })
  .openapi('Health');

const TEXT = { 'text/plain': { schema: z.string() } };

/** Routes about the API itself, which need no key. The document and its pages are in docs.ts. */
export function metaRoutes({ app }: Api): void {
  app.openAPIRegistry.registerPath(
    open('/healthz', 'readHealth', 'Whether the API answers, and with which data', {
      200: { description: 'It does', content: { 'application/json': { schema: Health } } },
    }),
  );
  app.get('/healthz', (c) => {
    const health = {
      ok: true as const,
      version: VERSION,
      node: process.version,
      timezoneData: process.versions.tz ?? 'unknown',
    };
    return c.json(health, 200, { 'Cache-Control': 'no-store' });
  });
  for (const [type, { status, title, help }] of Object.entries(PROBLEMS)) {
    const path = `/problems/${type}`;
    app.get(path, (c) => {
      return c.text(`${title} (${status})\n\n${help}\n`);
    });
    const operationId = `explain-${type}`;
    app.openAPIRegistry.registerPath(
      open(path, operationId, `Explains problems of the type ${type}`, {
        200: { description: title, content: TEXT },
      }),
    );
  }
}

/** An operation that needs no key. */
export function open(
  path: string,
  operationId: string,
  summary: string,
  responses: RouteConfig['responses'],
): RouteConfig {
  const refused = {
    414: problemAnswer(['uri-too-long']),
    431: problemAnswer(['headers-too-large']),
  };
  return {
    ...{ method: 'get', path, operationId, tags: ['About'], summary, security: [] },
    responses: { ...responses, ...refused },
  };
}
