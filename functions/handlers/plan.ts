import { lambdaFunction } from './function.ts';
import { planTask } from './tasks.ts';

export const handler = lambdaFunction(planTask);
