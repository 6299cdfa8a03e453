import { z } from 'zod';
import { sourcesOf } from '../../core/event.ts';
import { EventSpec, FileSpec, JobSpec } from '../../core/expectation.ts';
import { FollowUpSpec } from '../../core/follow-up.ts';
import { Reach } from '../../core/reach.ts';
import { DAY, SECOND, type Instant } from '../../core/time.ts';
import type { ExpectationRef, Matcher, Matchers, Place } from '../../app/ports.ts';
import type { Key } from '../table.ts';
import { beginningWith, getItem, parseItem, putItem, queryItems, updateItem, type Store } from './store.ts';

const MatcherItem: z.ZodType<Matcher> = Reach.extend({
  team: z.string(),
  id: z.string(),
  rev: z.int(),
  file: FileSpec.optional(),
  job: JobSpec.optional(),
  event: EventSpec.optional(),
  followUp: FollowUpSpec.optional(),
  until: z.int().optional(),
});

const Version = z.object({ version: z.int() });

const PREFIX = 'P#';

/** Places whose matchers a process keeps. */
const MOST_KEPT = 1000;

/**
 * Which expectations want to hear of a place, kept in the process while the place's version, which every call reads,
 * stays the same. The version is raised after the write: a list that was read under the version before may lack what is
 * not acknowledged yet, and is read anew once it is.
 */
export function matchers(store: Store): Matchers {
  const kept = new Map<string, { version: number; list: readonly Matcher[] }>();

  async function of(place: Place): Promise<readonly Matcher[]> {
    const name = nameOf(place);
    // Read before the list: what changes in between is read again by the next call.
    const { version } = (await getItem(store, versionKey(name), Version)) ?? { version: 0 };
    const known = kept.get(name);
    if (known?.version === version) return known.list;
    // Before the new list is there: a hundred thousand need not be kept twice.
    kept.delete(name);
    const list = version === 0 ? [] : await read(store, name);
    kept.delete(name);
    kept.set(name, { version, list });
    const [first] = kept.keys();
    if (kept.size > MOST_KEPT && first !== undefined) kept.delete(first);
    return list;
  }

  return {
    of,
    async put(matcher) {
      const item = MatcherItem.parse(matcher);
      for (const name of placesOf(matcher).map(nameOf)) {
        await putItem(store, { ...keyOf(name, matcher, matcher.rev), ...item, ...expiry(matcher.until) });
        await raise(store, name);
      }
    },
  };
}

/** Where a matcher is looked for. */
export function placesOf({ file, job, event, followUp }: Matcher): Place[] {
  if (file) return [{ bucket: file.bucket }];
  if (job) return [{ runs: job.source }];
  if (event) return placesOfPattern(event.pattern);
  if (!followUp) throw new TypeError('a matcher wants something');
  const places = [followUp.after, followUp.by].flatMap((side) =>
    'file' in side ? [{ bucket: side.file.bucket }] : placesOfPattern(side.event.pattern),
  );
  return [...new Map(places.map((place) => [nameOf(place), place])).values()];
}

function placesOfPattern(pattern: EventSpec['pattern']): Place[] {
  return (sourcesOf(pattern) ?? ['*']).map((events) => ({ events }));
}

/** No bucket has a slash in its name. */
function nameOf(place: Place): string {
  if ('bucket' in place) return place.bucket;
  return 'runs' in place ? `runs/${place.runs}` : `events/${place.events}`;
}

async function read(store: Store, place: string): Promise<Matcher[]> {
  const list: Matcher[] = [];
  for await (const item of queryItems(store, beginningWith(placePk(place), PREFIX)))
    list.push(parseItem(MatcherItem, item));
  return list;
}

/** Events of before `until` may be delivered a day late. */
function expiry(until: Instant | undefined): { expiresAt?: number } {
  return until === undefined ? {} : { expiresAt: Math.ceil((until + DAY) / SECOND) };
}

async function raise(store: Store, place: string): Promise<void> {
  await updateItem(store, versionKey(place), {
    UpdateExpression: 'ADD #version :one',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':one': 1 },
  });
}

function placePk(place: string): string {
  return `M#${place}`;
}

function versionKey(place: string): Key {
  return { pk: placePk(place), sk: 'VERSION' };
}

function keyOf(place: string, { team, id }: ExpectationRef, rev: number): Key {
  return { pk: placePk(place), sk: `${PREFIX}${team}/${id}#r${rev}` };
}
