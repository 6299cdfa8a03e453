import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { s3ObjectStore, type BucketClients } from '../../functions/adapters/object-store.ts';
import { MINUTE } from '../../functions/core/time.ts';
import {
  clientOf,
  recordingServer,
  type Answer,
  type Recorded,
  type RecordingServer,
} from './recording-server.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');

/** Looks by one client into all buckets. */
function storeOn(client: ReturnType<BucketClients['clientFor']>) {
  return s3ObjectStore({ clientFor: () => client });
}

describe('a look into a bucket', () => {
  let server: FauxqsServer;
  let client: S3Client;

  beforeAll(async () => {
    server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
    client = new S3Client({ ...clientOf({ url: `http://127.0.0.1:${server.port}` }), forcePathStyle: true });
    server.createBucket('acme');
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  const put = (Key: string, Body = 'some text') =>
    client.send(new PutObjectCommand({ Bucket: 'acme', Key, Body: Buffer.from(Body) }));

  test('shows what lies under the literal prefix of the glob, matching or not', async () => {
    for (const key of ['orders/21/a.csv', 'orders/21/b.txt', 'orders/22/a.csv', 'other.csv']) await put(key);
    const look = await storeOn(client).look('acme', 'orders/21/*.csv', NOW);
    expect(look).toMatchObject({ ok: true, at: NOW });
    const objects = look.ok ? look.objects : [];
    expect(objects.map(({ key }) => key)).toEqual(['orders/21/a.csv', 'orders/21/b.txt']);
    const [first] = objects;
    expect(first?.size).toBe(9);
    expect(first?.etag).toMatch(/^[0-9a-f]{32}$/);
    expect(Math.abs((first?.lastModified ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  test('takes keys of any characters', async () => {
    const keys = ['odd/ü & <b>.csv', 'odd/a+b c.csv', 'odd/100%.csv'];
    for (const key of keys) await put(key);
    const look = await storeOn(client).look('acme', 'odd/*', NOW);
    expect(look.ok && look.objects.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
  });

  test('leaves out the folders that the console makes, and no other empty object', async () => {
    await put('folders/', '');
    await put('folders/empty.csv', '');
    const look = await storeOn(client).look('acme', 'folders/*', NOW);
    expect(look.ok && look.objects.map(({ key }) => key)).toEqual(['folders/empty.csv']);
  });

  test('goes on through all pages', async () => {
    for (let first = 0; first < 1005; first += 67)
      await Promise.all(
        Array.from({ length: Math.min(67, 1005 - first) }, (_, index) => put(`many/${first + index}`, 'x')),
      );
    const look = await storeOn(client).look('acme', 'many/*', NOW);
    expect(look.ok && look.objects.length).toBe(1005);
  }, 30_000);

  test('that cannot be made tells why', async () => {
    const look = await storeOn(client).look('nowhere', 'a', NOW);
    expect(look).toEqual({ ok: false, at: NOW, cause: 'bucket nowhere does not exist' });
  });
});

describe('when S3 answers', () => {
  let server: RecordingServer;
  let answer: (request: Recorded) => Answer | undefined | Promise<Answer | undefined>;
  let client: S3Client;

  const EMPTY = { body: '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>' };
  const COVERED = {
    body: '<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>',
  };
  const asksCoverage = ({ path }: Recorded) => path.includes('notification');
  const error = (code: string, status: number): Answer => ({
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  });

  beforeAll(async () => {
    server = await recordingServer((request) => answer(request));
    client = new S3Client({
      ...clientOf(server),
      forcePathStyle: true,
      requestHandler: { requestTimeout: 300, throwOnRequestTimeout: true },
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });
  afterEach(() => {
    server.requests.length = 0;
  });

  test.each([
    ['AccessDenied', 403, 'access to bucket acme is denied'],
    ['AllAccessDisabled', 403, 'access to bucket acme is denied'],
    ['NoSuchBucket', 404, 'bucket acme does not exist'],
    ['SlowDown', 503, 'S3 throttled the look into bucket acme'],
    ['PermanentRedirect', 301, 'bucket acme is in another region'],
    ['InternalError', 500, 'S3 failed to list bucket acme (InternalError)'],
    ['ExpiredToken', 400, 'S3 failed to list bucket acme (ExpiredToken)'],
  ])('%s, the look says so in words', async (code, status, cause) => {
    answer = () => error(code, status);
    expect(await storeOn(client).look('acme', 'a', NOW)).toEqual({
      ok: false,
      at: NOW,
      cause,
    });
  });

  test('nothing, the look says so', async () => {
    answer = () => new Promise((resolve) => setTimeout(resolve, 1000, EMPTY));
    const late = await storeOn(client).look('acme', 'a', NOW);
    expect(late).toMatchObject({ cause: 'S3 did not answer in time when bucket acme was looked into' });
  });

  // Jest has classes of errors of its own, and the SDK wraps Node's: these have the shape that they have outside of it.
  test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'])('%s, the look says so', async (code) => {
    const send = () =>
      Promise.reject(Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code }));
    expect(await storeOn({ send }).look('acme', 'a', NOW)).toMatchObject({
      cause: 'S3 could not be reached to look into bucket acme',
    });
  });

  test('with more than 20,000 objects, the look gives up and says so', async () => {
    answer = (request) =>
      asksCoverage(request)
        ? COVERED
        : {
            body: '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>',
          };
    expect(await storeOn(client).look('acme', 'in/*', NOW)).toEqual({
      ok: false,
      at: NOW,
      cause: 'more than 20,000 objects under in/ in bucket acme, too many to look through',
    });
    expect(server.requests.filter((request) => !asksCoverage(request))).toHaveLength(20);
    expect(await storeOn(client).look('acme', '*', NOW)).toMatchObject({
      cause: 'more than 20,000 objects in bucket acme, too many to look through',
    });
  });

  test('that the bucket sends events, it is covered, and it is asked again after five minutes', async () => {
    answer = (request) => (asksCoverage(request) ? COVERED : EMPTY);
    const store = storeOn(client);
    for (const at of [NOW, NOW + 5 * MINUTE - 1])
      expect(await store.look('acme', 'a', at)).toEqual({
        ok: true,
        at,
        objects: [],
        covered: true,
      });
    expect(server.requests.filter(asksCoverage)).toHaveLength(1);
    answer = (request) => (asksCoverage(request) ? { body: '<NotificationConfiguration/>' } : EMPTY);
    expect(await store.look('acme', 'a', NOW + 5 * MINUTE)).toMatchObject({ covered: false });
    expect(server.requests.filter(asksCoverage)).toHaveLength(2);
  });

  test.each([
    ['AccessDenied', 403, 1],
    ['SlowDown', 503, 2],
  ])('%s to the question of events, it is not covered', async (code, status, times) => {
    answer = (request) => (asksCoverage(request) ? error(code, status) : EMPTY);
    const store = storeOn(client);
    for (const at of [NOW, NOW + 1])
      expect(await store.look('acme', 'a', at)).toMatchObject({ ok: true, covered: false });
    expect(server.requests.filter(asksCoverage)).toHaveLength(times);
  });

  describe('a late look', () => {
    const VERSIONED = {
      body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
    };
    const version = (key: string, modified: string) =>
      `<Version><Key>${key}</Key><VersionId>v</VersionId><IsLatest>false</IsLatest><Size>9</Size>` +
      `<ETag>&quot;e1&quot;</ETag><LastModified>${modified}</LastModified></Version>`;
    const NO_EVENTS = { body: '<NotificationConfiguration/>' };

    test('where versions are kept shows also what was overwritten or deleted, on all pages', async () => {
      answer = ({ path }) => {
        if (path.includes('notification')) return NO_EVENTS;
        if (path.includes('versioning')) return VERSIONED;
        const second = path.includes('key-marker=in%2Fa.csv') && path.includes('version-id-marker=v1');
        const marker =
          '<DeleteMarker><Key>in/a.csv</Key><VersionId>d</VersionId><IsLatest>true</IsLatest></DeleteMarker>';
        return {
          body: second
            ? `<ListVersionsResult>${version('in/b.csv', '2026-11-21T04:00:00.000Z')}</ListVersionsResult>`
            : `<ListVersionsResult>${marker}${version('in/a.csv', '2026-11-21T03:00:00.000Z')}<IsTruncated>true</IsTruncated>` +
              '<NextKeyMarker>in/a.csv</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker></ListVersionsResult>',
        };
      };
      const look = await storeOn(client).look('acme', 'in/*', NOW);
      expect(look).toEqual({
        ok: true,
        at: NOW,
        covered: true,
        objects: [
          { key: 'in/a.csv', size: 9, etag: 'e1', lastModified: Date.parse('2026-11-21T03:00:00Z') },
          { key: 'in/b.csv', size: 9, etag: 'e1', lastModified: Date.parse('2026-11-21T04:00:00Z') },
        ],
      });
    });

    test.each([
      [
        'are suspended',
        { body: '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>' },
      ],
      ['were never kept', { body: '<VersioningConfiguration/>' }],
      ['may not be asked for', error('AccessDenied', 403)],
    ])('where versions %s lists what is there and is not sure of the rest', async (_, versioning) => {
      answer = ({ path }) => {
        if (path.includes('notification')) return NO_EVENTS;
        return path.includes('versioning') ? versioning : EMPTY;
      };
      const look = await storeOn(client).look('acme', 'in/*', NOW);
      expect(look).toEqual({ ok: true, at: NOW, covered: false, objects: [] });
    });

    test('where events tell everything asks for no versions', async () => {
      answer = (request) => (asksCoverage(request) ? COVERED : EMPTY);
      await storeOn(client).look('acme', 'in/*', NOW);
      expect(server.requests.some(({ path }) => path.includes('version'))).toBe(false);
    });
  });
});
