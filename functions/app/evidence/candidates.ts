import { compiled } from '../../core/event.ts';
import { matches, type JsonValue } from '../../core/event-pattern.ts';
import type { EventSpec, FileSpec, JobSpec } from '../../core/expectation.ts';
import { keyOfObject, type FollowUpSpec, type Keyed } from '../../core/follow-up.ts';
import { withoutMarks } from '../../core/keyed-glob.ts';
import { anyDateMatcher, literalPrefix } from '../../core/key-pattern.ts';
import { runMatcher, type Run } from '../../core/run.ts';
import { WantedByBeginning, WantedByPattern } from '../../core/wanted.ts';
import type { Matcher } from '../ports.ts';

export type FileMatcher = Matcher & { file: FileSpec };
export type JobMatcher = Matcher & { job: JobSpec };
export type EventMatcher = Matcher & { event: EventSpec };
export type FollowUpMatcher = Matcher & { followUp: FollowUpSpec };

/** A side of a follow-up that may want a thing. */
export interface Sided {
  matcher: FollowUpMatcher;
  side: 'after' | 'by';
}

interface Ready<M, T> {
  matcher: M;
  wants: (thing: T) => boolean;
}

/** A list stays the same while nobody registers anything: what is made of it is kept as long as the list. */
const files = new WeakMap<readonly Matcher[], WantedByBeginning<Ready<FileMatcher, string>>>();
const jobs = new WeakMap<readonly Matcher[], WantedByBeginning<Ready<JobMatcher, Run>>>();
const events = new WeakMap<readonly Matcher[], WantedByPattern<WantedEvent>>();
const keyedFiles = new WeakMap<readonly Matcher[], WantedByBeginning<Sided & { glob: string }>>();

/** An expectation of events, or a side of one, by whose pattern it wants them. */
export type WantedEvent = { pattern: EventSpec['pattern']; wants: (event: JsonValue) => boolean } & (
  { matcher: EventMatcher; side?: never } | Sided
);

/** Matchers of a bucket whose pattern fits the key, for whatever date. */
export function wantingKey(list: readonly Matcher[], key: string): FileMatcher[] {
  const found = kept(files, list, () => {
    const all = list.filter((one): one is FileMatcher => one.file !== undefined);
    const ready = all.map((matcher) => ({ matcher, wants: lazily(() => anyDateMatcher(matcher.file.key)) }));
    return new WantedByBeginning(ready, ({ matcher }) => literalPrefix(matcher.file.key));
  });
  return found
    .candidates(key)
    .filter(({ wants }) => wants(key))
    .map(({ matcher }) => matcher);
}

/** Sides of follow-ups that take objects of the bucket by such a name, with its key. */
export function followUpsWantingKey(
  list: readonly Matcher[],
  bucket: string,
  name: string,
): (Sided & { keyed: Keyed })[] {
  const found = kept(keyedFiles, list, () => {
    const all = sidesOf(list).flatMap((one) => {
      const spec = one.matcher.followUp[one.side];
      return 'file' in spec && spec.file.bucket === bucket ? [{ ...one, glob: spec.file.key }] : [];
    });
    return new WantedByBeginning(all, ({ glob }) => literalPrefix(withoutMarks(glob)));
  });
  return found.candidates(name).flatMap(({ matcher, side, glob }) => {
    const keyed = keyOfObject(glob, name);
    return keyed ? [{ matcher, side, keyed }] : [];
  });
}

function sidesOf(list: readonly Matcher[]): Sided[] {
  const all = list.filter((one): one is FollowUpMatcher => one.followUp !== undefined);
  return all.flatMap((matcher) => (['after', 'by'] as const).map((side) => ({ matcher, side })));
}

/** Matchers of a service whose job the run is of. */
export function wantingRun(list: readonly Matcher[], run: Run): JobMatcher[] {
  const found = kept(jobs, list, () => {
    const all = list.filter((one): one is JobMatcher => one.job !== undefined);
    const ready = all.map((matcher) => ({ matcher, wants: lazily<Run>(() => runMatcher(matcher.job)) }));
    return new WantedByBeginning(ready, ({ matcher }) => literalPrefix(matcher.job.name));
  });
  return found
    .candidates(run.job)
    .filter(({ wants }) => wants(run))
    .map(({ matcher }) => matcher);
}

/** Matchers of a source whose pattern may fit the event; whether it does is still to be asked. */
export function maybeWantingEvent(list: readonly Matcher[], event: JsonValue): readonly WantedEvent[] {
  const found = kept(events, list, () => {
    const all = list.filter((one): one is EventMatcher => one.event !== undefined);
    const whole = all.map((matcher): WantedEvent => ({ matcher, ...ready(matcher.event) }));
    const sides = sidesOf(list).flatMap((one): WantedEvent[] => {
      const spec = one.matcher.followUp[one.side];
      return 'event' in spec ? [{ ...one, ...ready(spec.event) }] : [];
    });
    return new WantedByPattern([...whole, ...sides], ({ pattern }) => compiled(pattern));
  });
  return found.candidates(event);
}

/** Not kept compiled as the index needs it: a hundred thousand patterns would fill the memory. */
function ready({ pattern }: Pick<EventSpec, 'pattern'>): Pick<WantedEvent, 'pattern' | 'wants'> {
  const matcher = () => {
    const whole = compiled(pattern);
    return (event: JsonValue) => matches(whole, event);
  };
  return { pattern, wants: lazily(matcher) };
}

/** Of a hundred thousand globs and patterns few are ever asked. */
function lazily<T>(make: () => (thing: T) => boolean): (thing: T) => boolean {
  let made: ((thing: T) => boolean) | undefined;
  return (thing) => {
    made ??= make();
    return made(thing);
  };
}

function kept<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
