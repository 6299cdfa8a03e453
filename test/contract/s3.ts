import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { clause, fresh, refused, type Chapter } from './contract.ts';
import type { Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/AmazonS3/latest';
const CONDITIONAL = `${DOCS}/userguide/conditional-writes.html`;
const CONSISTENCY = `${DOCS}/userguide/Welcome.html#ConsistencyModel`;
const LIST = `${DOCS}/API/API_ListObjectsV2.html`;
const VERSIONS = `${DOCS}/API/API_ListObjectVersions.html`;
const METADATA = `${DOCS}/userguide/UsingMetadata.html`;
const ETAG = `${DOCS}/API/API_Object.html`;
const EVENTBRIDGE = `${DOCS}/userguide/enable-event-notifications-eventbridge.html`;
const VERSIONING = `${DOCS}/API/API_GetBucketVersioning.html`;
const MULTIPART = `${DOCS}/userguide/mpuoverview.html`;
const COPY = `${DOCS}/API/API_CopyObject.html`;

export async function bucket(
  { aws }: Target,
  settings: { versioned?: boolean; tells?: boolean } = {},
): Promise<string> {
  const Bucket = fresh('bucket');
  await aws.s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  if (settings.versioned)
    await aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  if (settings.tells)
    await aws.s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  return Bucket;
}

export const put = ({ aws }: Target, Bucket: string, Key: string, rest: object = {}) =>
  aws.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'id,amount\n', ...rest }));

const list = async ({ aws }: Target, Bucket: string, rest: object = {}) =>
  (await aws.s3.send(new ListObjectsV2Command({ Bucket, ...rest }))).Contents ?? [];

const PART = 5 * 1024 * 1024;

