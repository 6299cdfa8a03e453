import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { startMessaging } from '../../local/services/messaging.ts';
import { startQueuePoller, type QueuePollerOptions } from '../../local/services/queue-poller.ts';
import type { Closeable } from '../../local/services/service.ts';
import { clientConfig, eventually } from './serve.ts';

const queueArn = 'arn:aws:sqs:eu-central-1:000000000000:evidence';

let messaging: Closeable & { endpoint: string };
let sqs: SQSClient;
let queueUrl: string;
let poller: Closeable | undefined;
let events: SQSEvent[];
let logged: string[];

beforeEach(async () => {
  [events, logged] = [[], []];
  messaging = await startMessaging();
  sqs = new SQSClient(clientConfig(messaging.endpoint));
  const Attributes = { VisibilityTimeout: '1' };
  const created = await sqs.send(new CreateQueueCommand({ QueueName: 'evidence', Attributes }));
  queueUrl = created.QueueUrl!;
});
afterEach(async () => {
  await poller?.close();
  poller = undefined;
  sqs.destroy();
  await messaging.close();
});

function start(handle: (event: SQSEvent) => unknown, rest: Partial<QueuePollerOptions> = {}): void {
  poller = startQueuePoller({
    client: clientConfig(messaging.endpoint),
    queueUrl,
    queueArn,
    handle: async (event) => {
      events.push(event);
      return await handle(event);
    },
    batchSize: 10,
    log: (message) => logged.push(message),
    ...rest,
  });
}

async function send(...bodies: string[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies
      .slice(from, from + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** Messages in the queue, hidden ones too. */
async function left(): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] });
  const { Attributes } = await sqs.send(command);
  return names.reduce((sum, name) => sum + Number(Attributes![name]), 0);
}

const bodiesOf = (event: SQSEvent) => event.Records.map(({ body }) => body);
const bodies = () => events.flatMap(bodiesOf);
const emptied = () => eventually(async () => ((await left()) === 0 ? true : undefined));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a poller', () => {
  test('hands over the event that Lambda makes, and deletes what was handled', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'x' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from('hi') },
    };
    start(() => undefined);
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"a":1}', MessageAttributes }));
    await emptied();
    const [record] = events[0]!.Records;
    expect(record).toMatchObject({
      body: '{"a":1}',
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: 'eu-central-1',
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {
        kind: { stringValue: 'x', dataType: 'String', stringListValues: [], binaryListValues: [] },
        raw: { binaryValue: Buffer.from('hi').toString('base64'), dataType: 'Binary' },
      },
    });
    expect(Number(record!.attributes.SentTimestamp)).toBeGreaterThan(Date.now() - 60_000);
    expect(record!.messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(record!.md5OfBody).toMatch(/^[0-9a-f]{32}$/);
  });

  test('leaves the batch of a handler that throws to the visibility timeout', async () => {
    start(() => {
      if (events.length === 1) throw new Error('no');
    });
    await send('a', 'b');
    await emptied();
    expect(bodies().sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(events[1]!.Records[0]!.attributes.ApproximateReceiveCount).toBe('2');
    expect(logged).toEqual(['a batch of messages failed']);
  });

  test('leaves only what is reported as failed', async () => {
    const handle = (event: SQSEvent) => ({
      batchItemFailures: event.Records.filter(
        ({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1',
      ).map(({ messageId }) => ({ itemIdentifier: messageId })),
    });
    await send('a', 'b', 'c');
    start(handle, { reportBatchItemFailures: true });
    await emptied();
    expect(bodies().sort()).toEqual(['a', 'b', 'b', 'c']);
  });

  test.each([
    ['nothing', undefined, 0],
    ['an empty answer', {}, 0],
    ['no failures', { batchItemFailures: [] }, 0],
    ['an empty id', { batchItemFailures: [{ itemIdentifier: '' }] }, 1],
    ['a wrong key', { batchItemFailures: [{ id: 'x' }] }, 1],
    ['an unknown id', { batchItemFailures: [{ itemIdentifier: 'x' }] }, 1],
  ])('told %s keeps as many: %#', async (_, answer, kept) => {
    await send('a');
    start(() => answer, { reportBatchItemFailures: true });
    await eventually(() => events[0]);
    await pause(100);
    expect(await left()).toBe(kept);
  });

  test('gathers more than one receive within its window', async () => {
    await send(...Array.from({ length: 25 }, (_, n) => String(n)));
    start(() => undefined, { batchSize: 100, windowSeconds: 1 });
    await eventually(() => events[0]);
    expect(events[0]!.Records).toHaveLength(25);
    await emptied();
  });

  test('handles so many batches at once, and no more messages are hidden meanwhile', async () => {
    let now = 0;
    let most = 0;
    start(
      async () => {
        most = Math.max(most, ++now);
        await pause(20);
        now--;
      },
      { batchSize: 1, maxConcurrency: 3 },
    );
    await send(...Array.from({ length: 20 }, (_, n) => String(n)));
    await emptied();
    expect(most).toBe(3);
    expect(bodies()).toHaveLength(20);
  });

  test('closes at once while it waits, and after the batch that is being handled', async () => {
    start(() => pause(200));
    await pause(50);
    await send('a');
    await eventually(() => events[0]);
    const began = Date.now();
    await poller!.close();
    expect(Date.now() - began).toBeLessThan(1000);
    expect(await left()).toBe(0);
  });

  test('rests when the queue cannot be reached, and goes on', async () => {
    const gone = queueUrl.replace('evidence', 'later');
    start(() => undefined, { queueUrl: gone });
    await eventually(() => logged[0]);
    await sqs.send(new CreateQueueCommand({ QueueName: 'later' }));
    await sqs.send(new SendMessageCommand({ QueueUrl: gone, MessageBody: 'a' }));
    await eventually(() => events[0]);
    expect(logged.length).toBeLessThanOrEqual(2);
  });

  test.each([
    [0, 0],
    [10_001, 1],
    [11, 0],
    [10, 301],
    [10, 0.5],
  ])('refuses a batch of %d in %d s', (batchSize, windowSeconds) => {
    expect(() => {
      start(() => undefined, { batchSize, windowSeconds });
    }).toThrow(RangeError);
  });
});
