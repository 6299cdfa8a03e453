import { deadlineId, type Deadline } from '../../functions/core/deadline.ts';
import type { Profile } from './profile.ts';
import type { Played } from './run.ts';
import type { Handed, Muted } from './watch.ts';

const MINUTE = 60_000;

/** A call takes no longer, and clocks are no further apart. */
const SLOW = 2 * MINUTE;

/** Longer than it takes until a sweep has done what a crash left undone, several times over. */
const TOLD_BY = 120 * MINUTE;

const ENDINGS = new Set(['recovered', 'closed', 'gave-up', 'withdrawn']);

/** Nothing is told while it is muted, nothing is silenced that is not, and what is open when a mute ends is told then. */
export function muteProblems(played: Played): string[] {
  return played.world.deadlines.all().flatMap((deadline) => {
    const { team, expectation } = deadline;
    const mutes = played.watch.muted({ team, id: expectation });
    const handed = played.watch.handed(deadline);
    const name = `${team}/${expectation} ${deadlineId(deadline)}`;
    return [
      ...handed.flatMap((one) => silenceProblems(one, mutes)),
      ...untoldProblems(deadline, handed, mutes, played),
    ].map((problem) => `${name} ${problem}`);
  });
}

function silenceProblems({ seq, type, at, isTold }: Handed, mutes: readonly Muted[]): string[] {
  const isSurely = mutes.some(
    ({ savedAt, from, until }) => Math.max(savedAt, from) + SLOW < at && at < until - SLOW,
  );
  const isPerhaps = mutes.some(({ from, until }) => from - SLOW < at && at < until + SLOW);
  if (isTold && isSurely) return [`told ${seq} ${type} while it was muted`];
  return !isTold && !isPerhaps ? [`was silent about ${seq} ${type}, and was not muted`] : [];
}

function untoldProblems(
  { breach }: Deadline,
  handed: readonly Handed[],
  mutes: readonly Muted[],
  { profile, scenario, endedAt }: Played,
): string[] {
  if (!breach || breach.acknowledged || isHardlySwept(profile)) return [];
  // What comes late after it was given up ends it once more.
  const ended = handed.find(({ type }) => ENDINGS.has(type));
  const overAt = Math.min(breach.endedAt ?? endedAt, ended?.madeAt ?? Infinity);
  const isOut = (from: number, to: number) =>
    profile.outages.some(
      ({ after, lasts }) => scenario.begin + after < to && scenario.begin + after + lasts > from,
    );
  return handed
    .filter(({ isTold, type }) => !isTold && (type === 'opened' || type === 'reminder'))
    .flatMap(({ seq, at }) => {
      const endsAt = silentUntil(at, mutes);
      if (overAt < endsAt + TOLD_BY || isOut(endsAt, endsAt + TOLD_BY)) return [];
      // A hand-over that broke off is repeated, and tells it if the mute is over by then.
      const next = handed.find(
        (one) =>
          (one.seq > seq && (one.isTold || one.at >= endsAt - SLOW)) ||
          (one.seq === seq && one.isTold && one.at >= at),
      );
      if (!next || next.at > endsAt + TOLD_BY)
        return [`was not told again when it was muted no more, at ${new Date(endsAt).toISOString()}`];
      // A reminder that is made while the mute ends may be told just before.
      const isOpenTold = handed.some(
        (one) => one.type === 'opened' && one.isTold && one.at <= next.at + SLOW,
      );
      return isOpenTold || next.type === 'opened'
        ? []
        : [`told ${next.seq} ${next.type} before it told that it opened`];
    });
}

/** A sweep makes some dozens of calls; where one in 33 fails it hardly ever comes to its end. */
function isHardlySwept({ faults }: Profile): boolean {
  return (
    faults['crash-before'] + faults['crash-after'] + faults['error-before'] + faults['error-after'] >= 0.03
  );
}

/** The end of the silence of an instant: one mute may begin before another one ends. */
function silentUntil(at: number, mutes: readonly Muted[]): number {
  const ends = mutes.flatMap(({ from, until }) =>
    from - SLOW < at && at < until + SLOW && until > at ? [until] : [],
  );
  return ends.length > 0 ? silentUntil(Math.max(...ends), mutes) : at;
}
