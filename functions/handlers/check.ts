import { lambdaFunction } from './function.ts';
import { checkTask } from './tasks.ts';

export const handler = lambdaFunction(checkTask);
