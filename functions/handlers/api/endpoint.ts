import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { demand, type Principal } from '../../app/access.ts';
import type { Context } from '../../app/ports.ts';
import { documented, type AnswerSpec, type Operation } from './document.ts';
import type { Api, ApiEnv } from './env.ts';
import { rawParts, readParts } from './input.ts';
import { readJson } from './json.ts';

const NO_FIELDS = z.strictObject({});
type NoFields = typeof NO_FIELDS;

type Status = 200 | 201 | 204;
type Answers = Partial<Record<Status, AnswerSpec>>;

/** One of the documented answers, with the body that its schema has. */
type Reply<A extends Answers> = {
  [S in keyof A & Status]: { status: S; headers?: Record<string, string> } & (A[S] extends {
    schema: infer T extends z.ZodType;
  }
    ? { body: z.output<T> }
    : { body?: undefined });
}[keyof A & Status];

/** An operation and how its parts are read. */
interface Endpoint<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  H extends z.ZodObject,
  B extends z.ZodType,
  A extends Answers,
> extends Omit<Operation, 'content'> {
  params?: P;
  query?: Q;
  headers?: H;
  /** Read by its schema before the handler is called. An empty body is an empty object where it is optional. */
  body?: B;
  bodyIsOptional?: boolean;
  /** What was given in the body is not repeated when it is faulty. */
  bodyIsSecret?: boolean;
  /** Only for the document: the use-case reads the body, which is in `json`, and says what is wrong with it. */
  json?: z.ZodType;
  /** A media type beside JSON whose text is passed on as `json`. */
  asText?: string;
  answers: A;
}

/** A request that was authorised and whose parts were read. */
export interface Call<
  P extends z.ZodObject = NoFields,
  Q extends z.ZodObject = NoFields,
  H extends z.ZodObject = NoFields,
  B extends z.ZodType = z.ZodUnknown,
> {
  ctx: Context;
  principal: Principal;
  params: z.output<P>;
  query: z.output<Q>;
  headers: z.output<H>;
  body: z.output<B>;
  json: unknown;
}

/**
 * Adds one operation to the API and to its document. The order is: who is it, may they, what do they want. So a key
 * of another team learns nothing, not even which fields there are.
 */
export function endpoint<
  A extends Answers,
  P extends z.ZodObject = NoFields,
  Q extends z.ZodObject = NoFields,
  H extends z.ZodObject = NoFields,
  B extends z.ZodType = z.ZodUnknown,
>(
  { app, ctx, callers }: Api,
  spec: Endpoint<P, Q, H, B, A>,
  handle: (call: Call<P, Q, H, B>) => Promise<Reply<A>>,
): void {
  const schema = spec.body ?? spec.json;
  const content = schema && { schema, required: spec.bodyIsOptional !== true, asText: spec.asText };
  app.openAPIRegistry.registerPath(documented({ ...spec, content }));
  const path = spec.path.replaceAll(/\{(\w+)\}/g, ':$1');
  const schemas = {
    params: spec.params ?? NO_FIELDS,
    query: spec.query ?? NO_FIELDS,
    headers: spec.headers ?? NO_FIELDS,
    body: spec.body ?? z.unknown(),
  };
  app.on(spec.method, path, async (c) => {
    const { principal, headers } = await callers.recognise(c, bearer(c));
    c.set('actor', principal.actor);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const given = await authorisedJson(c, principal, { ...spec, hasBody: content !== undefined });
    const json = spec.bodyIsOptional && given === undefined ? {} : given;
    const raw = rawParts(c, schemas.headers, json);
    const parts = readParts(schemas, raw, spec.bodyIsSecret === true);
    // The schemas that are absent are those of the type parameters' defaults.
    const call = { ctx, principal, json, ...parts } as Call<P, Q, H, B>;
    return respond(c, await handle(call));
  });
}

/** Checks the role before anything is read; where the body names the team, right after it was read. */
async function authorisedJson(
  c: HonoContext<ApiEnv, string>,
  principal: Principal,
  { needs, hasBody, asText }: Pick<Operation, 'needs'> & { hasBody: boolean; asText?: string },
): Promise<unknown> {
  if (needs.of !== 'body') demand(principal, needs.role, teamOf(c, principal, needs.of));
  const json = hasBody ? await readJson(c, asText) : undefined;
  if (needs.of === 'body') demand(principal, needs.role, teamIn(json) ?? principal.team);
  return json;
}

function teamOf(c: HonoContext, principal: Principal, of: Operation['needs']['of']): string {
  switch (of) {
    case 'path':
      return c.req.param('team') ?? '*';
    case 'query':
      return c.req.query('team') ?? principal.team;
    case 'query or all':
      return c.req.query('team') ?? '*';
    case 'own':
    case 'body':
      return principal.team;
    case 'all':
      return '*';
  }
}

function teamIn(json: unknown): string | undefined {
  if (json === null || typeof json !== 'object' || !('team' in json)) return undefined;
  return typeof json.team === 'string' ? json.team : undefined;
}

function bearer(c: HonoContext): string | undefined {
  return /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

function respond(
  c: HonoContext,
  { status, body, headers = {} }: { status: Status; body?: unknown; headers?: Record<string, string> },
): Response {
  const all = { 'Cache-Control': 'no-store', ...headers };
  if (status === 204) return c.body(null, status, all);
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/json', ...all });
}
