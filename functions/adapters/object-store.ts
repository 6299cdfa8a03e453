import {
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../app/ports.ts';
import { literalPrefix } from '../core/key-pattern.ts';
import { isFolder, type Look, type SeenObject } from '../core/look.ts';
import { MINUTE, type Instant, type Milliseconds } from '../core/time.ts';

/** Pages of 1,000 keys that one look reads at most: what is more cannot be looked through in a checker's time. */
const PAGE_BUDGET = 20;

/** Whether a bucket sends events changes rarely. */
const COVERAGE_KEPT: Milliseconds = 5 * MINUTE;

type S3 = Pick<S3Client, 'send'>;

/** Looks into S3 by ListObjectsV2, which is strongly consistent. */
export function s3ObjectStore(client: S3): ObjectStore {
  const isCovered = coverage(client);
  return {
    async look(bucket, glob, now): Promise<Look> {
      try {
        const prefix = literalPrefix(glob);
        const [objects, covered] = await Promise.all([list(client, bucket, prefix), isCovered(bucket, now)]);
        if (objects) return { ok: true, at: now, objects, covered };
        return { ok: false, at: now, cause: tooMany(prefix, bucket) };
      } catch (error) {
        return { ok: false, at: now, cause: causeOf(error, bucket) };
      }
    },
  };
}

/** @returns undefined when there are more than the budget allows */
async function list(client: S3, bucket: string, prefix: string): Promise<SeenObject[] | undefined> {
  const objects: SeenObject[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGE_BUDGET; page++) {
    const answer: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    objects.push(...seenIn(answer));
    token = answer.NextContinuationToken;
    if (token === undefined) return objects;
  }
  return undefined;
}

function seenIn({ Contents = [] }: ListObjectsV2CommandOutput): SeenObject[] {
  return Contents.flatMap(({ Key: key, Size: size = 0, ETag = '', LastModified }) => {
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
function coverage(client: S3): (bucket: string, now: Instant) => Promise<boolean> {
  const known = new Map<string, { covered: boolean; until: Instant }>();
  return async (bucket, now) => {
    const kept = known.get(bucket);
    if (kept && kept.until > now) return kept.covered;
    try {
      const asked = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
      const covered = (await client.send(asked)).EventBridgeConfiguration !== undefined;
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
