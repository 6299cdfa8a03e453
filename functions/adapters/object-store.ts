import {
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectsV2CommandOutput,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../app/ports.ts';
import { literalPrefix } from '../core/key-pattern.ts';
import { isFolder, type Look, type SeenObject } from '../core/look.ts';
import { MINUTE, type Instant, type Milliseconds } from '../core/time.ts';
import { RoleNotAssumed } from './sources.ts';

/** Pages of 1,000 keys that one look reads at most: what is more cannot be looked through in a checker's time. */
const PAGE_BUDGET = 20;

/** Whether a bucket sends events changes rarely. */
const COVERAGE_KEPT: Milliseconds = 5 * MINUTE;

type S3 = Pick<S3Client, 'send'>;

/** By which client a bucket is looked into: those of other accounts each have their own. */
export interface BucketClients {
  clientFor(bucket: string): S3;
}

/** Looks into S3 by ListObjectsV2 or, where no events tell and versions are kept, ListObjectVersions; both are strongly consistent. */
export function s3ObjectStore(clients: BucketClients): ObjectStore {
  const isCovered = coverage(clients);
  return {
    async look(bucket, glob, now): Promise<Look> {
      try {
        const prefix = literalPrefix(glob);
        const client = clients.clientFor(bucket);
        const asked = isCovered(bucket, now);
        const versions = !(await asked) && (await keepsVersions(client, bucket));
        const objects = await list(
          versions ? versionPages(client, bucket, prefix) : pages(client, bucket, prefix),
        );
        if (objects) return { ok: true, at: now, objects, covered: versions || (await asked) };
        return { ok: false, at: now, cause: tooMany(prefix, bucket) };
      } catch (error) {
        return { ok: false, at: now, cause: causeOf(error, bucket) };
      }
    },
  };
}

/** @returns undefined when there are more than the budget allows */
async function list(pages: AsyncGenerator<Page>): Promise<SeenObject[] | undefined> {
  const objects: SeenObject[] = [];
  let count = 0;
  for await (const { listed, more } of pages) {
    objects.push(...seenIn(listed));
    if (more && ++count === PAGE_BUDGET) return undefined;
  }
  return objects;
}

async function* pages(client: S3, Bucket: string, Prefix: string): AsyncGenerator<Page> {
  let token: string | undefined;
  do {
    const answer: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token }),
    );
    token = answer.NextContinuationToken;
    yield { listed: answer.Contents ?? [], more: token !== undefined };
  } while (token !== undefined);
}

/** Every version of every object, also of overwritten and deleted ones. Delete markers are listed apart. */
async function* versionPages(client: S3, Bucket: string, Prefix: string): AsyncGenerator<Page> {
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  do {
    const answer: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...next }),
    );
    next = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker };
    yield { listed: answer.Versions ?? [], more: next.KeyMarker !== undefined };
  } while (next.KeyMarker !== undefined);
}

/** Where that may not be asked, no is the safe answer. A bucket whose versioning is suspended overwrites. */
async function keepsVersions(client: S3, bucket: string): Promise<boolean> {
  try {
    return (await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status === 'Enabled';
  } catch {
    return false;
  }
}

type Listed = Pick<ObjectVersion, 'Key' | 'Size' | 'ETag' | 'LastModified'>;

interface Page {
  listed: readonly Listed[];
  more: boolean;
}

function seenIn(page: readonly Listed[]): SeenObject[] {
  return page.flatMap(({ Key: key, Size: size = 0, ETag = '', LastModified }) => {
    if (key === undefined || LastModified === undefined || isFolder({ key, size })) return [];
    return { key, size, etag: ETag.replaceAll('"', ''), lastModified: LastModified.getTime() };
  });
}

function tooMany(prefix: string, bucket: string): string {
  const place = prefix === '' ? `in bucket ${bucket}` : `under ${prefix} in bucket ${bucket}`;
  return `more than ${(PAGE_BUDGET * 1000).toLocaleString('en-US')} objects ${place}, too many to look through`;
}

/**
 * Whether a bucket tells EventBridge of every change. Where that may not be asked, or is not answered, no is the safe
 * answer: a late look then decides nothing. What was answered or denied is kept for some minutes.
 */
function coverage(clients: BucketClients): (bucket: string, now: Instant) => Promise<boolean> {
  const known = new Map<string, { covered: boolean; until: Instant }>();
  return async (bucket, now) => {
    const kept = known.get(bucket);
    if (kept && kept.until > now) return kept.covered;
    try {
      const asked = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
      const covered = (await clients.clientFor(bucket).send(asked)).EventBridgeConfiguration !== undefined;
      known.set(bucket, { covered, until: now + COVERAGE_KEPT });
      return covered;
    } catch (error) {
      if (nameOf(error) === 'AccessDenied') known.set(bucket, { covered: false, until: now + COVERAGE_KEPT });
      return false;
    }
  };
}

/** What errors of S3 (API reference, "Error responses"), of the SDK and of Node mean; $ stands for the bucket. */
const CAUSES: readonly [string, readonly string[]][] = [
  ['bucket $ does not exist', ['NoSuchBucket', 'NotFound']],
  ['access to bucket $ is denied', ['AccessDenied', 'AllAccessDisabled', 'Forbidden']],
  ['bucket $ is in another region', ['PermanentRedirect']],
  ['S3 throttled the look into bucket $', ['SlowDown', 'ThrottlingException', 'RequestLimitExceeded']],
  ['S3 did not answer in time when bucket $ was looked into', ['TimeoutError', 'ETIMEDOUT']],
  [
    'S3 could not be reached to look into bucket $',
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'],
  ],
];

/** Why the bucket could not be looked into, for people. */
function causeOf(error: unknown, bucket: string): string {
  if (error instanceof RoleNotAssumed) return `${error.message}, so bucket ${bucket} cannot be looked into`;
  const name = nameOf(error);
  const [text = `S3 failed to list bucket $ (${name})`] =
    CAUSES.find(([, names]) => names.includes(name)) ?? [];
  return text.replace('$', bucket);
}

/** The code of an error of Node, or else its name. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
