import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { clause, fresh, refused, refusedAsWrong, soon, type Chapter } from './contract.ts';
import type { Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest';
const VISIBILITY = `${DOCS}/SQSDeveloperGuide/sqs-visibility-timeout.html`;
const REDRIVE = `${DOCS}/SQSDeveloperGuide/sqs-dead-letter-queues.html`;
const QUOTAS = `${DOCS}/SQSDeveloperGuide/quotas-messages.html`;
const SEND = `${DOCS}/APIReference/API_SendMessage.html`;
const BATCH = `${DOCS}/APIReference/API_SendMessageBatch.html`;
const DELETE = `${DOCS}/APIReference/API_DeleteMessage.html`;

async function queue({ aws }: Target, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: fresh('queue'), Attributes }));
  assert.ok(QueueUrl);
  return QueueUrl;
}

const send = ({ aws }: Target, QueueUrl: string, MessageBody: string, DelaySeconds?: number) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));

const sendBatch = ({ aws }: Target, QueueUrl: string, Entries: SendMessageBatchRequestEntry[]) =>
  aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

async function receive({ aws }: Target, QueueUrl: string): Promise<Message | undefined> {
  const asked = new ReceiveMessageCommand({
    QueueUrl,
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  const { Messages = [] } = await aws.sqs.send(asked);
  return Messages[0];
}

const entries = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ Id: `e${n}`, MessageBody: `m${n}` }));

export const sqs: Chapter = {
  service: 'SQS',
  clauses: [
    clause(
      'sqs-visibility',
      'a message that was received is hidden for its visibility timeout, then comes again',
      VISIBILITY,
      async (t) => {
        const url = await queue(t, { VisibilityTimeout: '1' });
        await send(t, url, 'hello');
        const first = await soon('first receive', () => receive(t, url));
        assert.equal(await receive(t, url), undefined);
        const second = await soon('second receive', () => receive(t, url), 3000);
        assert.equal(second.MessageId, first.MessageId);
        assert.equal(second.Attributes?.ApproximateReceiveCount, '2');
      },
    ),
    clause(
      'sqs-visible-now',
      'a visibility timeout of 0 gives the message back at once',
      VISIBILITY,
      async (t) => {
        const QueueUrl = await queue(t, { VisibilityTimeout: '60' });
        await send(t, QueueUrl, 'hello');
        const { ReceiptHandle } = await soon('first receive', () => receive(t, QueueUrl));
        await t.aws.sqs.send(
          new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
        );
        await soon('second receive', () => receive(t, QueueUrl), 2000);
      },
    ),
    clause('sqs-delete', 'a message that was deleted does not come again', DELETE, async (t) => {
      const QueueUrl = await queue(t, { VisibilityTimeout: '1' });
      await send(t, QueueUrl, 'hello');
      const { ReceiptHandle } = await soon('receive', () => receive(t, QueueUrl));
      await t.aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      await sleep(1500);
      assert.equal(await receive(t, QueueUrl), undefined);
    }),
    clause(
      'sqs-redrive',
      'a message that was received too often goes to the dead-letter queue',
      REDRIVE,
      async (t) => {
        const dead = await queue(t);
        const asked = new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] });
        const deadLetterTargetArn = (await t.aws.sqs.send(asked)).Attributes?.['QueueArn'];
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
        const url = await queue(t, { VisibilityTimeout: '0', RedrivePolicy });
        await send(t, url, 'poison');
        let received = 0;
        const letter = await soon('a dead letter', async () => {
          if (await receive(t, url)) received += 1;
          return receive(t, dead);
        });
        assert.deepEqual([letter.Body, received], ['poison', 2]);
      },
    ),
    clause('sqs-delay', 'a delayed message comes after its delay and not before', SEND, async (t) => {
      const url = await queue(t);
      await send(t, url, 'later', 2);
      const sent = Date.now();
      await soon('the message', () => receive(t, url));
      assert.ok(Date.now() - sent >= 1500, `came after ${Date.now() - sent} ms`);
    }),
    clause('sqs-longest-delay', 'a delay of 900 s is the longest', SEND, async (t) => {
      const url = await queue(t);
      await send(t, url, 'later', 900);
      await refusedAsWrong(send(t, url, 'too late', 901));
    }),
    clause('sqs-batch', 'a batch has up to 10 entries, each with an id of its own', BATCH, async (t) => {
      const url = await queue(t);
      assert.equal((await sendBatch(t, url, entries(10))).Successful?.length, 10);
      await refused(sendBatch(t, url, entries(11)), 'TooManyEntriesInBatchRequest');
      await refused(sendBatch(t, url, [...entries(1), ...entries(1)]), 'BatchEntryIdsNotDistinct');
      await refused(sendBatch(t, url, []), 'EmptyBatchRequest');
    }),
    clause(
      'sqs-partly',
      'of a batch the entries that can be sent are sent, the others are named',
      BATCH,
      async (t) => {
        const url = await queue(t);
        const faulty = { Id: 'faulty', MessageBody: 'x', DelaySeconds: 901 };
        const { Successful = [], Failed = [] } = await sendBatch(t, url, [...entries(2), faulty]);
        assert.deepEqual(
          [Successful.map(({ Id }) => Id), Failed.map(({ Id }) => Id)],
          [['e0', 'e1'], ['faulty']],
        );
      },
    ),
    clause('sqs-largest', 'a message has up to 1 MiB', QUOTAS, async (t) => {
      const url = await queue(t);
      await send(t, url, 'x'.repeat(1024 * 1024));
      await refusedAsWrong(send(t, url, 'x'.repeat(1024 * 1024 + 1)));
    }),
    clause('sqs-no-queue', 'a queue that does not exist is told as such', SEND, async (t) => {
      const url = (await queue(t)).replace(/[^/]+$/, 'nobody-made-this');
      await refused(send(t, url, 'hello'), 'QueueDoesNotExist');
    }),
  ],
};
