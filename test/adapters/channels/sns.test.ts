import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SNSClient } from '@aws-sdk/client-sns';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import { asciiSubject } from '../../../functions/adapters/channels/sns.ts';
import { plainText } from '../../../functions/core/render/plain-text.ts';
import { alert, hostile, message, recovered, storm } from '../../core/render/alerts.ts';

const REGION = 'eu-central-1';
let fauxqs: FauxqsServer;
let topicArn: string;
const clients: SNSClient[] = [];

beforeAll(async () => {
  fauxqs = await startFauxqs({ port: 0, logger: false, messageSpies: true });
  fauxqs.createQueue('seen', { region: REGION });
  ({ topicArn } = fauxqs.createTopic('alerts', { region: REGION }));
  fauxqs.subscribe({ topic: 'alerts', queue: 'seen', region: REGION });
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await fauxqs.stop();
});

const regions: string[] = [];
const sender = channelSender({
  allowedHosts: [],
  sns: (region) => {
    regions.push(region);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new SNSClient({ region, endpoint: fauxqs.address, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  },
});

interface Published {
  Subject: string;
  Message: string;
  MessageAttributes: Record<string, { Type: string; Value: string }>;
}

async function published(): Promise<Published> {
  const { body } = (await fauxqs.spy.waitForMessage({ service: 'sqs' }, 'published', 2000)) as {
    body: string;
  };
  fauxqs.spy.clear();
  return JSON.parse(body) as Published;
}

describe('SNS', () => {
  it('gets the plain text, a subject and attributes for filter policies, in the region of the topic', async () => {
    const given = message(
      alert({ severity: 'low' }),
      alert({ id: 'b', expectation: 'b', severity: 'critical', type: 'inconclusive' }),
    );
    await sender.send({ type: 'sns', topicArn }, given);
    const { Subject, Message, MessageAttributes } = await published();
    expect(regions).toEqual([REGION]);
    expect(Message).toBe(plainText(given));
    expect(Subject).toBe('1 missed, 1 inconclusive for data-platform');
    expect(MessageAttributes).toEqual({
      messageId: { Type: 'String', Value: 'message-1' },
      team: { Type: 'String', Value: 'data-platform' },
      channel: { Type: 'String', Value: 'ops' },
      severity: { Type: 'String', Value: 'critical' },
      types: { Type: 'String.Array', Value: '["opened","inconclusive"]' },
      expectations: { Type: 'String.Array', Value: '["orders-landing","b"]' },
    });
  });

  it('takes a storm of the worst texts', async () => {
    const worst = { ...hostile, title: '漢'.repeat(500), seen: '字'.repeat(2000) };
    await sender.send({ type: 'sns', topicArn }, storm(5000, worst));
    const { Message, MessageAttributes } = await published();
    expect(Message).toMatch(/and \d+ more: /);
    expect(MessageAttributes).not.toHaveProperty('expectations');
  });

  it('says why it failed, without the address of the topic', async () => {
    const gone = `arn:aws:sns:${REGION}:000000000000:gone`;
    const failed = sender.send({ type: 'sns', topicArn: gone }, message(recovered()));
    await expect(failed).rejects.toThrow(/^SNS did not take the message \(\w*NotFound\w*\): /);
    await expect(failed).rejects.not.toThrow(gone);
  });

  it.each([
    ['InvalidParameterException', true],
    ['InvalidParameterValueException', true],
    ['ValidationException', true],
    ['AuthorizationErrorException', false],
    ['NotFoundException', false],
    ['ThrottledException', false],
    ['InternalErrorException', false],
  ])('takes %s for a refusal of what the message says: %s', async (name, isRefusal) => {
    const error = Object.assign(new Error('no'), { name });
    const refusing = channelSender({ allowedHosts: [], sns: () => ({ send: () => Promise.reject(error) }) });
    const sent = refusing.send({ type: 'sns', topicArn }, message(alert()));
    await expect(sent).rejects.toMatchObject({ isRefusal });
  });

  it('repeats no address of the topic that AWS names in its answer', async () => {
    const denied = Object.assign(
      new Error(`not authorized to perform: SNS:Publish on resource: ${topicArn}`),
      {
        name: 'AuthorizationErrorException',
      },
    );
    const refusing = channelSender({ allowedHosts: [], sns: () => ({ send: () => Promise.reject(denied) }) });
    await expect(refusing.send({ type: 'sns', topicArn }, message(alert()))).rejects.toThrow(
      'SNS did not take the message (AuthorizationErrorException): not authorized to perform: SNS:Publish on resource: …',
    );
  });
});

describe('the subject for SNS', () => {
  it.each([
    ['MISSED high: Bestellungen für Köln — due', 'MISSED high: Bestellungen fur Koln - due'],
    ['a\r\nb\u0000', 'a??b?'],
    ['注文', '??'],
    ['', 'Overdue'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['x'.repeat(101), `${'x'.repeat(97)}...`],
  ])('of %j is %j', (text, subject) => {
    expect(asciiSubject(text)).toBe(subject);
  });
});
