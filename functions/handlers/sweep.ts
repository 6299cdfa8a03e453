import { lambdaFunction } from './function.ts';
import { sweepTask } from './tasks.ts';

export const handler = lambdaFunction(sweepTask);
