import { awsContext } from '../adapters/context.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { heartbeatTask } from './tasks.ts';

const environment = readEnvironment();

export const handler = heartbeatTask(awsContext(environment), environment.optional('heartbeatUrl'));
