import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './env.ts';
import { HttpProblem } from './problem.ts';

/** Characters of an address with its query: what a cursor, a reason and two instants need, and more. */
const LONGEST_ADDRESS = 8000;

/** Refuses addresses that are longer than any that is meant. @throws HttpProblem */
export const shortAddress: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { pathname, search } = new URL(c.req.url);
  const { length } = pathname + search;
  if (length > LONGEST_ADDRESS) {
    const rule = `at most ${LONGEST_ADDRESS} are allowed`;
    throw new HttpProblem('uri-too-long', `the address has ${length} characters with its query, ${rule}`);
  }
  await next();
};
