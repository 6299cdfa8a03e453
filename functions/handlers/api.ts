// Loading it gives schemas a method for the OpenAPI document, those only that are made afterwards: so all else waits.
import '@hono/zod-openapi';
import { getConnInfo, handle } from 'hono/aws-lambda';
import type { Environment } from '../adapters/environment.ts';
import type { Limits } from './api/callers.ts';

const { DEFAULT_RATES, limitsOf } = await import('./api/callers.ts');
const { createApi } = await import('./api/app.ts');
const { lambdaFunction } = await import('./function.ts');

function limits(environment: Environment): Limits {
  const rates = {
    requests: environment.amount('requestsPerSecond', DEFAULT_RATES.requests),
    checkIns: environment.amount('checkInsPerSecond', DEFAULT_RATES.checkIns),
  };
  // hono 4 has no other than these two; their successor is the package @hono/aws-lambda, for hono 5.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return limitsOf(rates, (c) => getConnInfo(c).remote.address);
}

export const handler = lambdaFunction((ctx, environment) =>
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  handle(createApi(ctx, limits(environment))),
);
