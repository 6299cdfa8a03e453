import type { ExpectationRef } from '../../functions/app/ports.ts';
import { deadlineId, type Deadline } from '../../functions/core/deadline.ts';
import type { Facts } from './facts.ts';
import type { Expected, Rules } from './oracle.ts';
import type { Played } from './run.ts';
import { jobName } from './scenario.ts';
import { followedOf, nameOfFollowed, owedAfter, owedByRun, runsOf, type Owed, type Own } from './own.ts';

/** The clocks of two workers are apart by no more. */
const SKEW = 2000;

/** A call takes no longer, and clocks are no further apart. */
const SLOW = 120_000;

/** The name of what the deadline is of alone; undefined when the clock tells of it. */
export function ownerOf({ awaits, after }: Deadline): string | undefined {
  if (after) return nameOfFollowed(after.key, after.at);
  return awaits.kind === 'run' ? awaits.run?.id : undefined;
}

/** Stands for runs that nobody could look for. */
function isUnseen({ awaits }: Deadline): boolean {
  return awaits.kind === 'run' && awaits.found === true;
}

/** Whether the deadline is of something that the clock does not tell. */
export function isByItself(deadline: Deadline): boolean {
  return ownerOf(deadline) !== undefined || isUnseen(deadline);
}

/** That runs could not be looked for is told when that has lasted for an hour. */
function unseenProblems({ watch }: Played, { id }: ExpectationRef, one: Deadline): string[] {
  const isFailed = watch.looks.some(
    ({ glob, since, ok, asked }) =>
      !ok && since !== undefined && glob === jobName(id) && Math.abs(asked - one.dueAt) <= SLOW,
  );
  if (isFailed && one.plannedAt - one.dueAt >= 3_600_000 && one.status === 'undetermined') return [];
  return [`${deadlineId(one)} is ${one.status}, and runs could be looked for`];
}

interface Compared {
  problems: string[];
  /** Those which the rules governed that made them. */
  wanted: Expected[];
}

/** Compares the deadlines that runs, and what must be followed, have with those that they must, may and may not have. */
export function verifyOwn(
  played: Played,
  facts: Facts,
  ref: ExpectationRef,
  { history, deadlines, bound }: { history: readonly Rules[]; deadlines: readonly Deadline[]; bound: number },
): Compared {
  const { endedAt } = played;
  const found: Compared = { problems: [], wanted: [] };
  const within = history.map(({ body }) => body.job?.finishesWithin).find((one) => one !== undefined);
  const own = Map.groupBy(
    deadlines.filter((one) => ownerOf(one) !== undefined),
    (one) => ownerOf(one) ?? '',
  );
  const followed = followedOf(ref, facts.actsOf(ref));
  const runs = runsOf(ref, facts.actsOf(ref), within ?? '0s');
  const all: (Own & { owed: Owed[] })[] = [
    ...runs.map((one) => ({ ...one, owed: owedByRun(one, history) })),
    ...followed.map((one) => ({ ...one, owed: owedAfter(one, history) })),
  ];
  const known = new Set(all.map(({ name }) => name));
  for (const [name, [one]] of own)
    if (one && !known.has(name)) found.problems.push(`${deadlineId(one)} is of ${name}, which there was not`);
  for (const one of deadlines.filter(isUnseen)) found.problems.push(...unseenProblems(played, ref, one));
  for (const one of all) {
    const { problems, wanted } = verifyOne(facts, ref, one, {
      owed: one.owed,
      own: own.get(one.name) ?? [],
      until: endedAt - bound,
    });
    found.problems.push(...problems.map((problem) => `${one.name} ${problem}`));
    found.wanted.push(...wanted);
  }
  return found;
}

function verifyOne(
  facts: Facts,
  ref: ExpectationRef,
  it: Own,
  { owed, own, until }: { owed: readonly Owed[]; own: readonly Deadline[]; until: number },
): Compared {
  const problems: string[] = [];
  const byRev = new Map(own.map((one) => [one.rev, one]));
  const judged = own.filter(({ status }) => status !== 'cancelled');
  if (judged.length > 1) problems.push(`is judged twice, as ${judged.map(deadlineId).join(' and ')}`);
  if (own.length > byRev.size) problems.push('has two deadlines by the same rules');
  for (const one of own)
    if (!owed.some(({ during }) => during.rev === one.rev))
      problems.push(`has ${deadlineId(one)}, and nobody asked for it`);
  const wanted: Expected[] = [];
  for (const one of owed) {
    const deadline = byRev.get(one.during.rev);
    if (!deadline) {
      const isOwed = one.governed && !one.isOver && judged.length === 0 && one.expected.dueAt < until;
      if (isOwed && (isWatched(one, own) || (!one.isPast && facts.isToldOf(ref, it, one.during))))
        problems.push(`has no deadline of revision ${one.during.rev}`);
      continue;
    }
    const toldAt = facts.failedAtOnce(ref, it, one.during, deadline.plannedAt);
    const found = earlyProblems(it, one, deadline, { toldAt, until });
    problems.push(...found.map((what) => `has ${deadlineId(deadline)}, which ${what}`));
    if (one.governed) wanted.push({ ...one.expected, occurrence: deadline.occurrence });
  }
  return { problems, wanted };
}

/** Whether the rules before watched it, until these replaced them. */
function isWatched({ before, during }: Owed, own: readonly Deadline[]): boolean {
  return own.some(
    ({ status, rev, plannedAt }) =>
      status === 'cancelled' && rev === before && plannedAt < during.from - SLOW,
  );
}

/** Before its time it is only judged when nothing more will come, or when it was followed and the rules are replaced. */
function earlyProblems(
  it: Own,
  { expected, during, governed }: Owed,
  deadline: Deadline,
  { toldAt, until }: { toldAt: number; until: number },
): string[] {
  const { status, decidedAt = Infinity } = deadline;
  const isFollowed = !governed && expected.order !== undefined && status === 'met';
  const mayBeEarly = isFollowed || isFailed(it, deadline) || status === 'cancelled';
  const isReplaced = !governed && (status !== 'pending' || during.to < until);
  return [
    ...(toldAt < expected.checkAt && decidedAt > toldAt + SKEW
      ? [`failed, and was not judged when that was told, at ${new Date(toldAt).toISOString()}`]
      : []),
    ...(decidedAt < expected.checkAt - SKEW && !mayBeEarly ? ['was judged before its time'] : []),
    ...(isReplaced && !mayBeEarly ? [`is ${status}, and other rules were made before it was due`] : []),
  ];
}

/** Of a run that failed nothing more is awaited. */
function isFailed({ failed, endedAt }: Own, { status, decidedAt = 0 }: Deadline): boolean {
  return failed && status === 'missed' && endedAt <= decidedAt + SKEW;
}
