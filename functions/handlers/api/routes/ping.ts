import { z, type RouteConfig } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { RequestError } from '../../../app/errors.ts';
import { checkInByToken } from '../../../app/evidence/check-in.ts';
import type { Signal } from '../../../core/evidence.ts';
import { problemAnswer } from '../document.ts';
import type { Api, ApiEnv } from '../env.ts';
import { lastBytes } from '../log-body.ts';
import { headersOf, HttpProblem, problemTypeOf } from '../problem.ts';
import { PROBLEMS } from '../problem-types.ts';
import { CheckInId } from './check-ins.ts';

const MOST_BYTES = 100_000;

const limited = bodyLimit({
  maxSize: MOST_BYTES,
  onError: () => {
    throw new HttpProblem('too-large', `the body must be at most ${MOST_BYTES} bytes`);
  },
});

type PingContext = HonoContext<ApiEnv, string>;

/** What the last part of the address means. */
interface Meaning {
  signal: Signal;
  exitCode?: number;
}

const PATHS = [
  { path: '/ping/{token}', suffix: '', summary: 'Success' },
  { path: '/ping/{token}/start', suffix: 'Start', summary: 'Something has begun' },
  { path: '/ping/{token}/fail', suffix: 'Failure', summary: 'Something has failed' },
  { path: '/ping/{token}/{exitCode}', suffix: 'ExitCode', summary: 'The exit code: 0 is success' },
] as const;

/** `/ping/{token}`: check-ins by a one-line address, without a key; answers are text. */
export function pingRoutes(api: Api): void {
  for (const { path, suffix, summary } of PATHS) {
    for (const method of ['get', 'post', 'head'] as const) {
      const operationId = `ping${suffix}${{ get: '', post: 'WithBody', head: 'Head' }[method]}`;
      api.app.openAPIRegistry.registerPath(documented({ method, path, operationId, summary }));
    }
    const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
    api.app.on(['GET', 'POST'], route, (c) => {
      return ping(api, c, path.split('/')[3]);
    });
  }
}

async function ping({ ctx, callers }: Api, c: PingContext, last: string | undefined): Promise<Response> {
  try {
    const meaning = meaningOf(last, c.req.param('exitCode'));
    const id = idOf(c);
    await limited(c, () => Promise.resolve());
    const text = c.req.method === 'POST' ? await c.req.text() : '';
    const token = c.req.param('token') ?? '';
    await callers.checkIn(c, token, () =>
      checkInByToken(ctx, token, {
        ...meaning,
        ...(text === '' ? {} : { body: lastBytes(text) }),
        ...(id === undefined ? {} : { id }),
      }),
    );
    return answer(c, 'OK', 200);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return answer(c, error.message, PROBLEMS[problemTypeOf(error)].status, headersOf(error));
  }
}

function answer(
  c: PingContext,
  text: string,
  status: 200 | (typeof PROBLEMS)[keyof typeof PROBLEMS]['status'],
  headers: Readonly<Record<string, string>> = {},
) {
  return c.text(`${text}\n`, status, { 'Cache-Control': 'no-store', ...headers });
}

/** @throws HttpProblem when the last part is none that there is */
function meaningOf(last: string | undefined, code: string | undefined): Meaning {
  if (last === undefined) return { signal: 'success' };
  if (last === 'start') return { signal: 'start' };
  if (last === 'fail') return { signal: 'failure' };
  const exitCode = /^\d{1,3}$/.test(code ?? '') ? Number(code) : NaN;
  if (!(exitCode <= 255)) {
    const allowed = 'nothing, /start, /fail or an exit code from 0 to 255';
    throw new HttpProblem('not-valid', `after the token of the address there may be ${allowed}`);
  }
  return { signal: exitCode === 0 ? 'success' : 'failure', exitCode };
}

/** @throws HttpProblem when it is too long */
function idOf(c: PingContext): string | undefined {
  const id = c.req.header('idempotency-key') ?? c.req.query('rid');
  if (id === undefined || id === '') return undefined;
  if (CheckInId.safeParse(id).success) return id;
  throw new HttpProblem('not-valid', 'Idempotency-Key, or rid, must be at most 200 characters');
}

function documented({
  method,
  path,
  operationId,
  summary,
}: Pick<RouteConfig, 'method' | 'path'> & { operationId: string; summary: string }): RouteConfig {
  const text = { 'text/plain': { schema: z.string() } };
  const said = (description: string) => ({ description, content: text });
  const params = { token: z.string().openapi({ description: 'The secret part of pingUrl' }) };
  const exitCode = z.string().openapi({ type: 'integer', minimum: 0, maximum: 255, example: 0 });
  return {
    method,
    path,
    operationId,
    tags: ['Check-ins'],
    summary: `Check in by address: ${summary}`,
    description: `No API key is needed. The last 10,000 bytes of a posted body are kept.`,
    security: [],
    request: {
      params: z.object(path.endsWith('{exitCode}') ? { ...params, exitCode } : params),
      query: z.object({
        rid: CheckInId.optional().openapi({
          description:
            'Id of the run: a request that is repeated within an hour is the same check-in. Without it, the end of a custom job is that of the run that began last and has not ended',
        }),
      }),
      headers: z.object({ 'Idempotency-Key': CheckInId.optional().openapi({ description: 'As rid' }) }),
      ...(method === 'post' ? { body: { content: text, description: 'The last lines of a log' } } : {}),
    },
    responses: {
      200: said('OK'),
      400: said('What follows the token is not known, or the id is too long'),
      404: said('No expectation has this address'),
      409: said('The expectation takes no check-ins any more, or the run had ended or begun long before'),
      413: said('The body is larger than 100,000 bytes'),
      414: problemAnswer(['uri-too-long']),
      429: said('More check-ins by this address than it may make; Retry-After says when to try again'),
      431: problemAnswer(['headers-too-large']),
      500: problemAnswer(['unexpected']),
      503: problemAnswer(['busy']),
    },
  };
}
