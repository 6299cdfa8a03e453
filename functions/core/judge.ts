import { deadlineId, type Deadline } from './deadline.ts';
import { distinct, notAfter, type Evidence } from './evidence.ts';
import type { BreachReason } from './alert.ts';
import { compileGlob } from './key-pattern.ts';
import { evidenceIn, isPrompt, type Look } from './look.ts';
import { describeSeen } from './seen.ts';
import { SECOND, type Instant, type Milliseconds } from './time.ts';

export type Judgement =
  | { is: 'met'; metAt: Instant; intoGrace: Milliseconds; serving: Evidence[] }
  /** `looked`: what the look showed and did not suffice. To be kept, or a later look takes it for new. */
  | { is: 'missed'; reason: BreachReason; seen: string; looked: Evidence[] }
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
 * @param look what the bucket shows, once it was looked at
 */
export function judge(deadline: Deadline, evidence: readonly Evidence[], look?: Look): Judgement {
  if (deadline.silence !== undefined) return judgeSilence(deadline, evidence, deadline.silence);
  const known = serving(deadline, evidence, deadline.limitAt);
  if (known) return met(deadline, known);
  if (deadline.awaits.kind === 'file') return judgeByLook(deadline, evidence, look);
  return missed(deadline, evidence);
}

function judgeByLook(deadline: Deadline, evidence: readonly Evidence[], look?: Look): Judgement {
  if (!look) return { is: 'unseen' };
  if (!look.ok) {
    const { cause, at } = look;
    return at >= deadline.giveUpAt ? { is: 'undetermined', cause } : { is: 'inconclusive', cause };
  }
  const listed = evidenceIn(look, deadline, evidence);
  const all = [...evidence, ...listed];
  const found = serving(deadline, all, deadline.limitAt);
  if (found) return met(deadline, found);
  if (!isPrompt(look, deadline) && !look.covered) {
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
  const metAt = Math.max(...by.map(({ at }) => at));
  return { is: 'met', metAt, intoGrace: Math.max(0, metAt - deadline.dueAt), serving: by };
}

function missed(
  deadline: Deadline,
  evidence: readonly Evidence[],
  look?: Look,
  listed: readonly Evidence[] = [],
): Judgement {
  const all = belonging(deadline, evidence);
  const inWindow = all.filter(({ at }) => notAfter(at, deadline.limitAt));
  const ids = new Set(listed.map(({ id }) => id));
  const fresh = all.filter(({ id }) => ids.has(id));
  const [accepted, rejected] = [fresh.filter((one) => !one.rejected), fresh.filter((one) => one.rejected)];
  return {
    is: 'missed',
    reason: reasonOf(inWindow),
    seen: describeSeen(deadline, inWindow, look),
    looked: [...accepted, ...rejected.slice(0, MOST_REJECTED)],
  };
}

function reasonOf(evidence: readonly Evidence[]): BreachReason {
  if (evidence.some(({ checkIn }) => checkIn?.signal === 'failure')) return 'failed';
  return evidence.some(({ object }) => object) ? 'insufficient' : 'absent';
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
  const inTime = usable(deadline, evidence).filter(({ at }) => notAfter(at, until));
  const found = onePerKey(inTime).slice(0, minCount);
  return found.length === minCount ? found : undefined;
}

/** An object that is written again is still one object: the first time it came counts. */
function onePerKey(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Set<string>();
  return evidence.filter(({ id, object }) => {
    const one = object?.key ?? id;
    return !seen.has(one) && seen.add(one);
  });
}

/** What may serve the deadline: accepted, in its window, not used by another deadline; in order of time. */
export function usable(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  return belonging(deadline, evidence).filter(
    (one) =>
      one.rejected === undefined &&
      isFree(deadline, one) &&
      (!one.checkIn || one.checkIn.signal === 'success'),
  );
}

/** A sign of life ends every silence; anything else serves one deadline. */
function isFree(deadline: Deadline, { claimedBy }: Evidence): boolean {
  return deadline.silence !== undefined || claimedBy === undefined || claimedBy === deadlineId(deadline);
}

/** What speaks of the deadline, accepted or not, in order of time. */
function belonging(deadline: Deadline, evidence: readonly Evidence[]): Evidence[] {
  const matches = matcherOf(deadline);
  return distinct(evidence)
    .map((one) => weigh(one, deadline))
    .filter((one) => !notAfter(one.at, deadline.opensAt) && matches(one))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

function matcherOf({ awaits }: Deadline): (evidence: Evidence) => boolean {
  if (awaits.kind === 'check-in') return ({ checkIn }) => checkIn !== undefined;
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
