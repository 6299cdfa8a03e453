import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createTable } from '../../functions/adapters/dynamodb/create-table.ts';
import { startDynamoDb } from '../../local/services/dynamodb.ts';
import { createEventBus, type BusEvent, type Rule } from '../../local/services/event-bus.ts';
import { startGateway } from '../../local/services/gateway.ts';
import { createInvoke } from '../../local/services/lambda.ts';
import { startMessaging } from '../../local/services/messaging.ts';
import { startObjectStore } from '../../local/services/object-store.ts';
import { createS3Front } from '../../local/services/s3-front.ts';
import { createScheduler } from '../../local/services/scheduler.ts';
import type { Closeable } from '../../local/services/service.ts';
import { createStepFunctions } from '../../local/services/step-functions.ts';
import { handler } from './function.ts';
import { MACHINES } from './machines.ts';
import { RULES } from './rules.ts';
import { ACCOUNT, clientConfig, clientsAt, REGION, TABLE_NAME, type Target } from './target.ts';

const HERE = { accountId: ACCOUNT, region: REGION };

/** The services that `npm start` runs, put together as it does, with the machines and rules of the contract. */
export async function startOneMachine(): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'overdue-contract-'));
  const closing: Closeable[] = [];
  const keep = <T extends Closeable>(part: T): T => {
    closing.unshift(part);
    return part;
  };
  const dynamodb = keep(await startDynamoDb({ directory: join(dataDir, 'dynamodb') }));
  const store = keep(await startObjectStore({ directory: join(dataDir, 's3') }));
  const messaging = keep(await startMessaging());
  const states = keep(await stepFunctions());
  const deliver = async ({ targetArn: stateMachineArn, input }: { targetArn: string; input: string }) =>
    Promise.resolve(states.startExecution({ stateMachineArn, input }));
  const log = () => undefined;
  const scheduler = keep(createScheduler({ ...HERE, dataDir, deliver, log }));
  const queues = await ruleQueues(messaging.endpoint);
  const bus = keep(createEventBus({ ...HERE, dataDir, log, rules: queues.rules }));
  const s3 = createS3Front({ endpoint: store.endpoint, emit: (event) => bus.publish(event) });
  const gateway = keep(
    await startGateway({
      ...{ port: 0, s3 },
      upstreams: { dynamodb: dynamodb.endpoint, sqs: messaging.endpoint, sns: messaging.endpoint },
      handlers: { states: states.handle, scheduler: scheduler.handle, events: bus.handle },
    }),
  );
  bus.start();
  scheduler.start();
  await createTable(new DynamoDBClient(clientConfig(gateway.endpoint)), TABLE_NAME);
  return {
    aws: clientsAt(gateway.endpoint),
    machine: (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
    queueOf: (rule) => queues.urls.get(rule) ?? '',
    async close() {
      for (const part of closing) await part.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function stepFunctions() {
  const functions = new Map([['told', { handler, timeoutSeconds: 10 }]]);
  const stateMachines = Object.entries(MACHINES).map(([name, { type, definition }]) => ({
    ...{ name, type },
    definition: definition.replaceAll('${Function}', `arn:aws:lambda:${REGION}:${ACCOUNT}:function:told`),
  }));
  return createStepFunctions({ ...HERE, stateMachines, invoke: createInvoke(functions) });
}

async function ruleQueues(endpoint: string) {
  const sqs = new SQSClient(clientConfig(endpoint));
  const urls = new Map<string, string>();
  const rules: Rule[] = [];
  for (const [name, pattern] of Object.entries(RULES)) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `rule-${name}` }));
    urls.set(name, QueueUrl);
    const deliver = (event: BusEvent) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
    rules.push({ name, pattern, targets: [{ id: 'queue', deliver }] });
  }
  return { urls, rules };
}
