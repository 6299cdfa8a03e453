import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { startObjectStore } from '../../local/services/object-store.ts';
import { anyone, cleanUp, later, started, temporaryDirectory, victim } from './support.ts';

const Bucket = 'landing';

afterEach(cleanUp);

function clientOf(endpoint: string): S3Client {
  const client = new S3Client({ endpoint, ...anyone, maxAttempts: 1 });
  later(() => {
    client.destroy();
    return undefined;
  });
  return client;
}

const startClient = async (directory: string) =>
  clientOf((await started(startObjectStore({ directory }))).endpoint);

async function textOf(client: S3Client, Key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

const file = (name: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../local/services/${name}`, import.meta.url)));

/** Store, front and gateway in a process of their own; events go to a file, a moment after they come. */
const startVictim = (directory: string, log: string) =>
  victim(`import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    const { startObjectStore } = await import(${file('object-store.ts')});
    const { createS3Front } = await import(${file('s3-front.ts')});
    const { startGateway } = await import(${file('gateway.ts')});
    const { endpoint } = await startObjectStore({ directory: ${JSON.stringify(directory)} });
    const emit = async (event) => {
      await sleep(Math.random() * 20);
      appendFileSync(${JSON.stringify(log)}, event.detail.object.key + '\\n');
    };
    const s3 = createS3Front({ endpoint, emit });
    console.log((await startGateway({ port: 0, s3, upstreams: {}, handlers: {} })).endpoint);`);

/** Every fourth is large, so that kills fall into its writing. */
const bodyOf = (key: string, number: number): string =>
  `${key} ${number} ${'x'.repeat(number % 4 ? number % 3000 : 500_000)}`;

/** Writes objects until the store goes away. */
async function write(
  client: S3Client,
  worker: number,
  next: () => number,
  acknowledged: Map<string, string>,
) {
  for (;;) {
    const number = next();
    const Key = number % 2 ? `new-${number}` : `same-${worker}`;
    const Body = bodyOf(Key, number);
    await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    acknowledged.set(Key, Body);
  }
}

test('after kill -9 every acknowledged object is there, whole, and had its event', async () => {
  const directory = temporaryDirectory();
  const log = join(temporaryDirectory(), 'events');
  appendFileSync(log, '');
  const acknowledged = new Map<string, string>();
  let count = 0;
  for (let round = 0; round < 3; round += 1) {
    const process = await startVictim(directory, log);
    const client = clientOf(process.line);
    await client.send(new CreateBucketCommand({ Bucket }));
    const workers = Array.from({ length: 8 }, (_, worker) =>
      write(client, worker, () => count++, acknowledged),
    );
    const ended = Promise.allSettled(workers);
    await sleep(600);
    await process.kill();
    for (const outcome of await ended)
      expect(outcome).toHaveProperty('reason.message', expect.stringMatching(/ECONN|EPIPE|hang up/));
  }

  const client = await startClient(directory);
  expect(acknowledged.size).toBeGreaterThan(50);
  const told = new Set(readFileSync(log, 'utf8').split('\n'));
  expect([...acknowledged.keys()].filter((key) => !told.has(key))).toEqual([]);
  for (const [key, body] of acknowledged) {
    const found = (await textOf(client, key)) ?? '';
    // A replacement that was under way may be there or not, but not half of it.
    const number = Number(found.split(' ', 2)[1]);
    expect(found.length).toBe(bodyOf(key, number).length);
    if (key.startsWith('new-')) expect(found).toBe(body);
  }
}, 30_000);

test('keeps buckets, what is known of objects, and unfinished uploads', async () => {
  const directory = temporaryDirectory();
  const first = await startObjectStore({ directory });
  const before = clientOf(first.endpoint);
  for (const name of [Bucket, 'emptied', 'removed'])
    await before.send(new CreateBucketCommand({ Bucket: name }));
  const sent = { Bucket, Key: 'a', Body: 'text', ContentType: 'text/csv', Metadata: { by: 'acme' } };
  await before.send(new PutObjectCommand(sent));
  await before.send(new PutObjectCommand({ ...sent, Bucket: 'removed' }));
  await before.send(new DeleteObjectCommand({ Bucket: 'removed', Key: 'a' }));
  await before.send(new DeleteBucketCommand({ Bucket: 'removed' }));
  await before.send(new PutObjectCommand({ ...sent, Key: 'gone' }));
  await before.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await before.send(new CreateMultipartUploadCommand(upload));
  const part = await before.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }));
  const known = await before.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  await first.close();

  const after = await startClient(directory);
  const found = await after.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  expect({ ...found, $metadata: {} }).toEqual({ ...known, $metadata: {} });
  expect(found).toMatchObject({ ContentType: 'text/csv', Metadata: { by: 'acme' }, ContentLength: 4 });
  const { Contents } = await after.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(['a']);
  await after.send(new HeadBucketCommand({ Bucket: 'emptied' }));
  await expect(after.send(new HeadBucketCommand({ Bucket: 'removed' }))).rejects.toThrow();
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  await after.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  expect(await textOf(after, 'parts')).toBe('part');
});

test('starts without a file that a power cut has damaged, and says which', async () => {
  const directory = temporaryDirectory();
  const first = await startObjectStore({ directory });
  const before = clientOf(first.endpoint);
  await before.send(new CreateBucketCommand({ Bucket }));
  await before.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'text' }));
  await first.close();
  const [path = ''] = readdirSync(join(directory, 'buckets', Bucket, 'objects'), { recursive: true })
    .map(String)
    .filter((name) => name.includes('/'));
  writeFileSync(join(directory, 'buckets', Bucket, 'objects', path), '');

  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const after = await startClient(directory);
  expect(said).toHaveBeenCalledWith(expect.stringContaining(path));
  said.mockRestore();
  await after.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'again' }));
  expect(await textOf(after, 'a')).toBe('again');
});

test('lists every key once, in byte order, whatever the size of a page', async () => {
  const client = await startClient(temporaryDirectory());
  await client.send(new CreateBucketCommand({ Bucket }));
  const keys = ['B', 'a', 'a-1', 'a1', 'a_1', 'A', 'ä', 'd/1', 'd/2', 'e', 'f/x/1', 'f/x/2', 'f/y', 'z', 'Z'];
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  for (const pageSize of [1, 2, 3, 7, 100]) {
    const listed: (string | undefined)[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize }, { Bucket }))
      listed.push(...Contents.map(({ Key }) => Key));
    expect(listed).toEqual(keys.toSorted());

    const top: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client, pageSize }, { Bucket, Delimiter: '/' }))
      top.push(
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
    expect(top.toSorted()).toEqual([...keys.filter((key) => !key.includes('/')), 'd/', 'f/'].toSorted());
  }
  const inside = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'f/', Delimiter: '/' }));
  expect(inside.Contents?.map(({ Key }) => Key)).toEqual(['f/y']);
  expect(inside.CommonPrefixes).toEqual([{ Prefix: 'f/x/' }]);
});

test('is reached from this machine only', async () => {
  const { endpoint } = await started(startObjectStore({ directory: temporaryDirectory() }));
  const { hostname, port } = new URL(endpoint);
  expect(hostname).toBe('127.0.0.1');
  // A server on every interface would answer on the rest of the loopback network too.
  await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow();
  await expect(
    startObjectStore({ directory: temporaryDirectory(), port: Number(port) }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
