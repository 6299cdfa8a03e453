import { deadlineId, isOfRun, type Breach, type Deadline } from './deadline.ts';
import { fingerprint } from './event.ts';
import { distinct, inOrder, notAfter, type Evidence } from './evidence.ts';
import type { BreachReason } from './alert.ts';
import { compileGlob } from './key-pattern.ts';
import { evidenceIn, isCovered, isPrompt, triedUntil, type Sight } from './look.ts';
import { describeSeen, newestOf } from './seen.ts';
import { isLaterTry, retries, runMatcher } from './run.ts';
import { SECOND, type Instant, type Milliseconds } from './time.ts';

export type Judgement =
  | { is: 'met'; metAt: Instant; intoGrace: Milliseconds; serving: Evidence[] }
  /** `looked`: what the look showed and did not suffice. To be kept, or a later look takes it for new. */
  | { is: 'missed'; reason: BreachReason; seen: string; run?: Breach['run']; looked: Evidence[] }
  | { is: 'undetermined'; cause: string }
  | { is: 'inconclusive'; cause: string }
  /** Of a `silentFor` deadline: it was heard of, the silence counts anew from this instant. */
  | { is: 'heard'; at: Instant }
  /** What is known does not suffice: look into the bucket, then judge again. */
  | { is: 'unseen' };

/** What was rejected is kept for people to read; they need not read thousands. */
const MOST_REJECTED = 20;

/**
 * Judges a deadline whose checkAt has come, by the times of the evidence alone.
 * @param evidence everything recorded for the expectation in the deadline's window, in any order
 * @param look what the bucket or the service shows, once it was looked at
 */
export function judge(deadline: Deadline, evidence: readonly Evidence[], look?: Sight): Judgement {
  if (deadline.silence !== undefined) return judgeSilence(deadline, evidence, deadline.silence);
  const known = serving(deadline, evidence, deadline.limitAt);
  if (known) return met(deadline, known);
  if (isLookedFor(deadline)) return judgeByLook(deadline, evidence, look);
  return missed(deadline, evidence);
}

function judgeByLook(deadline: Deadline, evidence: readonly Evidence[], look?: Sight): Judgement {
  if (!look) return { is: 'unseen' };
  if (!look.ok) {
    const { cause, at } = look;
    return at >= triedUntil(deadline) ? { is: 'undetermined', cause } : { is: 'inconclusive', cause };
  }
  const listed = evidenceIn(look, deadline, evidence);
  const all = [...evidence, ...listed];
  const found = serving(deadline, all, deadline.limitAt);
  if (found) return met(deadline, found);
  if (!isPrompt(look, deadline) && !isCovered(look)) {
    return {
      is: 'undetermined',
      cause: 'first looked at too late, and the bucket sends no events and keeps no versions',
    };
  }
  const straddling = all.some(
    ({ after, at }) =>
      after !== undefined && notAfter(after, deadline.limitAt) && !notAfter(at, deadline.limitAt),
  );
  if (straddling)
    return {
      is: 'undetermined',
      cause: 'a multipart upload was begun in time; when it was completed is not known',
    };
  return missed(deadline, all, look, listed);
}

function met(deadline: Deadline, by: Evidence[]): Judgement {
  if (by.length === 0) return { is: 'met', metAt: deadline.limitAt, intoGrace: 0, serving: by };
  const metAt = Math.max(...by.map(({ at }) => at));
  return { is: 'met', metAt, intoGrace: Math.max(0, metAt - deadline.dueAt), serving: by };
}

function missed(
  deadline: Deadline,
  evidence: readonly Evidence[],
  look?: Sight,
  listed: readonly Evidence[] = [],
): Judgement {
  const all = belonging(deadline, evidence);
  const inWindow = all.filter(({ at }) => notAfter(at, deadline.limitAt));
  const ids = new Set(listed.map(({ id }) => id));
  const fresh = all.filter(({ id }) => ids.has(id));
  const shown = inWindow.length > 0 ? inWindow : begunBefore(deadline, evidence);
  const [accepted, rejected] = [fresh.filter((one) => !one.rejected), fresh.filter((one) => one.rejected)];
  return {
    is: 'missed',
    reason: reasonOf(deadline, hasToStart(deadline) ? inWindow : shown),
    seen: describeSeen(deadline, shown, look),
    ...runSeen(shown),
    looked: [...accepted, ...rejected.slice(0, MOST_REJECTED)],
  };
}

