import { deadlineId, type Deadline } from './deadline.ts';
import { inOrder, isMultipart, notAfter, type Evidence } from './evidence.ts';
import { matcherOf, onePerKey, tooSmall, usable } from './judge.ts';
import { isWanting } from './breach.ts';
import { SECOND, type Instant } from './time.ts';

/*
 * Of what can it be told, when it comes, that it changes no verdict, no lateness and no correction of a deadline? Of what
 * comes after as many pieces as all deadlines together need that can use them: whoever claims which of these, the first
 * that serve are among them. A piece that is needed is never told away, so that one whose writer died comes again.
 */

/** What was rejected is kept for people to read; they need not read thousands. */
const REJECTED_KEPT = 20;

/** Deadlines that evidence of an instant can serve, and the span (epoch ms, both included) of which the same is true. */
export interface Around {
  open: readonly Deadline[];
  from: Instant;
  to: Instant;
}

/** Of evidence of these times not all is needed. */
export interface Plenty {
  from: Instant;
  to: Instant;
  /** Of which evidence of these times it tells; of all when absent. */
  covers?: ((evidence: Evidence) => boolean) | undefined;
  needs: readonly Needs[];
}

interface Needs {
  deadline: string;
  concerns: (evidence: Evidence) => boolean;
  isRejected: (evidence: Evidence) => boolean;
  /** Nothing after this piece is needed; absent while all is. */
  last?: Place | undefined;
  /** Nothing that is rejected is needed after this piece. */
  lastRejected?: Place | undefined;
}

type Place = Pick<Evidence, 'at' | 'id'>;

/**
 * @param deadlines all that evidence of this time can serve, and those next to them
 * @param since what evidence of before this can serve is not known (epoch ms)
 */
export function around(deadlines: readonly Deadline[], at: Instant, since: Instant): Around {
  const later = deadlines.filter(({ opensAt }) => notAfter(at, opensAt));
  const begun = deadlines.filter((one) => !later.includes(one));
  const open = begun.filter((one) => notAfter(at, openUntil(one)));
  const over = begun.filter((one) => !open.includes(one));
  return {
    open,
    from: Math.max(since, ...open.map(({ opensAt }) => opensAt), ...over.map(openUntil)) + SECOND,
    to: Math.min(Infinity, ...open.map(openUntil), ...later.map(({ opensAt }) => opensAt)),
  };
}

/** Up to when evidence can still change what becomes of the deadline. */
function openUntil({ status, correction, breach, limitAt, lateUntil }: Deadline): Instant {
  if (status === 'pending') return Math.max(limitAt, lateUntil);
  if (correction !== undefined || (status !== 'missed' && status !== 'undetermined')) return 0;
  return isWanting(breach) ? Math.max(limitAt, lateUntil) : limitAt;
}

/**
 * @param recorded all that is recorded from `from` to `to`
 * @param beyond how much is kept beyond what is needed
 * @param isAlone whether each piece can be used by one deadline alone, at whatever time
 * @returns with how many pieces are missing until there is enough of those like the evidence
 */
export function plentyOf(
  { open, from, to }: Around,
  recorded: readonly Evidence[],
  {
    covers,
    evidence,
    beyond,
    isAlone,
  }: { evidence: Evidence; beyond: number; isAlone: boolean } & Pick<Plenty, 'covers'>,
): Plenty & { missing: number } {
  // The look of a deadline before may claim an upload by the time at which it was begun, which is not the time here.
  const counted = recorded.filter(({ object }) => !object || !isMultipart(object) || isAlone);
  const needed = open.map(neededBy);
  // Each may take as many as it needs, and one of rules to come as many again.
  const enough = needed.reduce((sum, count) => sum + count, beyond + Math.max(0, ...needed));
  const found = open.map((deadline) => onePerKey(usable(deadline, counted)));
  const needs = open.map((deadline, index): Needs => {
    const concerns = matcherOf(deadline);
    const isRejected = (one: Evidence) => isTooSmall(deadline, one);
    const rejected = recorded.filter((one) => concerns(one) && isRejected(one)).sort(inOrder);
    return {
      ...{ deadline: deadlineId(deadline), concerns, isRejected },
      last: found[index]?.[enough - 1],
      lastRejected: rejected[REJECTED_KEPT - 1],
    };
  });
  const missing = found.map(({ length }, index) => (needs[index]?.concerns(evidence) ? enough - length : 0));
  return { from, to, covers, needs, missing: Math.max(0, ...missing) };
}

/** Whether there is enough without it; and of which deadline there was too much. */
export function isPlenty(
  { from, to, covers, needs }: Plenty,
  one: Evidence,
): { of: string | undefined } | undefined {
  if (one.at < from || one.at > to || covers?.(one) === false) return undefined;
  const concerned = needs.filter(({ concerns }) => concerns(one));
  const isSpared = ({ last, lastRejected, isRejected }: Needs) =>
    isAfter(one, last) || (isRejected(one) && isAfter(one, lastRejected));
  return concerned.every(isSpared) ? { of: concerned[0]?.deadline } : undefined;
}

function neededBy({ awaits }: Deadline): number {
  return awaits.kind === 'event' ? Math.max(awaits.minCount, (awaits.maxCount ?? -1) + 1) : awaits.minCount;
}

function isTooSmall({ awaits }: Deadline, { object }: Evidence): boolean {
  return (
    awaits.kind === 'file' && object !== undefined && tooSmall(object.size, awaits.minBytes) !== undefined
  );
}

function isAfter(one: Place, last: Place | undefined): boolean {
  return last !== undefined && inOrder(one, last) > 0;
}
