import { lambdaFunction } from './function.ts';
import { advanceBreachTask } from './tasks.ts';

export const handler = lambdaFunction(advanceBreachTask);
