import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { notifierHandler } from './queues.ts';

export const handler = notifierHandler(awsContext(readEnvironment()));
