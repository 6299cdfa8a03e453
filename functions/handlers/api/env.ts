import type { OpenAPIHono } from '@hono/zod-openapi';
import type { RequestIdVariables } from 'hono/request-id';
import type { Context } from '../../app/ports.ts';
import type { Callers } from './callers.ts';

/** What is known of a request while it is answered. */
export interface ApiEnv {
  Variables: RequestIdVariables & {
    actor?: string;
  };
}

/** What the routes of one resource need. */
export interface Api {
  app: OpenAPIHono<ApiEnv>;
  ctx: Context;
  callers: Callers;
}
