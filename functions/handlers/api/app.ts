import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requestId } from 'hono/request-id';
import { routePath } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import { RequestError } from '../../app/errors.ts';
import type { Context } from '../../app/ports.ts';
import { Callers, type Limits } from './callers.ts';
import type { Api, ApiEnv } from './env.ts';
import { shortAddress } from './guards.ts';
import { headersOf, HttpProblem, problemOf } from './problem.ts';
import { breachRoutes } from './routes/breaches.ts';
import { calendarRoutes } from './routes/calendars.ts';
import { channelRoutes } from './routes/channels.ts';
import { checkInRoutes } from './routes/check-ins.ts';
import { deadlineRoutes } from './routes/deadlines.ts';
import { docsRoutes } from './routes/docs.ts';
import { expectationChangeRoutes } from './routes/expectation-changes.ts';
import { expectationRoutes } from './routes/expectations.ts';
import { keyRoutes } from './routes/keys.ts';
import { metaRoutes } from './routes/meta.ts';
import { muteRoutes } from './routes/mutes.ts';
import { pingRoutes } from './routes/ping.ts';
import { previewRoutes } from './routes/previews.ts';
import { teamRoutes } from './routes/teams.ts';

/** The HTTP API over a context: on Lambda and on one machine the same. Without rates nobody is limited. */
export function createApi(ctx: Context, limits: Limits = {}): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ strict: false });
  app.use(requestId());
  // Whether all of a host is https is for its operator to say.
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(async (c, next) => {
    const begun = performance.now();
    await next();
    logRequest(ctx, c, Math.round(performance.now() - begun));
  });
  app.use(shortAddress);
  app.onError((error, c) => failure(ctx, c, error));
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `ovd_…`',
  });
  const api: Api = { app, ctx, callers: new Callers(ctx, limits) };
  for (const routes of ROUTES) routes(api);
  app.notFound((c) => failure(ctx, c, noSuchRoute(allowedBy(app, c.req.path), c.req.method)));
  return app;
}

/** Of two routes that fit, the first one answers. */
const ROUTES = [
  expectationChangeRoutes,
  expectationRoutes,
  previewRoutes,
  deadlineRoutes,
  breachRoutes,
  checkInRoutes,
  pingRoutes,
  channelRoutes,
  muteRoutes,
  calendarRoutes,
  teamRoutes,
  keyRoutes,
  metaRoutes,
  docsRoutes,
];

function failure(ctx: Context, c: HonoContext<ApiEnv>, error: unknown): Response {
  const requestId = c.get('requestId');
  const problem = problemOf(error, requestId);
  if (!(error instanceof RequestError)) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    ctx.log.error('request failed', { requestId, route: routeOf(c), error: told });
  }
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Request-Id': requestId,
      ...headersOf(error),
    },
  });
}

function logRequest({ log }: Context, c: HonoContext<ApiEnv>, ms: number): void {
  const { requestId, actor } = c.var;
  log.info('request', {
    ...{ requestId, route: routeOf(c), status: c.res.status, ms },
    ...(actor === undefined ? {} : { actor }),
  });
}

/** `GET /ping/:token`: the address itself is not logged, that of a check-in is a secret. */
function routeOf(c: HonoContext<ApiEnv>): string {
  return `${c.req.method} ${routePath(c, -1)}`;
}

function noSuchRoute(allowed: readonly string[], method: string): HttpProblem {
  if (allowed.length === 0) {
    return new HttpProblem('not-found', 'there is no such address; GET /docs shows those that there are');
  }
  const list = allowed.join(', ');
  return new HttpProblem('method-not-allowed', `this address takes ${list}, not ${method}`, { Allow: list });
}

/** The methods that the routes of a path take. */
function allowedBy(app: OpenAPIHono<ApiEnv>, path: string): string[] {
  const here = path.replace(/(.)\/$/, '$1').split('/');
  const fitting = app.routes.filter(({ method, path: pattern }) => {
    const parts = pattern.split('/');
    const fits = parts.every((part, index) => part.startsWith(':') || part === here[index]);
    return method !== 'ALL' && parts.length === here.length && fits;
  });
  const methods = new Set(fitting.map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}
