import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { sweepTask } from './tasks.ts';

export const handler = sweepTask(awsContext(readEnvironment()));
