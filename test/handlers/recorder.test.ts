import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { EVENT_ATTEMPTS, sqsDeadLetters } from '../../functions/adapters/dead-letters.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { recorderHandler } from '../../functions/handlers/queues.ts';
import { clientOf } from '../adapters/recording-server.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let service: FauxqsServer;
let client: SQSClient;
let queueUrl: string;
let world: MemoryWorld;
let broken: Error | undefined;
let queues = 0;

beforeAll(async () => {
  service = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  client = new SQSClient(clientOf({ url: `http://127.0.0.1:${service.port}` }));
});
afterAll(async () => {
  client.destroy();
  await service.stop();
});
beforeEach(async () => {
  broken = undefined;
  queueUrl = service.createQueue(`letters-${queues++}`).queueUrl;
  const before = (port: string, method: string) => {
    if (broken && port === 'evidence' && method === 'record') throw broken;
  };
  world = new MemoryWorld({ now: '2026-11-21T05:00:00Z', before });
  world.objects.createBucket('acme');
  await world.teams.save({ id: 'data', grants: [{ bucket: 'acme', prefix: '' }], createdAt: 0, version: 0 });
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  const file = { bucket: 'acme', key: '*.csv' };
  await create(world.ctx, { id: 'orders', team: 'data', due, file, notify: [] }, { by: 'tester' });
});

const created = (key: string) =>
  JSON.stringify({
    ...{ id: key, source: 'aws.s3', 'detail-type': 'Object Created', time: '2026-11-21T05:00:00Z' },
    detail: { bucket: { name: 'acme' }, object: { key, size: 9, etag: 'e', sequencer: key } },
  });

/** Hands the bodies to the recorder as one batch, each for the so-many-th time. @returns which come again */
async function deliver(bodies: readonly string[], times: number, url = queueUrl): Promise<string[]> {
  const attributes = { ApproximateReceiveCount: String(times) };
  const Records = bodies.map((body, index) => ({ messageId: `message-${index}`, body, attributes }));
  const handler = recorderHandler(
    world.ctx,
    sqsDeadLetters(
      () => client,
      () => url,
    ),
  );
  const { batchItemFailures } = await handler({ Records }, { getRemainingTimeInMillis: () => 60_000 });
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function letters(): Promise<unknown[]> {
  const receive = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
  const { Messages = [] } = await client.send(new ReceiveMessageCommand(receive));
  return Messages.map(({ Body, MessageAttributes = {} }) => [
    Body,
    MessageAttributes['ERROR_CODE']?.StringValue,
    MessageAttributes['ERROR_MESSAGE']?.StringValue,
  ]);
}

const recorded = () => world.evidence.of({ team: 'data', id: 'orders' }).map(({ object }) => object?.key);

const POISON = 'this is no event';
const UNDOCUMENTED = JSON.stringify({
  ...{ id: '1', source: 'acme', 'detail-type': 'Overdue Run State Change' },
  ...{ time: '2026-11-21T05:00:00Z', detail: { job: 'load' } },
});

describe('a poison event', () => {
  it('comes again alone until the last attempt, and its neighbours pass', async () => {
    expect(await deliver([created('a.csv'), POISON, created('b.csv')], EVENT_ATTEMPTS - 1)).toEqual([
      'message-1',
    ]);
    expect(recorded().toSorted()).toEqual(['a.csv', 'b.csv']);
    expect(await letters()).toEqual([]);
  });

  it('lies among the dead letters after it, as it came, with the reason', async () => {
    expect(await deliver([created('a.csv'), POISON], EVENT_ATTEMPTS)).toEqual([]);
    expect(recorded()).toEqual(['a.csv']);
    expect(await letters()).toEqual([[POISON, 'SyntaxError', expect.stringContaining('not valid JSON')]]);
  });

  it.each([
    ['is no event of a bus', '{"id":"1"}', 'ZodError', 'source'],
    ['is not as its service documents it', UNDOCUMENTED, 'NotUnderstood', 'run'],
  ])('says so when it %s', async (_name, body, code, field) => {
    await deliver([body], EVENT_ATTEMPTS);
    expect(await letters()).toEqual([[body, code, expect.stringContaining(field)]]);
  });

  it('that tells of no run as documented counts for who expects such events', async () => {
    await world.teams.save({ id: 'ops', grants: [{ events: 'acme' }], createdAt: 0, version: 0 });
    const event = { pattern: { source: ['acme'] } };
    const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
    await create(world.ctx, { id: 'told', team: 'ops', event, due, notify: [] }, { by: 'tester' });
    expect(await deliver([UNDOCUMENTED], 1)).toEqual(['message-0']);
    expect(world.evidence.of({ team: 'ops', id: 'told' })).toHaveLength(1);
  });

  it('comes again when it cannot be put there: SQS then moves it itself', async () => {
    const gone = `${queueUrl}-gone`;
    expect(await deliver([POISON], EVENT_ATTEMPTS, gone)).toEqual(['message-0']);
  });
});

describe('an event that could not be recorded five times', () => {
  it('has the reason with it, in characters that a queue takes and no more than people read', async () => {
    broken = new RangeError(`\u0000 throttled ${'x'.repeat(5000)}`);
    await deliver([created('a.csv')], EVENT_ATTEMPTS);
    const [letter] = await letters();
    expect(letter).toEqual([created('a.csv'), 'RangeError', expect.stringMatching(/^\? throttled x{988}$/)]);
  });

  it('is recorded when its letter is put into the queue of events again', async () => {
    broken = new Error('throttled');
    await deliver([created('a.csv')], EVENT_ATTEMPTS);
    const [[body]] = (await letters()) as [[string]];
    broken = undefined;
    expect(await deliver([body], 1)).toEqual([]);
    expect(recorded()).toEqual(['a.csv']);
  });
});
