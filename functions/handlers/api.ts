import { handle } from 'hono/aws-lambda';
import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { createApi } from './api/app.ts';

// hono 4 has no other; its successor is the package @hono/aws-lambda, for hono 5.
// eslint-disable-next-line @typescript-eslint/no-deprecated
export const handler = handle(createApi(awsContext(readEnvironment())));
