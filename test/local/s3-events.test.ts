import { setTimeout as sleep } from 'node:timers/promises';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { cleanUp } from './support.ts';
import { objectCreated } from '../../local/services/s3-events.ts';
import { Bucket, bytesOf, stack } from './s3-stack.ts';

const PART = 5 * 1024 * 1024;

afterEach(cleanUp);

async function startUpload(client: S3Client, Key: string, parts: Buffer[]) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  for (const [i, Body] of parts.entries()) {
    const PartNumber = i + 1;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    Parts.push({ ETag, PartNumber });
  }
  return new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
}

test('tells of a PUT what EventBridge tells', async () => {
  const { client, events } = await stack();
  const before = Math.floor(Date.now() / 1000) * 1000;
  await client.send(new PutObjectCommand({ Bucket, Key: 'orders/a.csv', Body: 'one,two' }));
  const { LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: 'orders/a.csv' }));
  expect(events).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: LastModified?.toISOString().replace('.000Z', 'Z'),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::landing'],
      detail: {
        version: '0',
        bucket: { name: 'landing' },
        object: {
          key: 'orders/a.csv',
          size: 7,
          etag: createHash('md5').update('one,two').digest('hex'),
          sequencer: expect.stringMatching(/^[\dA-F]{16}$/),
        },
        'request-id': expect.stringMatching(/^[\dA-F]{16}$/),
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    },
  ]);
  expect(LastModified!.getTime()).toBeGreaterThanOrEqual(before);
});

test('later objects have greater sequencers', () => {
  const creation = {
    bucket: Bucket,
    key: 'a',
    size: 0,
    etag: '',
    versionId: 'v1',
    completed: new Date(0),
    region: 'eu-central-1',
    requestId: '',
    sourceAddress: '::ffff:10.0.0.1',
    reason: 'PutObject' as const,
  };
  const events = Array.from({ length: 5000 }, () => objectCreated(creation));
  const sequencers = events.map(({ detail }) => detail.object.sequencer);
  expect(new Set(sequencers).size).toBe(events.length);
  expect(sequencers).toEqual(sequencers.toSorted());
  expect(events[0]).toMatchObject({
    time: '1970-01-01T00:00:00Z',
    region: 'eu-central-1',
    detail: { object: { 'version-id': 'v1' }, 'source-ip-address': '10.0.0.1' },
  });
});

test('a multipart upload is one event, at its end', async () => {
  const { client, events, created } = await stack();
  const body = randomBytes(PART + 10);
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: randomBytes(PART + 1) }));
  const parts = [body.subarray(0, PART), body.subarray(PART)];
  const complete = await startUpload(client, 'parts', parts);
  const copied = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'copied part' }));
  await client.send(
    new UploadPartCopyCommand({
      Bucket,
      Key: 'copied part',
      UploadId: copied.UploadId,
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
    }),
  );
  expect(created()).toEqual([['source', PART + 1, 'PutObject']]);
  const { ETag } = await client.send(complete);
  expect(created().slice(1)).toEqual([['parts', body.length, 'CompleteMultipartUpload']]);
  expect(`"${events[1]!.detail.object.etag}"`).toBe(ETag);
  expect((await bytesOf(client, 'parts')).equals(body)).toBe(true);
});

test('a completion whose event was refused, or whose answer was lost, can be repeated', async () => {
  const { client, events, onEvent } = await stack();
  const complete = await startUpload(client, 'parts', [Buffer.from('only')]);
  const { take } = onEvent;
  onEvent.take = () => Promise.reject(new Error('table <gone>'));
  await expect(client.send(complete)).rejects.toMatchObject({
    name: 'InternalError',
    message: 'table <gone>',
  });
  onEvent.take = take;
  const { ETag } = await client.send(complete);
  expect(events.map(({ detail }) => `"${detail.object.etag}"`)).toEqual([ETag]);

  const other = await startUpload(client, 'parts', [Buffer.from('other')]);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'parts' }));
  other.input.UploadId = 'unknown';
  await expect(client.send(other)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a presigned PUT and a form upload are objects too', async () => {
  const { client, endpoint, created } = await stack();
  const scope = 'AKIDEXAMPLE%2F20261121%2Fus-east-1%2Fs3%2Faws4_request';
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}&X-Amz-Signature=00&x-id=PutObject`;
  const put = await fetch(`${endpoint}/${Bucket}/pre%20signed?${query}`, { method: 'PUT', body: 'signed' });
  expect(put.status).toBe(200);

  for (const status of ['204', '201']) {
    const form = new FormData();
    form.set('key', 'form/${filename}');
    form.set('success_action_status', status);
    form.set('file', new File([randomBytes(100_000)], `C:\\dir\\größe ${status}.bin`));
    form.set('key', 'form/${filename}');
    const post = await fetch(`${endpoint}/${Bucket}`, { method: 'POST', body: form });
    expect(post.status).toBe(Number(status));
  }
  expect(created()).toEqual([
    ['pre signed', 6, 'PutObject'],
    ['form/größe 204.bin', 100_000, 'POST Object'],
    ['form/größe 201.bin', 100_000, 'POST Object'],
  ]);
  expect((await bytesOf(client, 'form/größe 201.bin')).length).toBe(100_000);
});

test('acknowledges an object only after its event is accepted', async () => {
  const { client, onEvent } = await stack();
  const order: string[] = [];
  onEvent.take = async () => {
    await sleep(50);
    order.push('event accepted');
  };
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  order.push('acknowledged');
  expect(order).toEqual(['event accepted', 'acknowledged']);

  onEvent.take = () => Promise.reject(new Error('not now'));
  await expect(client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 500 },
  });
});

test('an object that a consumer takes away at once was there all the same', async () => {
  const { client, events } = await stack();
  const taken = (async () => {
    for (let i = 0; i < 300 && events.length < 20; i += 1)
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  })();
  for (let i = 0; i < 20; i += 1) {
    const Body = Readable.from([Buffer.alloc(i)]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ContentLength: i }));
  }
  await taken;
  expect(events.map(({ detail }) => detail.object.size)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
