import type { Awaited, Deadline, Followed } from './deadline.ts';
import { notAfter, type Evidence } from './evidence.ts';
import type { RunArguments } from './run.ts';
import { compileGlob, literalPrefix } from './key-pattern.ts';
import { inWords } from './duration.ts';
import type { Sight } from './look.ts';
import { toLocal } from './time.ts';

/** What a deadline wants, in words: `1 object of at least 1 byte matching orders/*.csv in acme-landing`. */
export function describeExpected({
  awaits,
  silence,
  after,
  timezone,
}: Pick<Deadline, 'awaits' | 'silence' | 'after' | 'timezone'>): string {
  if (after)
    return `${describeFollower(awaits, after)} after ${after.what} of ${toLocal(after.at, timezone)}`;
  const what = describeAwaited(awaits);
  return silence === undefined ? what : `${what} before the silence grows too long`;
}

function describeAwaited(awaits: Awaited): string {
  if (awaits.kind === 'file') return describeFile(awaits);
  if (awaits.kind === 'check-in') return 'a check-in';
  if (awaits.kind === 'event') return describeEvents(awaits);
  const { source, minCount, mustHave, run } = awaits;
  const job = awaits.arguments ? `${awaits.job} with ${describeArguments(awaits.arguments)}` : awaits.job;
  if (awaits.found) return `runs of ${source} job ${job} to be found, told or not`;
  if (run) return `run ${run.id} of ${source} job ${run.job} to succeed`;
  return `${count(minCount, 'run')} of ${source} job ${job} ${mustHave === 'started' ? 'started' : 'with success'}`;
}

/** `tier=gold and region=eu-*` */
function describeArguments(wanted: RunArguments): string {
  return Object.entries(wanted)
    .map(([name, glob]) => `${name}=${glob}`)
    .join(' and ');
}

function describeFollower(awaits: Awaited, { key }: Followed): string {
  if (awaits.kind !== 'event') return describeAwaited(awaits);
  return `an event of ${awaits.of}${key === '' ? '' : ` with the key ${key}`}`;
}

/** `at least 500 events of com.acme.trades, at most 900` */
function describeEvents({ of, minCount, maxCount }: Extract<Awaited, { kind: 'event' }>): string {
  const most = maxCount === undefined ? '' : `at most ${maxCount}`;
  if (minCount === 0) return `${most} events of ${of}`;
  return `at least ${count(minCount, 'event')} of ${of}${most === '' ? '' : `, ${most}`}`;
}

function describeFile({ minCount, minBytes, key, bucket }: Extract<Awaited, { kind: 'file' }>): string {
  const size = minBytes > 0 ? ` of at least ${count(minBytes, 'byte')}` : '';
  return `${count(minCount, 'object')}${size} matching ${key} in ${bucket}`;
}

/** What was seen instead, in words and the owner's local time, newest first. */
export function describeSeen(deadline: Deadline, evidence: readonly Evidence[], look?: Sight): string {
  const { awaits } = deadline;
  if (awaits.kind === 'file') return describeObjects(deadline, awaits, evidence, look);
  if (awaits.kind === 'event') return describeCame(deadline, evidence);
  return awaits.kind === 'run' ? describeRuns(deadline, evidence) : describeCheckIns(deadline, evidence);
}

function describeObjects(
  deadline: Deadline,
  awaits: Extract<Awaited, { kind: 'file' }>,
  evidence: readonly Evidence[],
  look?: Sight,
): string {
  const newest = evidence.toSorted((a, b) => b.at - a.at)[0];
  if (!newest?.object) return describeNothing(deadline, awaits, look);
  const keysOf = (some: readonly Evidence[]) => new Set(some.map(({ object }) => object?.key)).size;
  const accepted = keysOf(evidence.filter(({ rejected }) => rejected === undefined));
  const matching = keysOf(evidence);
  const rejected = newest.rejected === undefined ? '' : `, rejected: ${newest.rejected}`;
  const wanted = awaits.minCount > 1 ? `, ${accepted} of ${awaits.minCount} accepted` : '';
  return (
    `${count(matching, 'object')} ${matching === 1 ? 'matches' : 'match'}${wanted}; ` +
    `newest ${newest.object.key} of ${toLocal(newest.at, deadline.timezone)}, ${count(newest.object.size, 'byte')}${rejected}`
  );
}

function describeNothing(
  { timezone }: Deadline,
  { key }: Extract<Awaited, { kind: 'file' }>,
  look?: Sight,
): string {
  const matches = compileGlob(key);
  const objects = look?.ok && 'objects' in look ? look.objects : [];
  const other = objects.toSorted((a, b) => b.lastModified - a.lastModified)[0];
  const outside = objects
    .filter((object) => matches(object.key))
    .toSorted((a, b) => b.lastModified - a.lastModified)[0];
  if (outside) return `${outside.key} is of ${toLocal(outside.lastModified, timezone)}, outside the window`;
  const place = literalPrefix(key) || 'the bucket';
  if (other) return `${count(objects.length, 'object')} under ${place}, none matches; newest ${other.key}`;
  return literalPrefix(key) ? `nothing under ${place}` : 'nothing in the bucket';
}

/** What was seen last. */
export function newestOf(evidence: readonly Evidence[]): Evidence | undefined {
  return evidence.toSorted((a, b) => b.at - a.at)[0];
}

/** The newest run, what it does or how it ended, and how long it took. */
function describeRuns(deadline: Deadline, evidence: readonly Evidence[]): string {
  const { timezone, opensAt } = deadline;
  const newest = newestOf(evidence);
  if (!newest?.run) return 'no run';
  const { run, phase, status, startedAt = newest.at } = newest.run;
  const ended =
    phase === 'ended' ? newest : evidence.find((one) => one.run?.run === run && one.run.phase === 'ended');
  const early = notAfter(newest.at, opensAt) ? ', before the window,' : '';
  if (!ended) return `run ${run} began ${toLocal(startedAt, timezone)}${early} and has not ended (${status})`;
  return `run ${describeEnd(deadline, ended)}`;
}

/** `backup-17 ended Sat 2026-11-21 04:12:00 after 1 h 12 min: FAILED` */
export function describeEnd({ awaits, timezone }: Deadline, { at, run }: Evidence): string {
  const began = awaits.kind === 'run' ? awaits.run?.startedAt : undefined;
  const startedAt = run?.startedAt ?? began;
  const took = startedAt === undefined || startedAt >= at ? '' : ` after ${inWords(at - startedAt)}`;
  return `${run?.run ?? ''} ended ${toLocal(at, timezone)}${took}: ${run?.status ?? ''}`;
}

/** How many events came; when many did, no more were counted than were needed to tell. */
function describeCame({ timezone }: Deadline, evidence: readonly Evidence[]): string {
  const last = evidence.toSorted((a, b) => b.at - a.at)[0];
  if (!last) return 'no event';
  return `${count(evidence.length, 'event')}; newest ${toLocal(last.at, timezone)}`;
}

function describeCheckIns({ timezone }: Deadline, evidence: readonly Evidence[]): string {
  const last = evidence.toSorted((a, b) => b.at - a.at)[0];
  if (!last) return 'no check-in';
  const when = toLocal(last.at, timezone);
  if (last.checkIn?.signal === 'start') return `started ${when}, not finished`;
  return last.rejected === undefined ? `last check-in ${when}` : `check-in of ${when}: ${last.rejected}`;
}

/** `1 object`, `2 objects`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
