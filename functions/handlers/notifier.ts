import { lambdaFunction } from './function.ts';
import { notifierHandler } from './queues.ts';

export const handler = lambdaFunction(notifierHandler);
