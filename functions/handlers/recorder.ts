import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { recorderHandler } from './queues.ts';

export const handler = recorderHandler(awsContext(readEnvironment()));
