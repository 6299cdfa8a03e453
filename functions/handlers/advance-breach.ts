import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { advanceBreachTask } from './tasks.ts';

export const handler = advanceBreachTask(awsContext(readEnvironment()));
