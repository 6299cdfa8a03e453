import { Agent, request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListEmailIdentitiesCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  CreateTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { startDynamoDb } from '../../local/services/dynamodb.ts';
import { type GatewayOptions, startGateway } from '../../local/services/gateway.ts';
import { startMessaging } from '../../local/services/messaging.ts';
import type { WireHandler, WireRequest } from '../../local/services/service.ts';
import { statusOf } from './s3-stack.ts';
import { anyone, cleanUp, later, started, temporaryDirectory } from './support.ts';

afterEach(cleanUp);

const noS3: GatewayOptions['s3'] = {
  handle: (_incoming, outgoing) => {
    outgoing.writeHead(200).end('S3');
    return Promise.resolve();
  },
};

/** A handler that answers `answer` and keeps what it was asked. */
function recorder(answer: object): { handler: WireHandler; asked: WireRequest[] } {
  const asked: WireRequest[] = [];
  const handler: WireHandler = (request) => {
    asked.push(request);
    return Promise.resolve({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(answer),
    });
  };
  return { handler, asked };
}

const gatewayOf = async (options: Partial<GatewayOptions>): Promise<string> => {
  const gateway = startGateway({ port: 0, s3: noS3, upstreams: {}, handlers: {}, ...options });
  return (await started(gateway)).endpoint;
};

/** Has the client closed after the test. */
function kept<Client extends { destroy(): void }>(client: Client): Client {
  later(() => {
    client.destroy();
    return undefined;
  });
  return client;
}

test('streams DynamoDB, SQS and SNS to their services', async () => {
  const dynamodb = await started(startDynamoDb({ directory: temporaryDirectory() }));
  const messaging = await started(startMessaging());
  const endpoint = await gatewayOf({
    upstreams: { dynamodb: dynamodb.endpoint, sqs: messaging.endpoint, sns: messaging.endpoint },
  });
  const tables = kept(new DynamoDBClient({ endpoint, ...anyone }));
  await tables.send(
    new CreateTableCommand({
      TableName: 'overdue',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  expect((await tables.send(new ListTablesCommand({}))).TableNames).toEqual(['overdue']);

  const queues = kept(new SQSClient({ endpoint, ...anyone }));
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'alerts' }));
  // Clients send to the host in the URL of the queue.
  expect(QueueUrl).toBe(`${endpoint}/000000000000/alerts`);
  const topics = kept(new SNSClient({ endpoint, ...anyone }));
  const { TopicArn } = await topics.send(new CreateTopicCommand({ Name: 'alerts' }));
  expect((await topics.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }]);
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:alerts';
  await topics.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
  await topics.send(new PublishCommand({ TopicArn, Message: 'published' }));
  await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: 'sent' }));
  const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['published', 'sent']);
});

test('gives the other services what was asked on the wire', async () => {
  const states = recorder({ stateMachines: [] });
  const scheduler = recorder({ Name: 'a b/c' });
  const events = recorder({ FailedEntryCount: 0, Entries: [] });
  const endpoint = await gatewayOf({
    handlers: { states: states.handler, scheduler: scheduler.handler, events: events.handler },
  });
  await kept(new SFNClient({ endpoint, ...anyone })).send(new ListStateMachinesCommand({ maxResults: 7 }));
  expect(states.asked).toMatchObject([
    {
      method: 'POST',
      path: '/',
      headers: {
        'x-amz-target': 'AWSStepFunctions.ListStateMachines',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: '{"maxResults":7}',
    },
  ]);

  const schedules = kept(new SchedulerClient({ endpoint, ...anyone }));
  await schedules.send(new GetScheduleCommand({ Name: 'a b', GroupName: 'größe' }));
  expect(scheduler.asked).toMatchObject([{ method: 'GET', path: '/schedules/a%20b', body: '' }]);
  expect(scheduler.asked[0]?.query.get('groupName')).toBe('größe');

  const Detail = JSON.stringify({ text: 'größe'.repeat(10_000) });
  const bus = kept(new EventBridgeClient({ endpoint, ...anyone }));
  await bus.send(new PutEventsCommand({ Entries: [{ Source: 'acme', DetailType: 'done', Detail }] }));
  expect(JSON.parse(events.asked[0]!.body)).toEqual({
    Entries: [{ Source: 'acme', DetailType: 'done', Detail }],
  });
});

test.each([
  ['unsigned', '/bucket/key', {}, 'S3'],
  ['unsigned with a target', '/', { 'x-amz-target': 'AWSEvents.PutEvents' }, 'events'],
  [
    'signed for no region',
    '/',
    {
      authorization:
        'AWS4-ECDSA-P256-SHA256 Credential=AKID/20261121/events/aws4_request, SignedHeaders=host',
    },
    'events',
  ],
  ['presigned', '/?X-Amz-Credential=AKID%2F20261121%2Fus-east-1%2Fevents%2Faws4_request', {}, 'events'],
  ['presigned for S3', '/b/k?X-Amz-Credential=AKID%2F20261121%2Fus-east-1%2Fs3%2Faws4_request', {}, 'S3'],
])('routes a request that is %s', async (_how, path, headers, service) => {
  const handler: WireHandler = () => Promise.resolve({ status: 200, body: 'events' });
  const endpoint = await gatewayOf({ handlers: { events: handler } });
  expect(await (await fetch(endpoint + path, { headers })).text()).toBe(service);
});

test('says which service it has not', async () => {
  const endpoint = await gatewayOf({});
  const mail = kept(new SESv2Client({ endpoint, ...anyone, maxAttempts: 1 }));
  await expect(mail.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject({
    message: 'Overdue on one machine has no AWS service "ses".',
    $metadata: { httpStatusCode: 501 },
  });
});

test('refuses a body that is too large, and goes on', async () => {
  const events = recorder({});
  const endpoint = await gatewayOf({ handlers: { events: events.handler } });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  later(() => {
    agent.destroy();
    return undefined;
  });
  const post = (bytes: number) => {
    const headers = { 'x-amz-target': 'AWSEvents.PutEvents', 'content-length': bytes };
    return statusOf(request(endpoint, { agent, method: 'POST', headers }).end(Buffer.alloc(bytes, 'x')));
  };
  expect(await post(1024 * 1024)).toBe(200);
  expect(await post(1024 * 1024 + 1)).toBe(413);
  expect(await post(10 * 1024 * 1024)).toBe(413);
  expect(await post(1)).toBe(200);
  expect(events.asked).toHaveLength(2);
});

test('answers 500 when a service fails or is not there', async () => {
  const gone = await startMessaging();
  await gone.close();
  const endpoint = await gatewayOf({
    upstreams: { sqs: gone.endpoint },
    handlers: { events: () => Promise.reject(new Error('no bus')) },
  });
  for (const [target, message] of [
    ['AWSEvents.PutEvents', 'no bus'],
    ['AmazonSQS.SendMessage', expect.stringContaining('ECONNREFUSED')],
  ] as const) {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': target },
      body: '{}',
    });
    expect([response.status, await response.json()]).toEqual([500, { __type: 'InternalFailure', message }]);
  }
});

test('a taken port is refused; closing does not wait for idle connections', async () => {
  const gateway = await startGateway({ port: 0, s3: noS3, upstreams: {}, handlers: {} });
  const port = Number(new URL(gateway.endpoint).port);
  await expect(startGateway({ port, s3: noS3, upstreams: {}, handlers: {} })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await (await fetch(gateway.endpoint)).text();
  const start = performance.now();
  await Promise.all([gateway.close(), gateway.close()]);
  expect(performance.now() - start).toBeLessThan(1000);
});
