import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from '@hono/zod-openapi';
import { PROBLEMS } from '../problem-types.ts';
import type { Api } from '../env.ts';
import { VERSION } from '../version.ts';
import { open } from './meta.ts';

/** Files of swagger-ui-dist that the page needs, with their types. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Nothing is fetched from elsewhere. Swagger UI sets styles on elements and has its icons inline. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Overdue API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/** The OpenAPI document and the pages that show it. */
export function docsRoutes({ app }: Api): void {
  const html = { description: 'A page', content: { 'text/html': { schema: z.string() } } };
  const json = { description: 'OpenAPI 3.1', content: { 'application/json': { schema: z.looseObject({}) } } };
  app.openAPIRegistry.registerPath(open('/docs', 'readDocs', 'These pages', { 200: html }));
  app.openAPIRegistry.registerPath(open('/openapi.json', 'readOpenApi', 'This document', { 200: json }));
  app.openAPIRegistry.registerPath(
    open('/', 'start', 'Leads to the pages', { 302: { description: 'To /docs' } }),
  );
  app.get('/', (c) => c.redirect('/docs'));
  app.get('/docs', (c) => c.html(PAGE, 200, { 'Content-Security-Policy': POLICY }));
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': ASSETS['swagger-ui-bundle.js'] }));
  for (const [name, type] of Object.entries(ASSETS)) {
    app.get(`/docs/${name}`, async (c) => {
      const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=86400' };
      return c.body(await asset(name), 200, headers);
    });
  }
  let document: ReturnType<typeof documentOf> | undefined;
  app.get('/openapi.json', (c) => c.json((document ??= documentOf(app))));
}

/** In the bundle of a function, swagger-ui-dist lies beside it as a module of its own. */
async function asset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
  return new Uint8Array(await readFile(path));
}

/** The document of everything that is registered when it is first asked for. */
export function documentOf(app: Api['app']) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Overdue', version: VERSION, description: DESCRIPTION, license: LICENSE },
    servers: [{ url: '/' }],
    tags: TAGS,
  });
}

const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

const TAGS = [
  { name: 'Expectations', description: 'What must happen, by when, for which team' },
  { name: 'Previews', description: 'What would be due when' },
  { name: 'Deadlines', description: 'Every occurrence with its verdict, evidence and timeline' },
  { name: 'Breaches', description: 'What was missed, and what people do about it' },
  { name: 'Check-ins', description: 'Signs of life, by API key or by a one-line address' },
  { name: 'Channels', description: 'Where a team is told' },
  { name: 'Mutes', description: 'Times in which a team is told nothing; verdicts go on' },
  { name: 'Calendars', description: 'Days on which nothing is owed, kept by the team' },
  { name: 'Teams', description: 'Who there is, and what each may name in its expectations' },
  { name: 'API keys', description: 'Who may use the API' },
  { name: 'About', description: 'Health and documentation; no key is needed' },
];

const DESCRIPTION = `Overdue tells people when something that should have happened has not.

**Keys.** \`Authorization: Bearer ovd_…\`. A key belongs to one team, or to operators (team \`*\`), and has a role: viewer, editor or admin. Whatever belongs to another team is answered with 403, whether it exists or not.

**Times.** Instants are ISO 8601 in UTC; fields that end in \`Local\` are the same on the clocks of the expectation's time zone. Durations are written as \`90s\`, \`10m\`, \`24h\`, \`2d\`.

**Lists** come in pages of 50 (\`limit\`, at most 200). \`cursor\` of the answer asks for the next page with the same query; it is absent on the last.

**Changes.** The revision of an expectation is its ETag. Send it as \`If-Match\`, and a change that somebody else made meanwhile is not overwritten. Say why with \`?why=\`.

**Problems** are \`application/problem+json\` (RFC 9457). \`type\` is the address of an explanation; \`errors\` lists every faulty field.

| type | status | meaning |
|---|---|---|
${Object.entries(PROBLEMS)
  .map(([type, { status, title }]) => `| [/problems/${type}](/problems/${type}) | ${status} | ${title} |`)
  .join('\n')}
`;
