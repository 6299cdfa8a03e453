import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { cleanUp } from './support.ts';
import { Bucket, bytesOf, stack, statusOf } from './s3-stack.ts';

afterEach(cleanUp);

test.each([
  'plain',
  'with space and+plus',
  'Größe/報告/😀.csv',
  'percent%20sign%2Fstays',
  'quotes\'"()*!~;,=&$@',
  'question?hash#colon:',
  'double//slash/',
  '/leading',
  '../../../../outside',
  'a/./b/../c',
  'a key of 1000 letters'.padEnd(1000, 'x'),
])('stores %.40j under its key and names it plainly', async (Key) => {
  const { client, created } = await stack();
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await client.send(
    new CopyObjectCommand({
      Bucket,
      Key: `${Key.slice(0, 900)}-2`,
      CopySource: `${Bucket}/${encodeURIComponent(Key)}`,
    }),
  );
  expect(created()).toEqual([
    [Key, 1, 'PutObject'],
    [`${Key.slice(0, 900)}-2`, 1, 'CopyObject'],
  ]);
  expect((await bytesOf(client, Key)).toString()).toBe('x');
});

test('takes empty objects, streams with trailing checksums and 20 MB without a known type', async () => {
  const { client, created, endpoint } = await stack();
  const large = randomBytes(20 * 1024 * 1024);
  await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: Buffer.alloc(0) }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'no body', ContentLength: 0 }));
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'stream',
      Body: Readable.from([large.subarray(0, 70_000), large.subarray(70_000, 200_000)]),
      ContentLength: 200_000,
      ChecksumAlgorithm: 'SHA256',
    }),
  );
  await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: large }));
  // What curl --data-binary says of everything.
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  await fetch(`${endpoint}/${Bucket}/curl`, { method: 'PUT', headers: type, body: 'a=b&c' });
  await fetch(`${endpoint}/${Bucket}/nothing`, { method: 'PUT' });
  expect(created()).toEqual(
    [
      ['empty', 0],
      ['no body', 0],
      ['stream', 200_000],
      ['large', large.length],
      ['curl', 5],
      ['nothing', 0],
    ].map((known) => [...known, 'PutObject']),
  );
  expect((await bytesOf(client, 'stream')).equals(large.subarray(0, 200_000))).toBe(true);
  expect((await bytesOf(client, 'large')).equals(large)).toBe(true);
  expect((await bytesOf(client, 'curl')).toString()).toBe('a=b&c');
});

test('addresses buckets in the name of the host, and machines with dotted names', async () => {
  const { endpoint, created } = await stack();
  const put = (host: string, path: string) =>
    statusOf(request(`${endpoint}${path}`, { method: 'PUT', headers: { host } }).end('x'));
  expect(await put('landing.localhost:4566', '/a')).toBe(200);
  expect(await put('landing.s3.localhost:4566', '/b')).toBe(200);
  expect(await put('landing.s3.eu-central-1.amazonaws.com', '/c')).toBe(200);
  expect(await put('box.example.com:4566', '/landing/d')).toBe(200);
  expect(await put('s3.localhost', '/landing/e')).toBe(200);
  expect(created().map(([key]) => key)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('passes a query on whole', async () => {
  const { client, endpoint } = await stack();
  for (const Key of ['a?b', 'ab']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const listed = await (await fetch(`${endpoint}/${Bucket}?list-type=2&prefix=a?b`)).text();
  expect(listed.match(/<Key>[^<]*/g)).toEqual(['<Key>a?b']);
});

test('what fails or makes no object tells nothing', async () => {
  const { client, created, endpoint } = await stack();
  await expect(
    client.send(new PutObjectCommand({ Bucket: 'absent', Key: 'a', Body: 'x' })),
  ).rejects.toThrow();
  const missing = new CopyObjectCommand({ Bucket, Key: 'a', CopySource: `${Bucket}/none` });
  await expect(client.send(missing)).rejects.toThrow();
  expect((await fetch(`${endpoint}/${Bucket}/%ff`, { method: 'PUT', body: 'x' })).status).toBe(400);
  await client.send(new CreateBucketCommand({ Bucket: 'another' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));

  const half = request(`${endpoint}/${Bucket}/half`, { method: 'PUT', headers: { 'content-length': 1000 } });
  half.on('error', () => undefined);
  half.write('half');
  await sleep(50);
  half.destroy();
  const chunked = request(`${endpoint}/${Bucket}/half`, { method: 'PUT' });
  chunked.on('error', () => undefined);
  chunked.write('half');
  await sleep(50);
  chunked.destroy();
  await sleep(50);
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'half' }))).rejects.toThrow();
  expect(created()).toEqual([]);
});

test('subresources do not touch the object; what is not served says so', async () => {
  const { client, created, endpoint } = await stack();
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'untouched' }));
  const tags = { Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } };
  await expect(client.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', ...tags }))).rejects.toMatchObject(
    {
      name: 'NotImplemented',
    },
  );
  await expect(client.send(new ListObjectVersionsCommand({ Bucket }))).rejects.toThrow(/\?versions/);
  expect((await fetch(`${endpoint}/${Bucket}/a?tagging`, { method: 'DELETE' })).status).toBe(501);
  expect((await fetch(`${endpoint}/${Bucket}?policy`, { method: 'DELETE' })).status).toBe(501);
  expect((await bytesOf(client, 'a')).toString()).toBe('untouched');
  expect(created()).toHaveLength(1);

  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  const asked = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(asked.EventBridgeConfiguration).toEqual({});
  await client.send(new GetBucketLocationCommand({ Bucket }));
  await expect(
    client.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'absent' })),
  ).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
