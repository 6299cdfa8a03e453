import { awsClients } from '../adapters/clients.ts';
import { sqsDeadLetters } from '../adapters/dead-letters.ts';
import { lambdaFunction } from './function.ts';
import { recorderHandler } from './queues.ts';

export const handler = lambdaFunction((ctx, environment) =>
  recorderHandler(
    ctx,
    sqsDeadLetters(awsClients().sqs, () => environment.require('eventDlqUrl')),
  ),
);
