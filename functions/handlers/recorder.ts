import { lambdaFunction } from './function.ts';
import { recorderHandler } from './queues.ts';

export const handler = lambdaFunction(recorderHandler);
