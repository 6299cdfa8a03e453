import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { awaitArrivalTask } from './tasks.ts';

export const handler = awaitArrivalTask(awsContext(readEnvironment()));
