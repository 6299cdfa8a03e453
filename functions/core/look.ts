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

/** What an earlier look leaves for a later one. */
export interface Earlier {
  /** When the place was looked at. */
  at: Instant;
  /** Multipart objects that it saw and that did not suffice, by multipartId. */
  known: readonly string[];
}

/** Identifies a multipart upload between looks; undefined for other objects. */
export function multipartId({ key, etag }: Pick<SeenObject, 'key' | 'etag'>): string | undefined {
  return etag.includes('-') ? `${etag} ${key}` : undefined;
}

/**
 * Turns a listed object into evidence. LastModified of a multipart object (ETag with `-`) is when its upload was
 * begun (S3 User Guide, "Multipart upload"), so of one that was not there at the look before only an interval is known.
 * @param earlier undefined at the first look
 */
export function evidenceOf(
  object: SeenObject,
  deadline: Pick<Deadline, 'checkAt'>,
  look: { at: Instant },
  earlier?: Earlier,
): Evidence {
  const { key, size, etag, lastModified } = object;
  const multipart = multipartId(object);
  const first = earlier === undefined && isPrompt(look, deadline);
  const exact = multipart === undefined || first || earlier?.known.includes(multipart) === true;
  return {
    id: `look ${toIso(lastModified)} ${etag} ${key}`,
    ...(exact ? { at: lastModified } : { at: look.at, after: Math.max(lastModified, earlier?.at ?? 0) }),
    recordedAt: look.at,
    source: 'look',
    object: { key, size, etag },
  };
}
