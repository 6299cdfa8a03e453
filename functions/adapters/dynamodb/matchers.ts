import { z } from 'zod';
import { FileSpec } from '../../core/expectation.ts';
import { Reach } from '../../core/reach.ts';
import { DAY, SECOND, type Instant } from '../../core/time.ts';
import type { ExpectationRef, Matcher, Matchers } from '../../app/ports.ts';
import type { Key } from '../table.ts';
import {
  all,
  beginningWith,
  getItem,
  parseItem,
  putItem,
  queryItems,
  updateItem,
  type Store,
} from './store.ts';

const MatcherItem: z.ZodType<Matcher> = Reach.extend({
  team: z.string(),
  id: z.string(),
  rev: z.int(),
  file: FileSpec,
  until: z.int().optional(),
});

const Version = z.object({ version: z.int() });

const PREFIX = 'P#';

/** Buckets whose matchers a process keeps. */
const MOST_KEPT = 1000;

/**
 * Which expectations want objects of a bucket, kept in the process while the bucket's version, which every call reads,
 * stays the same. The version is raised after the write: a list that was read under the version before may lack what is
 * not acknowledged yet, and is read anew once it is.
 */
export function matchers(store: Store): Matchers {
  const kept = new Map<string, { version: number; list: readonly Matcher[] }>();

  async function ofBucket(bucket: string): Promise<readonly Matcher[]> {
    // Read before the list: what changes in between is read again by the next call.
    const { version } = (await getItem(store, versionKey(bucket), Version)) ?? { version: 0 };
    const known = kept.get(bucket);
    if (known?.version === version) return known.list;
    const list = version === 0 ? [] : await read(store, bucket);
    kept.delete(bucket);
    kept.set(bucket, { version, list });
    const [first] = kept.keys();
    if (kept.size > MOST_KEPT && first !== undefined) kept.delete(first);
    return list;
  }

  return {
    ofBucket,
    async put(matcher) {
      const { rev, file, until } = matcher;
      const item = MatcherItem.parse(matcher);
      await putItem(store, { ...keyOf(file.bucket, matcher, rev), ...item, ...expiry(until) });
      await raise(store, file.bucket);
    },
  };
}

async function read(store: Store, bucket: string): Promise<Matcher[]> {
  const items = await all(queryItems(store, beginningWith(bucketPk(bucket), PREFIX)));
  return items.map((item) => parseItem(MatcherItem, item));
}

/** Events of before `until` may be delivered a day late. */
function expiry(until: Instant | undefined): { expiresAt?: number } {
  return until === undefined ? {} : { expiresAt: Math.ceil((until + DAY) / SECOND) };
}

async function raise(store: Store, bucket: string): Promise<void> {
  await updateItem(store, versionKey(bucket), {
    UpdateExpression: 'ADD #version :one',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':one': 1 },
  });
}

function bucketPk(bucket: string): string {
  return `M#${bucket}`;
}

function versionKey(bucket: string): Key {
  return { pk: bucketPk(bucket), sk: 'VERSION' };
}

function keyOf(bucket: string, { team, id }: ExpectationRef, rev: number): Key {
  return { pk: bucketPk(bucket), sk: `${PREFIX}${team}/${id}#r${rev}` };
}
