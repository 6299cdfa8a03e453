import { keepCanary } from '../app/canary.ts';
import { lambdaFunction } from './function.ts';

export const handler = lambdaFunction(
  (ctx, environment) => () => keepCanary(ctx, environment.require('canaryTopicArn')),
);