function hasToStart({ awaits }: Deadline): boolean {
  return awaits.kind === 'run' && awaits.mustHave === 'started';
}

/** That runs began before the window opened and have not ended. */
function begunBefore(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  const { awaits, opensAt, limitAt } = deadline;
  if (awaits.kind !== 'run' || awaits.run) return [];
  const known = distinct(evidence).filter(matcherOf(deadline));
  const ended = new Set(
    known.flatMap(({ run, at }) => (run?.phase === 'ended' && notAfter(at, limitAt) ? [run.run] : [])),
  );
  return known.filter(
    ({ run, at }) => run?.phase === 'started' && notAfter(at, opensAt) && !ended.has(run.run),
  );
}

function runSeen(evidence: readonly Evidence[]): { run?: Breach['run'] } {
  const newest = newestOf(evidence)?.run;
  if (!newest) return {};
  const { job, run, account, region } = newest;
  return { run: { job, run, account, region } };
}

function reasonOf({ awaits }: Deadline, evidence: readonly Evidence[]): BreachReason {
  if (awaits.kind === 'run') return reasonOfRuns(evidence);
  if (awaits.kind === 'event') return reasonOfEvents(awaits, evidence.length);
  if (evidence.some(({ checkIn }) => checkIn?.signal === 'failure')) return 'failed';
  return evidence.some(({ object }) => object) ? 'insufficient' : 'absent';
}

function reasonOfEvents(
  { maxCount = Infinity }: { maxCount?: number | undefined },
  came: number,
): BreachReason {
  if (came > maxCount) return 'too-many';
  return came > 0 ? 'insufficient' : 'absent';
}

/** What the newest run does, unless it did well and others are wanting. */
function reasonOfRuns(evidence: readonly Evidence[]): BreachReason {
  const ended = new Map(evidence.flatMap((one) => (one.run?.phase === 'ended' ? [[one.run.run, one]] : [])));
  const begun = evidence.filter(({ run }) => run?.phase === 'started');
  if (begun.some(({ run }) => run && !ended.has(run.run))) return 'still-running';
  if ([...ended.values()].some(({ rejected }) => rejected !== undefined)) return 'failed';
  return ended.size > 0 ? 'insufficient' : 'not-started';
}

function judgeSilence(deadline: Deadline, evidence: readonly Evidence[], silence: Milliseconds): Judgement {
  const grace = deadline.limitAt - deadline.dueAt;
  let [heard, limit] = [deadline.opensAt, deadline.limitAt];
  for (const { at } of usable(deadline, evidence)) {
    if (!notAfter(at, limit)) break;
    [heard, limit] = [at, Math.max(limit, at + silence + grace)];
  }
  return heard > deadline.opensAt ? { is: 'heard', at: heard } : missed(deadline, evidence);
}

/**
 * The earliest evidence that satisfies the deadline and came no later than `until`.
 * @returns exactly minCount pieces in order of time, or undefined when there are fewer
 */
export function serving(
  deadline: Deadline,
  evidence: readonly Evidence[],
  until: Instant,
): Evidence[] | undefined {
  const { minCount } = deadline.awaits;
  if (isTooMany(deadline, evidence)) return undefined;
  const inTime = usable(deadline, evidence).filter(({ at }) => notAfter(at, until));
  const found = onePerKey(inTime).slice(0, minCount);
  return found.length === minCount ? found : undefined;
}

/** More came in time than may come, whichever deadline some of it serves. */
function isTooMany(deadline: Deadline, evidence: readonly Evidence[]): boolean {
  const { awaits, limitAt } = deadline;
  if (awaits.kind !== 'event' || awaits.maxCount === undefined) return false;
  return belonging(deadline, evidence).filter(({ at }) => notAfter(at, limitAt)).length > awaits.maxCount;
}

/** Whether more can be seen of what it awaits than what was told: check-ins and events are told or not. */
export function isLookedFor({ awaits }: Pick<Deadline, 'awaits'>): boolean {
  return awaits.kind === 'file' || awaits.kind === 'run';
}

/** An object that is written again is still one object, and a run is one run: the first time it came counts. */
export function onePerKey(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Set<string>();
  return evidence.filter(({ id, object, run }) => {
    const one = object?.key ?? run?.run ?? id;
    return !seen.has(one) && seen.add(one);
  });
}

