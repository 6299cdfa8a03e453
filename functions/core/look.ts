import type { Deadline } from './deadline.ts';
import { CLOCK_TOLERANCE, isMultipart, latestOf, notAfter, type Evidence } from './evidence.ts';
import { argumentsMatcher, type RunLook } from './run.ts';
import { runEvidence } from './run-evidence.ts';
import { toIso, MINUTE, type Instant } from './time.ts';

/** An object as a listing shows it; `lastModified` in epoch ms. */
export interface SeenObject {
  key: string;
  size: number;
  etag: string;
  lastModified: Instant;
}

/** The folders that the S3 console makes are empty objects whose key ends in a slash: nothing has arrived in them. */
export function isFolder({ key, size }: Pick<SeenObject, 'key' | 'size'>): boolean {
  return size === 0 && key.endsWith('/');
}

/** The outcome of looking into a bucket. That it could not be looked at is an outcome of its own. */
export type Look =
  | {
      ok: true;
      at: Instant;
      /** What lies under the literal prefix of the key, matching or not. */
      objects: readonly SeenObject[];
      /** Whether events tell every change of the bucket, or versions show it: nothing can have come and gone unseen. */
      covered: boolean;
    }
  | { ok: false; at: Instant; cause: string };

/** The outcome of looking, wherever. */
export type Sight = Look | RunLook;

/** A look this long after checkAt is still the look at checkAt: what it sees counts as in time. */
const PROMPT = 10 * MINUTE;

export function isPrompt(look: { at: Instant }, { checkAt }: Pick<Deadline, 'checkAt'>): boolean {
  return look.at <= checkAt + PROMPT;
}

/** A place that cannot be looked at is tried for so long at least, however soon the next deadline follows. */
const LEAST_TRIED = 15 * MINUTE;

/** From when on (epoch ms) another look that fails ends the trying: the deadline is then undetermined. */
export function triedUntil({ giveUpAt, checkAt }: Pick<Deadline, 'giveUpAt' | 'checkAt'>): Instant {
  return Math.max(giveUpAt, checkAt + LEAST_TRIED);
}

/**
 * Turns a listed object into evidence. LastModified of a multipart object (ETag with `-`) is when its upload was
 * begun (S3 User Guide, "Multipart upload"), and that of a replica is its source's ("What does Amazon S3 replicate?").
 * So of an object that is older than a look that did not see it, only the interval is known in which it came. What is
 * older than the window is not evidence for it, whenever it came.
 * @param earlier when the place was looked at before (epoch ms); undefined at the first look
 */
export function evidenceOf(
  object: SeenObject,
  deadline: Pick<Deadline, 'opensAt' | 'checkAt'>,
  look: { at: Instant },
  earlier?: Instant,
): Evidence {
  const { key, size, etag, lastModified } = object;
  const told = !isMultipart(object) && lastModified >= (earlier ?? 0) - CLOCK_TOLERANCE;
  const prompt = earlier === undefined && isPrompt(look, deadline);
  const exact = told || prompt || lastModified <= deadline.opensAt;
  return {
    id: `look ${toIso(lastModified)} ${etag} ${key}`,
    ...(exact ? { at: lastModified } : { at: look.at, after: Math.max(lastModified, earlier ?? 0) }),
    recordedAt: look.at,
    source: 'look',
    object: { key, size, etag },
  };
}

/**
 * The evidence that a look adds to what is recorded.
 * @param earlier when the place was looked at before (epoch ms); undefined at the first look
 */
export function evidenceIn(
  look: Sight,
  deadline: Pick<Deadline, 'opensAt' | 'checkAt' | 'awaits' | 'after'>,
  recorded: readonly Evidence[],
  earlier?: Instant,
): Evidence[] {
  if (!look.ok) return [];
  if ('runs' in look) {
    const known = new Map(recorded.map((one) => [one.id, one]));
    const wanted = deadline.awaits.kind === 'run' ? deadline.awaits.arguments : undefined;
    return look.runs
      .filter(argumentsMatcher(wanted))
      .flatMap((run) => runEvidence(run, look.at, 'look', wanted))
      .flatMap((one) => {
        const told = known.get(one.id);
        if (!told) return [one];
        // Events are sent after the fact; the service itself knows when it was.
        return notAfter(told.at, one.at) ? [] : [{ ...one, id: `${one.id} looked` }];
      });
  }
  const { after } = deadline;
  return unrecorded(look.objects, recorded)
    .map((object) => evidenceOf(object, deadline, look, earlier))
    .map((one) => (after ? { ...one, keyed: { side: 'by', key: after.key, fact: one.id } } : one));
}

/** What the listing shows and no evidence tells of yet. What is told already keeps the time that it was told with. */
function unrecorded(objects: readonly SeenObject[], recorded: readonly Evidence[]): SeenObject[] {
  const told = Map.groupBy(recorded, ({ object }) => object?.key);
  return objects.filter(
    ({ key, etag, lastModified }) =>
      !told
        .get(key)
        ?.some((one) => one.object?.etag === etag && latestOf(one) >= lastModified - CLOCK_TOLERANCE),
  );
}

/** Whether nothing can have come and gone unseen. Services remember their runs. */
export function isCovered(look: Extract<Sight, { ok: true }>): boolean {
  return 'runs' in look || look.covered;
}
