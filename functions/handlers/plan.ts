import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { planTask } from './tasks.ts';

export const handler = planTask(awsContext(readEnvironment()));
