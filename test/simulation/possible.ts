import { couldUse, type Expected, type Fact } from './oracle.ts';
import { between } from './sorted.ts';
import { Course, Group } from './course.ts';

/*
 * What can become of each deadline, by the definitions (docs/expectations.md), from what was done to the world and from
 * who could know what when. Where two orders of things are possible, both are followed.
 */

/** Something that came, and since when it can be known. */
export interface Piece extends Fact {
  /** Since when everybody can read of it without looking; never, when no event told of it. */
  known: number;
  /** Of what is known since the same instant, the lower is known first. */
  turn: number;
  /** When the deadlines that wait for it have been seen to, at the latest; later than `known` where something went wrong. */
  settled: number;
  /** Of an object: since when and until when a look shows it. */
  came: number;
  gone: number;
}

/** A look that was answered: it shows what was there at some instant from `from` to `at`. */
export interface Glance {
  from: number;
  at: number;
  /** Whether whoever looked lived to use it. */
  sure: boolean;
}

/** The judgement of a deadline, as the facts that the definitions need of it. */
export interface Judged {
  /** What was known before the first of these instants counted, what was known only after the second did not. */
  from: number;
  at: number;
  /** What came of looking, as far as can be told; several are possible when one task looked for several deadlines. */
  looks: readonly ('refused' | 'prompt' | 'late')[];
}

export interface Case {
  deadline: Expected;
  /** Whether more can be seen than what was told, and whether what came and went is seen, too. */
  place: 'told' | 'open' | 'covered';
  judged?: Judged | undefined;
  /** By those who wait for what is missed, in order of time. */
  glances: readonly Glance[];
  /** What was claimed for it by somebody who did not live to say so, or was slow about it. */
  held: readonly { piece: string; at: number; until: number }[];
  /** When a person ended the breach. */
  closedAt?: number | undefined;
}

/** How a deadline may stand at the end: `met`, `missed recovered 1793664000000` (when it came), `missed open`, ... */
export type End = string;

/** More courses of things than these are not followed at once. */
const MOST_COURSES = 64;

/** Nor are more tried in one moment. */
const MOST_TRIED = 5_000;

/**
 * All ends that are possible for each of the deadlines.
 * @param cases ascending by dueAt
 * @returns in the order of the cases; undefined where too many courses of things are possible
 */
export function possibleEnds(cases: readonly Case[], pieces: readonly Piece[]): (Set<End> | undefined)[] {
  const ends = cases.map((): Set<End> | undefined => undefined);
  for (const group of groupsOf(cases, pieces)) {
    const found = endsOf(
      group.cases.map((index) => cases[index]).filter((one) => one !== undefined),
      group.pieces,
    );
    for (const [nth, index] of group.cases.entries()) ends[index] = found?.[nth];
  }
  return ends;
}

interface Members {
  cases: number[];
  pieces: Piece[];
}

/** Deadlines that could use the same piece are decided together. */
function groupsOf(cases: readonly Case[], pieces: readonly Piece[]): Members[] {
  const groups = new Map<number, Members>(
    cases.map((_one, index) => [index, { cases: [index], pieces: [] }]),
  );
  const home = cases.map((_one, index) => index);
  // What came longer before or after a deadline than this is for none of them.
  const back = 1000 + Math.max(0, ...cases.map(({ deadline }) => deadline.dueAt - deadline.opensAt));
  const forth =
    1000 +
    Math.max(
      0,
      ...cases.map(({ deadline: { dueAt, limitAt, lateUntil } }) => Math.max(limitAt, lateUntil) - dueAt),
    );
  for (const piece of pieces) {
    const [begin, end] = between(cases, ({ deadline }) => deadline.dueAt, {
      from: piece.at - forth,
      to: piece.at + back,
    });
    const users = cases
      .slice(begin, end)
      .flatMap(({ deadline }, index) => (couldUse(deadline, piece) ? [begin + index] : []));
    const [first] = users;
    if (first === undefined) continue;
    const into = groups.get(home[first] ?? first);
    into?.pieces.push(piece);
    for (const index of users) {
      const from = groups.get(home[index] ?? index);
      if (!into || !from || from === into) continue;
      groups.delete(home[index] ?? index);
      into.cases.push(...from.cases);
      into.pieces.push(...from.pieces);
      for (const moved of from.cases) home[moved] = home[first] ?? first;
    }
  }
  return [...groups.values()].map((group) => ({
    ...group,
    cases: group.cases.toSorted((a, b) => a - b),
  }));
}

/** Follows all courses from moment to moment; those that have become alike go on as one. */
function endsOf(cases: readonly Case[], pieces: readonly Piece[]): readonly Set<End>[] | undefined {
  const group = new Group(cases, pieces);
  let courses = [new Course(group)];
  for (const index of group.moments.keys()) {
    const next = new Map<string, Course>();
    let tried = 0;
    for (const course of courses)
      for (const one of course.through(index)) {
        next.set(one.key(), one);
        // Twenty things that may or may not have been read in time are a million courses, most of them alike.
        if (++tried > MOST_TRIED || next.size > MOST_COURSES) return undefined;
      }
    courses = [...next.values()];
  }
  return group.ends;
}
