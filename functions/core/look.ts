import type { Deadline } from './deadline.ts';
import type { Evidence } from './evidence.ts';
import { toIso, MINUTE, type Instant } from './time.ts';

/** An object as a listing shows it; `lastModified` in epoch ms. */
export interface SeenObject {
  key: string;
  size: number;
  etag: string;
  lastModified: Instant;
}

/** The outcome of looking into a bucket. That it could not be looked at is an outcome of its own. */
export type Look =
  | {
      ok: true;
      at: Instant;
      /** What lies under the literal prefix of the key, matching or not. */
      objects: readonly SeenObject[];
      /** Whether every change of the bucket is told by events, so that nothing can have come and gone unseen. */
      covered: boolean;
    }
  | { ok: false; at: Instant; cause: string };

/** A look this long after checkAt is still the look at checkAt: what it sees counts as in time. */
const PROMPT = 5 * MINUTE;

export function isPrompt(look: { at: Instant }, { checkAt }: Pick<Deadline, 'checkAt'>): boolean {
  return look.at <= checkAt + PROMPT;
}

/**
 * Turns a listed object into evidence. LastModified of a multipart object (ETag with `-`) is when its upload was
 * begun (S3 User Guide, "Multipart upload"), so on a late look only an interval is known.
 * @param lastLook when the place was last looked at without seeing the object
 */
export function evidenceOf(
  object: SeenObject,
  deadline: Pick<Deadline, 'checkAt'>,
  look: { at: Instant },
  lastLook?: Instant,
): Evidence {
  const { key, size, etag, lastModified } = object;
  const begun = Math.max(lastModified, lastLook ?? 0);
  const known = !etag.includes('-') || (lastLook === undefined && isPrompt(look, deadline));
  return {
    id: `look ${toIso(lastModified)} ${etag} ${key}`,
    ...(known ? { at: lastModified } : { at: look.at, after: begun }),
    recordedAt: look.at,
    source: 'look',
    object: { key, size, etag },
  };
}
