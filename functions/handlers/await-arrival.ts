import { lambdaFunction } from './function.ts';
import { awaitArrivalTask } from './tasks.ts';

export const handler = lambdaFunction(awaitArrivalTask);
