import type { Deadline, Usual } from './deadline.ts';
import { offsetAt, SECOND, toLocal, type Instant, type Milliseconds } from './time.ts';

/** So many occurrences are compared at most, and so few tell nothing. */
export const COMPARED = { most: 100, fewest: 10 };

/** What lengths count from: the start of a run, or the due time. */
function origin({ awaits, dueAt }: Pick<Deadline, 'awaits' | 'dueAt'>): Instant {
  return awaits.kind === 'run' && awaits.run ? awaits.run.startedAt : dueAt;
}

/** Whether how long one took tells something of the other: runs of the same job, or what was due by the same rules. */
function isLike(one: Deadline, other: Deadline, sameSince: number): boolean {
  const job = ({ awaits }: Deadline) => (awaits.kind === 'run' ? awaits.run?.job : undefined);
  if (job(one) !== job(other)) return false;
  // Under other rules it was due at another time, or something else was.
  return job(one) !== undefined || one.rev >= sameSince;
}

/** What the clock shows by which things happen: for a run it is time that passes, else the one on the wall. */
function shown({ awaits, timezone }: Deadline, instant: Instant): Instant {
  return awaits.kind === 'run' && awaits.run ? instant : instant + offsetAt(instant, timezone);
}

/** How long it took by that clock, late or not; never, where it did not come. */
function lengthOf(deadline: Deadline): Milliseconds {
  const { metAt, correction, breach } = deadline;
  const cameAt = metAt ?? correction?.arrivedAt ?? breach?.arrivedAt;
  return cameAt === undefined ? Infinity : shown(deadline, cameAt) - shown(deadline, origin(deadline));
}

/** How long it is until the clock shows so much more; of times that it shows twice or never, until the later one. */
function elapsed(deadline: Deadline, length: Milliseconds): Milliseconds {
  const from = origin(deadline);
  const asked = shown(deadline, from) + length;
  const roughly = from + length;
  return roughly + (asked - shown(deadline, roughly)) - from;
}

/**
 * The deadline with when people are to be warned: when it is later than so many of 100 of those before it, and what
 * tells of them had time to come. Nobody is warned of what is overdue then, or where those before are too few.
 * @param history those before it, the newest first
 * @param sameSince the revision that brought the rules of the deadline
 */
export function withUsualOf(
  deadline: Deadline,
  history: readonly Deadline[],
  percent: number,
  sameSince = deadline.rev,
): Deadline {
  const { usual: _before, ...bare } = deadline;
  const judged = history.filter(({ status }) => status === 'met' || status === 'missed');
  const lengths = judged
    .filter((one) => isLike(one, deadline, sameSince))
    .slice(0, COMPARED.most)
    .map(lengthOf)
    .sort((a, b) => a - b);
  const of = lengths.length;
  // Nearest rank: the least length that so many of 100 did not exceed.
  const at = (part: number) => lengths[Math.ceil((part / 100) * of) - 1] ?? Infinity;
  if (of < COMPARED.fewest || at(percent) === Infinity) return bare;
  const [half, most] = [elapsed(deadline, at(50)), elapsed(deadline, at(percent))];
  const from = origin(deadline);
  const { checkAt, limitAt } = deadline;
  const warnAt = from + most + (checkAt - limitAt);
  if (warnAt >= limitAt) return bare;
  const count = lengths.filter((length) => length <= at(percent)).length;
  return { ...bare, usual: { from, half, most, count, of, warnAt, warned: false } };
}

/** `usually by 03:12, 95 of 100 by 03:40; it is 03:45` */
export function describeUsual(
  { timezone, dueAt }: Pick<Deadline, 'timezone' | 'dueAt'>,
  { from, half, most, count, of }: Omit<Usual, 'warnAt' | 'warned'>,
  now: Instant,
): string {
  const due = toLocal(dueAt, timezone).slice(0, 'Sat 2026-11-21 '.length);
  const clock = (instant: Instant) => {
    const text = toLocal(Math.floor(instant / SECOND) * SECOND, timezone);
    return text.startsWith(due) ? text.slice(due.length) : text;
  };
  return `usually by ${clock(from + half)}, ${count} of ${of} by ${clock(from + most)}; it is ${clock(now)}`;
}
