import { getConnInfo, handle } from 'hono/aws-lambda';
import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { createApi } from './api/app.ts';
import { DEFAULT_RATES, limitsOf } from './api/callers.ts';

const environment = readEnvironment();
const rates = {
  requests: environment.amount('requestsPerSecond', DEFAULT_RATES.requests),
  checkIns: environment.amount('checkInsPerSecond', DEFAULT_RATES.checkIns),
};
// hono 4 has no other than these two; their successor is the package @hono/aws-lambda, for hono 5.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const limits = limitsOf(rates, (c) => getConnInfo(c).remote.address);

// eslint-disable-next-line @typescript-eslint/no-deprecated
export const handler = handle(createApi(awsContext(environment), limits));
