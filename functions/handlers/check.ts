import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { checkTask } from './tasks.ts';

export const handler = checkTask(awsContext(readEnvironment()));
