import { lambdaFunction } from './function.ts';
import { heartbeatTask } from './tasks.ts';

export const handler = lambdaFunction((ctx, environment) =>
  heartbeatTask(ctx, environment.optional('heartbeatUrl')),
);
