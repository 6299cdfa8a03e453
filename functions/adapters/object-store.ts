import {
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3ServiceException,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../app/ports.ts';
import { literalPrefix } from '../core/key-pattern.ts';
import type { Look, SeenObject } from '../core/look.ts';
import { MINUTE, type Instant, type Milliseconds } from '../core/time.ts';

/** Pages of 1,000 keys that one look reads at most: what is more cannot be looked at within a checker's time. */
const PAGE_BUDGET = 20;

/** Whether a bucket sends events changes rarely. */
const COVERAGE_KEPT: Milliseconds = 5 * MINUTE;

/** Looks into S3 by ListObjectsV2, which is strongly consistent. */
export function s3ObjectStore(client: S3Client): ObjectStore {
  const coverage = new Map<string, { covered: Promise<boolean>; until: Instant }>();
  const covers = (bucket: string, now: Instant) => {
    const known = coverage.get(bucket);
    if (known && known.until > now) return known.covered;
    const covered = sendsEvents(client, bucket);
    coverage.set(bucket, { covered, until: now + COVERAGE_KEPT });
    return covered;
  };
  return {
    async look(bucket, glob, now): Promise<Look> {
      try {
        const objects = await list(client, bucket, literalPrefix(glob));
        if (objects === 'too many')
          return { ok: false, at: now, cause: tooMany(literalPrefix(glob), bucket) };
        return { ok: true, at: now, objects, covered: await covers(bucket, now) };
      } catch (error) {
        return { ok: false, at: now, cause: causeOf(error, bucket) };
      }
    },
  };
}

async function list(client: S3Client, bucket: string, prefix: string): Promise<SeenObject[] | 'too many'> {
  const objects: SeenObject[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGE_BUDGET; page++) {
    const answer: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key, Size, ETag, LastModified } of answer.Contents ?? []) {
      if (Key === undefined || LastModified === undefined) continue;
      const etag = (ETag ?? '').replaceAll('"', '');
      objects.push({ key: Key, size: Size ?? 0, etag, lastModified: LastModified.getTime() });
    }
    token = answer.NextContinuationToken;
    if (token === undefined) return objects;
  }
  return 'too many';
}

function tooMany(prefix: string, bucket: string): string {
  return `more than ${PAGE_BUDGET * 1000} objects under ${prefix || 'the root'} of bucket ${bucket}: too many to look through`;
}

/** Without the permission to ask, no is the safe answer: a late look then decides nothing. */
async function sendsEvents(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const answer = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
    return answer.EventBridgeConfiguration !== undefined;
  } catch {
    return false;
  }
}

/** Why the bucket could not be looked into, for people. */
function causeOf(error: unknown, bucket: string): string {
  const name = error instanceof Error ? error.name : 'unknown fault';
  if (!(error instanceof S3ServiceException)) return `bucket ${bucket} could not be reached (${name})`;
  switch (name) {
    case 'NoSuchBucket':
      return `bucket ${bucket} does not exist`;
    case 'AccessDenied':
    case 'Forbidden':
    case 'AllAccessDisabled':
      return `access to bucket ${bucket} is denied`;
    case 'SlowDown':
    case 'RequestLimitExceeded':
    case 'ThrottlingException':
      return `S3 throttled the look into bucket ${bucket}`;
    case 'PermanentRedirect':
      return `bucket ${bucket} is in another region`;
    default:
      return `S3 failed to list bucket ${bucket} (${name})`;
  }
}
