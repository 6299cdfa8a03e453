import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { NudgesRefused, sqsNudges } from '../../functions/adapters/nudges.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { clientOf, recordingServer, type RecordingServer } from './recording-server.ts';

let service: FauxqsServer;
let recording: RecordingServer;
let answer: object;
let client: SQSClient;
let recorded: SQSClient;

beforeAll(async () => {
  service = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  client = new SQSClient(clientOf({ url: `http://127.0.0.1:${service.port}` }));
  recording = await recordingServer(() => ({ body: answer }));
  recorded = new SQSClient({ ...clientOf(recording), md5: false });
});
afterAll(async () => {
  client.destroy();
  recorded.destroy();
  await service.stop();
  await recording.close();
});
beforeEach(() => {
  recording.requests.length = 0;
  answer = {};
});

const delays = () =>
  recording.requests.map(({ body }) =>
    (JSON.parse(body) as { Entries: { DelaySeconds?: number }[] }).Entries.map((entry) => entry.DelaySeconds),
  );

test('each channel gets one message that names it', async () => {
  const { queueUrl } = service.createQueue('nudges');
  const channels = Array.from({ length: 20 }, (_, index) => `channel-${index}`);
  await sqsNudges(client, queueUrl).send('data', [...channels, 'channel-0']);
  const bodies: unknown[] = [];
  for (let page = 0; page < 3; page++) {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await client.send(receive);
    bodies.push(...Messages.map(({ Body }): unknown => JSON.parse(Body ?? '')));
  }
  expect(bodies).toHaveLength(20);
  expect(bodies).toEqual(expect.arrayContaining(channels.map((channel) => ({ team: 'data', channel }))));
});

test('no channels are no call', async () => {
  await sqsNudges(recorded, `${recording.url}/1/q`).send('data', []);
  expect(recording.requests).toEqual([]);
});

test.each([
  [undefined, undefined],
  [1, 1],
  [10_001, 11],
  [15 * MINUTE, 900],
  [72 * 60 * MINUTE, 900],
])('a pause of %s ms is a delay of %s s, never longer than SQS allows', async (pause, seconds) => {
  await sqsNudges(recorded, `${recording.url}/1/q`).send('data', ['mail'], pause);
  expect(delays()).toEqual([[seconds]]);
});

test('messages that SQS refuses are a fault', async () => {
  answer = { Successful: [], Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] };
  const send = sqsNudges(recorded, `${recording.url}/1/q`).send('data', ['mail']);
  await expect(send).rejects.toThrow(NudgesRefused);
  await expect(send).rejects.toThrow('SQS refused 1 of 1 nudges: InternalError');
});
