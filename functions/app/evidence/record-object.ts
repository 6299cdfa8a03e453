import type { Evidence } from '../../core/evidence.ts';
import { tooSmall } from '../../core/judge.ts';
import { anyDateMatcher, literalPrefix } from '../../core/key-pattern.ts';
import { isFolder } from '../../core/look.ts';
import type { Instant } from '../../core/time.ts';
import type { Context, Matcher } from '../ports.ts';
import { record } from './record.ts';

/** An object that was created; `at` is when, by the event (epoch ms). */
export interface ObjectCreated {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  versionId?: string | undefined;
  sequencer?: string | undefined;
  at: Instant;
}

/** Records the object for every expectation that wants it. What nobody wants costs no write. @returns how many do */
export async function recordObject(ctx: Context, object: ObjectCreated): Promise<number> {
  if (isFolder(object)) return 0;
  const matchers = await ctx.matchers.ofBucket(object.bucket);
  const wanted = matchers.filter((matcher) => wants(matcher, object)).toSorted((a, b) => b.rev - a.rev);
  for (const matcher of wanted) await record(ctx, matcher, evidenceOf(object, matcher, ctx.now()), matcher);
  return wanted.length;
}

function wants({ file, until = Infinity }: Matcher, { key, at }: ObjectCreated): boolean {
  return at <= until && key.startsWith(literalPrefix(file.key)) && anyDateMatcher(file.key)(key);
}

function evidenceOf(
  { key, size, etag, versionId, sequencer, at }: ObjectCreated,
  { file }: Matcher,
  recordedAt: Instant,
): Evidence {
  const rejected = tooSmall(size, file.minBytes);
  return {
    id: `object ${versionId ?? sequencer ?? etag} ${key}`,
    at,
    recordedAt,
    source: 'event',
    ...(rejected === undefined ? {} : { rejected }),
    object: { key, size, etag, ...(versionId === undefined ? {} : { versionId }) },
  };
}
