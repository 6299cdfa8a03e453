import type { Context } from 'hono';
import type { z } from 'zod';
import type { FieldProblem } from '../../app/errors.ts';
import { problemsOf } from '../../core/problems.ts';
import { demandSound } from './problem.ts';

/** Where the parts of a request are, and what is allowed in them. */
export interface Parts {
  params: z.ZodObject;
  query: z.ZodObject;
  headers: z.ZodObject;
  body: z.ZodType;
}

/** The parts of a request as they were sent. */
export interface Raw {
  params: unknown;
  query: unknown;
  headers: unknown;
  body: unknown;
}

/** The parts as the schemas read them. */
export type Read<P extends Parts> = { [part in keyof Parts]: z.output<P[part]> };

/** Path, query and the headers that the schema names. @throws Invalid when a query parameter is given twice */
export function rawParts(c: Context, headers: z.ZodObject, body: unknown): Raw {
  const queries = Object.entries(c.req.queries());
  const twice = queries.filter(([, values]) => values.length > 1);
  demandSound(
    twice.map(([field, given]) => ({ field, message: 'must be given only once', given: given.join(', ') })),
  );
  const named = Object.keys(headers.shape).map((name) => [name, c.req.header(name)]);
  return {
    params: c.req.param(),
    query: Object.fromEntries(queries.map(([name, [value]]) => [name, value])),
    headers: Object.fromEntries(named),
    body,
  };
}

/**
 * Reads all parts with their schemas.
 * @param secret whether what was given in the body must not be repeated in the answer
 * @throws Invalid with the faulty fields of all parts
 */
export function readParts<P extends Parts>(schemas: P, raw: Raw, secret: boolean): Read<P> {
  const problems: FieldProblem[] = [];
  const read = <T extends z.ZodType>(schema: T, value: unknown, hide = false): z.output<T> | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const found = problemsOf(parsed.error, value, schema);
    problems.push(...(hide ? found.map(({ field, message }) => ({ field, message })) : found));
    return undefined;
  };
  const parts = {
    params: read(schemas.params, raw.params),
    query: read(schemas.query, raw.query),
    headers: read(schemas.headers, raw.headers),
    body: read(schemas.body, raw.body, secret),
  };
  demandSound(problems);
  // Every part was parsed, or the line above has thrown.
  return parts as Read<P>;
}