/** An upload of two parts. */
async function upload({ aws }: Target, Bucket: string, Key: string, pause = 0): Promise<void> {
  const { UploadId } = await aws.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = async (PartNumber: number, Body: string) => {
    const { ETag } = await aws.s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const Parts = [await part(1, 'x'.repeat(PART)), await part(2, 'end')];
  await sleep(pause);
  await aws.s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
}

export const s3: Chapter = {
  service: 'S3',
  clauses: [
    clause(
      's3-if-none-match',
      'a put under If-None-Match: * does not replace an object',
      CONDITIONAL,
      async (t) => {
        const name = await bucket(t);
        await put(t, name, 'a', { IfNoneMatch: '*' });
        await refused(put(t, name, 'a', { IfNoneMatch: '*', Body: 'other' }), 'PreconditionFailed');
        assert.equal((await list(t, name))[0]?.Size, 10);
      },
    ),
    clause('s3-if-match', 'a put under If-Match replaces that object only', CONDITIONAL, async (t) => {
      const name = await bucket(t);
      const { ETag } = await put(t, name, 'a');
      await put(t, name, 'a', { IfMatch: ETag, Body: 'second' });
      await refused(put(t, name, 'a', { IfMatch: ETag, Body: 'third' }), 'PreconditionFailed');
    }),
    clause('s3-consistent', 'what was put or deleted is listed so at once', CONSISTENCY, async (t) => {
      const name = await bucket(t);
      for (let n = 0; n < 10; n++) {
        await put(t, name, `k${n}`);
        assert.equal((await list(t, name)).length, 1);
        await t.aws.s3.send(new DeleteObjectCommand({ Bucket: name, Key: `k${n}` }));
        assert.equal((await list(t, name)).length, 0);
      }
    }),
    clause(
      's3-pages',
      'pages of keys follow each other in the order of UTF-8 bytes, without a gap or an overlap',
      LIST,
      async (t) => {
        const name = await bucket(t);
        const keys = ['in/B', 'in/a', 'in/a b', 'in/a+b', 'in/b', 'in/é'];
        for (const key of [...keys, 'on/c', 'im']) await put(t, name, key);
        const found: string[] = [];
        let token: string | undefined;
        do {
          const asked = new ListObjectsV2Command({
            Bucket: name,
            Prefix: 'in/',
            MaxKeys: 2,
            ContinuationToken: token,
          });
          const page = await t.aws.s3.send(asked);
          assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined);
          found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
          token = page.NextContinuationToken;
        } while (token !== undefined);
        assert.deepEqual(found, keys);
      },
    ),
    clause('s3-no-bucket', 'a bucket that does not exist is told as such', LIST, async (t) => {
      await refused(list(t, 'nobody-made-this-bucket'), 'NoSuchBucket');
    }),
    clause('s3-time', 'an object has the time of its last write', METADATA, async (t) => {
      const name = await bucket(t);
      const before = Math.floor(Date.now() / 1000) * 1000;
      await put(t, name, 'a');
      const time = (await list(t, name))[0]?.LastModified?.getTime() ?? 0;
      assert.ok(time >= before && time <= Date.now(), 'another time');
    }),
    clause('s3-multipart-etag', 'the ETag of an upload in parts ends with their number', ETAG, async (t) => {
      const name = await bucket(t);
      await upload(t, name, 'big');
      const [object] = await list(t, name);
      assert.match(object?.ETag ?? '', /-2"$/);
      assert.equal(object?.Size, PART + 3);
    }),
    clause(
      's3-multipart-time',
      'the time of an upload in parts is that of its initiation',
      METADATA,
      async (t) => {
        const name = await bucket(t);
        const began = Date.now();
        await upload(t, name, 'big', 3000);
        const time = (await list(t, name))[0]?.LastModified?.getTime() ?? 0;
        assert.ok(time < began + 2000, 'it is the time of the completion');
      },
    ),
    clause(
      's3-multipart-unseen',
      'an upload in parts is not listed before it is complete',
      MULTIPART,
      async (t) => {
        const Bucket = await bucket(t);
        const { UploadId } = await t.aws.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
        assert.deepEqual(await list(t, Bucket), []);
        await t.aws.s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId }));
      },
    ),
    clause('s3-copy', 'a copy has a time of its own', COPY, async (t) => {
      const Bucket = await bucket(t);
      await put(t, Bucket, 'a');
      await sleep(1100);
      await t.aws.s3.send(new CopyObjectCommand({ Bucket, CopySource: `${Bucket}/a`, Key: 'b' }));
      const [a, b] = (await list(t, Bucket)).map(({ LastModified }) => LastModified?.getTime() ?? 0);
      assert.ok(b! > a!, 'it has the time of its source');
    }),
    clause('s3-versioning', 'a bucket tells whether it keeps versions', VERSIONING, async (t) => {
      const status = async (Bucket: string) =>
        (await t.aws.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status;
      assert.equal(await status(await bucket(t)), undefined);
      assert.equal(await status(await bucket(t, { versioned: true })), 'Enabled');
    }),
    clause(
      's3-versions',
      'versions that were replaced or deleted are listed, page by page, the newest first',
      VERSIONS,
      async (t) => {
        const Bucket = await bucket(t, { versioned: true });
        for (const Body of ['1', '22', '333']) await put(t, Bucket, 'a', { Body });
        await t.aws.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
        await put(t, Bucket, 'b');
        assert.deepEqual(
          (await list(t, Bucket)).map(({ Key }) => Key),
          ['b'],
        );
        const sizes: unknown[] = [];
        let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
        do {
          const page = await t.aws.s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...next }));
          sizes.push(...(page.Versions ?? []).map(({ Size }) => Size));
          next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
        } while (next.KeyMarker !== undefined);
        assert.deepEqual(sizes, [3, 2, 1, 10]);
      },
    ),
    clause(
      's3-eventbridge',
      'a bucket tells whether its events go to EventBridge',
      EVENTBRIDGE,
      async (t) => {
        const tells = async (Bucket: string) =>
          (await t.aws.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })))
            .EventBridgeConfiguration;
        assert.equal(await tells(await bucket(t)), undefined, 'a silent bucket tells that it sends them');
        assert.notEqual(await tells(await bucket(t, { tells: true })), undefined);
      },
    ),
  ],
};
