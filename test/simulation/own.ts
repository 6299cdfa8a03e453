import type { ExpectationRef } from '../../functions/app/ports.ts';
import type { RunSource } from '../../functions/core/run.ts';
import { milliseconds } from './calendar.ts';
import { timesOf, type Expected, type Rules } from './oracle.ts';
import { dueAfter, jobName, type Act } from './scenario.ts';
import { factOfRun } from './told.ts';

/*
 * What must become of what has deadlines of its own: the runs of a job with `finishesWithin`, and what must be followed.
 * From the definitions (docs/expectations.md) and from what was done to the world. Instants in epoch ms.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What has deadlines of its own, by the world's own account: a run, or something that must be followed. */
export interface Own {
  /** The id of the run; of what must be followed its key and when it came. */
  name: string;
  job: string;
  source: RunSource;
  startedAt: number;
  /** Infinity when it hangs for ever. */
  endedAt: number;
  failed: boolean;
  /** What is told of it, in order. */
  facts: readonly string[];
  /** How often its service is asked which runs there are, and until when it shows this one. */
  lookedEvery: number;
  shownUntil: number;
}

/** What is owed under the rules of one revision. */
export interface Owed {
  expected: Expected;
  /** While these rules held. */
  during: { rev: number; from: number; to: number };
  /** Whether these rules still held when it fell due: otherwise only a failure decides it before that. */
  governed: boolean;
  /** The revision before, if it was not put aside: what it watches is watched on, however long that takes already. */
  before: number | undefined;
  /** Whether its time was over before these rules began: then only what waited has another deadline. */
  isPast: boolean;
  /** Whether it was over before these rules began: nobody must ask for it any more. */
  isOver: boolean;
}

/** @param acts about the expectation */
export function runsOf(ref: ExpectationRef, acts: readonly Act[], finishesWithin: string): Own[] {
  const mine = acts.flatMap((act) => (act.do === 'run' ? [act] : []));
  const within = milliseconds(finishesWithin);
  return [...Map.groupBy(mine, ({ run }) => run)].flatMap(([run, facts]): Own[] => {
    const [first] = facts;
    const end = facts.find(({ phase }) => phase !== 'started');
    if (!first) return [];
    const endedAt = end?.at ?? Infinity;
    return [
      {
        ...{ name: run, job: jobName(ref.id), source: first.source, startedAt: first.startedAt, endedAt },
        failed: end?.phase === 'failed',
        facts: facts.map(factOfRun),
        lookedEvery: Math.min(HOUR, Math.max(5 * MINUTE, within / 3)),
        shownUntil: endedAt + within + HOUR,
      },
    ];
  });
}

function activeBefore(history: readonly Rules[], index: number): number | undefined {
  const before = history[index - 1];
  return before?.status === 'active' ? before.rev : undefined;
}

/**
 * The deadlines that a run may have: one under each revision that held while it ran. It is due so long after its start,
 * and not before the rules that say so.
 */
export function owedByRun({ name: run, startedAt, endedAt }: Own, history: readonly Rules[]): Owed[] {
  let anchor = 0;
  return history.flatMap((rules, index): Owed[] => {
    const { rev, body, status, changedAt } = rules;
    if (index === 0 || history[index - 1]?.status === 'deleted') anchor = changedAt;
    const within = body.job?.finishesWithin;
    const to = history[index + 1]?.changedAt ?? Infinity;
    if (status !== 'active' || within === undefined || startedAt > to) return [];
    const asked = startedAt + milliseconds(within);
    // What was overdue before anybody asked for it is nobody's.
    if (asked <= anchor) return [];
    const dueAt = Math.max(asked, changedAt + 1000);
    const times = timesOf(rules, { id: '', dueAt, date: '' }, {});
    const expected = { ...times, opensAt: startedAt - MINUTE, excused: false, run };
    return [
      {
        expected,
        during: { rev, from: changedAt, to },
        before: activeBefore(history, index),
        governed: dueAt <= to,
        isPast: false,
        isOver: endedAt <= changedAt,
      },
    ];
  });
}

/**
 * What came and must be followed; what has one key and comes in one second is one.
 * @param acts about the expectation
 */
export function followedOf(ref: ExpectationRef, acts: readonly Act[]): (Own & { order: string })[] {
  const begin = `in/${ref.id}/after-`;
  const came = acts.flatMap((act) => {
    const at = Math.floor(act.at / 1000) * 1000;
    if (act.do === 'event' && act.kind === `${ref.id}-after`)
      return [{ order: act.order ?? '', at, fact: act.event }];
    if (act.do !== 'put' || !act.key.startsWith(begin)) return [];
    return [{ order: act.key.slice(begin.length, -'.csv'.length), at, fact: act.etag }];
  });
  return [...Map.groupBy(came, ({ order, at }) => nameOfFollowed(order, at))].flatMap(([name, facts]) => {
    const [first] = facts;
    if (!first) return [];
    return [
      {
        ...{ name, order: first.order, job: '', source: 'custom', startedAt: first.at, endedAt: Infinity },
        ...{ failed: false, facts: facts.map(({ fact }) => fact), lookedEvery: 0, shownUntil: 0 },
      },
    ];
  });
}

export function nameOfFollowed(order: string, at: number): string {
  return `${order} of ${new Date(at).toISOString()}`;
}

/** The deadlines that it may have: one under each revision that held since it came. Each is reckoned from when it came. */
export function owedAfter({ order, startedAt }: Own & { order: string }, history: readonly Rules[]): Owed[] {
  return history.flatMap((rules, index): Owed[] => {
    const { rev, body, status, changedAt } = rules;
    const to = history[index + 1]?.changedAt ?? Infinity;
    if (status !== 'active' || !body.followUp || startedAt > to) return [];
    const asked = dueAfter(body.followUp, startedAt);
    const isPast = asked <= changedAt;
    const dueAt = isPast ? changedAt + 1000 : asked;
    const expected = {
      ...timesOf(rules, { id: '', dueAt, date: '' }, {}),
      opensAt: startedAt - 1000,
      excused: false,
      order,
    };
    return [
      {
        expected,
        during: { rev, from: changedAt, to },
        before: activeBefore(history, index),
        governed: dueAt <= to,
        isPast,
        isOver: false,
      },
    ];
  });
}
