import type { Evidence } from '../../core/evidence.ts';
import type { FileSpec } from '../../core/expectation.ts';
import type { Keyed } from '../../core/follow-up.ts';
import { tooSmall } from '../../core/judge.ts';
import { isFolder } from '../../core/look.ts';
import type { Instant } from '../../core/time.ts';
import type { Context } from '../ports.ts';
import { followUpsWantingKey, wantingKey } from './candidates.ts';
import { Enough } from './enough.ts';
import { recordSide, type Came } from './record-follow-up.ts';

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

/**
 * Records the object for every expectation that wants it, until there is enough. What nobody wants costs no write.
 * @returns how many want it
 */
export async function recordObject(
  ctx: Context,
  object: ObjectCreated,
  enough = new Enough(),
): Promise<number> {
  if (isFolder(object)) return 0;
  const matchers = await ctx.matchers.of({ bucket: object.bucket });
  const wanting = wantingKey(matchers, object.key)
    .filter(({ until = Infinity }) => object.at <= until)
    .toSorted((a, b) => b.rev - a.rev);
  for (const matcher of wanting) {
    await enough.record(ctx, matcher, evidenceOf(object, matcher.file, ctx.now()));
  }
  const followed = followUpsWantingKey(matchers, object.bucket, object.key).filter(
    ({ matcher: { until = Infinity } }) => object.at <= until,
  );
  for (const one of followed) await recordSide(ctx, one, cameAs(object, one.keyed));
  return wanting.length + followed.length;
}

function cameAs({ bucket, key, size, etag, at, ...object }: ObjectCreated, keyed: Keyed): Came {
  const { versionId, sequencer } = object;
  return {
    at,
    fact: `object ${versionId ?? sequencer ?? etag} ${key}`,
    what: `${key} in ${bucket}`,
    keyed,
    object: { key, size, etag, ...(versionId === undefined ? {} : { versionId }) },
  };
}

function evidenceOf(
  { key, size, etag, versionId, sequencer, at }: ObjectCreated,
  file: FileSpec,
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