/** What may serve the deadline: accepted, in its window, not used by another deadline; in order of time. */
export function usable(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  return belonging(deadline, evidence).filter(
    (one) =>
      one.rejected === undefined &&
      isFree(deadline, one) &&
      (!one.checkIn || one.checkIn.signal === 'success') &&
      (!one.run || hasReached(deadline, one.run)),
  );
}

/** Whether the one run that is awaited has ended without success, and its service does not try again by itself. */
export function isHopeless(deadline: Deadline, evidence: readonly Evidence[]): boolean {
  const { awaits } = deadline;
  if (awaits.kind !== 'run' || awaits.run === undefined || retries(awaits)) return false;
  return belonging(deadline, evidence).some(
    ({ run, rejected }) => run?.phase === 'ended' && rejected !== undefined,
  );
}

function hasReached({ awaits }: Deadline, { phase, startedAt }: NonNullable<Evidence['run']>): boolean {
  if (awaits.kind !== 'run') return false;
  if (awaits.mustHave === 'succeeded') return phase === 'ended';
  // What ended has begun, also where nobody told when.
  return phase === 'started' || startedAt === undefined;
}

/**
 * Whether evidence serves it and may serve others, too: a sign of life ends every silence, a run is its own, and what
 * follows follows all that came before it with the same key.
 */
export function shares({ silence, awaits, after }: Pick<Deadline, 'silence' | 'awaits' | 'after'>): boolean {
  return silence !== undefined || after !== undefined || isOfRun({ awaits });
}

function isFree(deadline: Deadline, { claimedBy }: Evidence): boolean {
  return shares(deadline) || claimedBy === undefined || claimedBy === deadlineId(deadline);
}

/** What speaks of the deadline, accepted or not, in order of time. */
function belonging(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  const matches = matcherOf(deadline);
  return distinct(evidence)
    .map((one) => weigh(one, deadline))
    .filter((one) => !notAfter(one.at, deadline.opensAt) && matches(one))
    .sort(inOrder);
}

/** A test whether evidence is of the kind, the place and the name that the deadline awaits. */
export function matcherOf({
  awaits,
  after,
}: Pick<Deadline, 'awaits' | 'after'>): (evidence: Evidence) => boolean {
  const matches = kindMatcher(awaits);
  if (!after) return matches;
  return (one) => one.keyed?.key === after.key && one.keyed.fact !== after.fact && matches(one);
}

function kindMatcher(awaits: Deadline['awaits']): (evidence: Evidence) => boolean {
  if (awaits.kind === 'check-in') return ({ checkIn }) => checkIn !== undefined;
  if (awaits.kind === 'event') return ({ event }) => event?.pattern === awaits.pattern;
  if (awaits.kind === 'run') {
    const { run: only } = awaits;
    const { source, job: name, account, region } = awaits;
    const wants = runMatcher({ source, name, account, region });
    const taken = awaits.arguments && fingerprint(awaits.arguments);
    return ({ run }) =>
      run !== undefined &&
      wants(run) &&
      run.wanted === taken &&
      (only === undefined || run.run === only.id || isLaterTry(run, only.id));
  }
  const matches = compileGlob(awaits.key);
  return ({ object }) => object !== undefined && matches(object.key);
}

/** An object may be too small for this deadline and not for one of other rules: what was recorded of it is not asked. */
function weigh(evidence: Evidence, { awaits }: Deadline): Evidence {
  if (awaits.kind !== 'file' || !evidence.object) return evidence;
  const { rejected: _earlier, ...rest } = evidence;
  const rejected = tooSmall(evidence.object.size, awaits.minBytes);
  return rejected === undefined ? rest : { ...rest, rejected };
}

/** @returns `0 bytes, at least 1 expected`, or undefined when the size suffices */
export function tooSmall(size: number, minBytes: number): string | undefined {
  return size < minBytes ? `${size} bytes, at least ${minBytes} expected` : undefined;
}

/** Whether evidence of this time could serve the deadline: on time, in grace, or late while it still counts. */
export function fits(deadline: Pick<Deadline, 'opensAt' | 'lateUntil'>, at: Instant): boolean {
  return (
    !notAfter(at, deadline.opensAt) && Math.floor(at / SECOND) <= Math.floor(deadline.lateUntil / SECOND)
  );
}
