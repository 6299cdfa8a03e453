import { couldUse, fitting, isFailure, isTooMany, seconds } from './oracle.ts';
import type { Case, End, Glance, Piece } from './possible.ts';

/** What has become of a deadline that was judged; `unlooked` when nobody had looked who should have. */
interface State {
  is: 'met' | 'missed' | 'excused' | 'undetermined' | 'unlooked';
  breach?: 'open' | 'recovered' | 'withdrawn' | 'closed' | 'never';
  /** That the run had failed was known when it was missed: nobody waits for that any more. */
  failed?: boolean;
  arrivedAt?: number;
  /** The numbers of the pieces that serve it. */
  serving: readonly number[];
}

/** What happens in the same instant, in this order; who is judged may still have seen held what is let go of. */
const RANKS = { held: 0, known: 1, settled: 2, judged: 3, released: 4, looked: 5 };

/** Something that happens. Of the same instant the lower rank is first. */
interface Moment {
  at: number;
  rank: number;
  turn?: number;
  act: (course: Course) => void;
  /** Numbers of the cases that it may change, and of those that nothing changes any more after it. */
  touches: readonly number[];
  lasts: number[];
}

/** The cases of a group and their pieces, known by their numbers in the lists, and everything that happens to them. */
export class Group {
  readonly cases: readonly Case[];
  readonly pieces: readonly Piece[];
  /** How each case may stand at the end. */
  readonly ends: readonly Set<End>[];
  readonly usable: readonly (readonly number[])[];
  readonly users: readonly (readonly number[])[];
  readonly moments: readonly Moment[];
  readonly #lastOf = new Map<number, number>();
  /** By case, the place of its judgement among the moments. */
  readonly judgedIn = new Map<number, number>();

  constructor(cases: readonly Case[], pieces: readonly Piece[]) {
    this.cases = cases;
    this.pieces = pieces;
    this.ends = cases.map(() => new Set<End>());
    this.users = pieces.map((piece) =>
      cases.flatMap(({ deadline }, number) => (couldUse(deadline, piece) ? [number] : [])),
    );
    const usable = cases.map((): number[] => []);
    for (const [piece, users] of this.users.entries())
      for (const number of users) usable[number]?.push(piece);
    this.usable = usable;
    for (const { known, turn } of pieces)
      this.#lastOf.set(known, Math.max(turn, this.#lastOf.get(known) ?? turn));
    this.moments = this.#inOrder();
  }

  #inOrder(): Moment[] {
    const all = [
      ...this.pieces.flatMap((_one, piece) => this.#momentsOfPiece(piece)),
      ...this.cases.flatMap((_one, number) => this.#momentsOf(number)),
    ];
    const moments = all
      .filter(({ at }) => at < Infinity)
      .toSorted((a, b) => a.at - b.at || a.rank - b.rank || (a.turn ?? 0) - (b.turn ?? 0));
    const lasts = new Map<number, Moment>();
    for (const [index, moment] of moments.entries()) {
      for (const number of moment.touches) lasts.set(number, moment);
      if (moment.rank === RANKS.judged) this.judgedIn.set(moment.touches[0] ?? -1, index);
    }
    for (const [number, moment] of lasts) moment.lasts.push(number);
    for (const number of this.cases.keys()) if (!lasts.has(number)) this.ends[number]?.add('pending');
    return moments;
  }

  #momentsOfPiece(number: number): Moment[] {
    const { known, turn, settled } = this.pieces[number] ?? { known: Infinity, turn: 0, settled: Infinity };
    const users = this.users[number] ?? [];
    // What is known before anybody was judged corrects nobody; a correction may let go of what others can use.
    const isEarly = users.every((one) => known < (this.cases[one]?.judged?.at ?? Infinity));
    const touches = isEarly && settled === known ? users : [...this.cases.keys()];
    const learnt: Moment = {
      ...{ at: known, rank: RANKS.known, turn, touches, lasts: [] },
      act: (course) => {
        course.learn(number);
      },
    };
    if (!this.mayWait(number)) return [learnt];
    const act: Moment['act'] = (course) => {
      course.settleLate(number);
    };
    return [learnt, { at: settled, rank: RANKS.settled, act, touches, lasts: [] }];
  }

  /** Whether others may be known before anybody looked at the piece. */
  mayWait(number: number): boolean {
    const { known, turn, settled } = this.pieces[number] ?? { known: 0, turn: 0, settled: 0 };
    return settled > known || turn < (this.#lastOf.get(known) ?? turn);
  }

  #momentsOf(number: number): Moment[] {
    const { judged, glances, held, closedAt } = this.cases[number] ?? { glances: [], held: [] };
    const near = [
      ...new Set([number, ...(this.usable[number] ?? []).flatMap((piece) => this.users[piece] ?? [])]),
    ];
    const moment = (at: number, rank: number, act: Moment['act'], touches = near) => ({
      ...{ at, rank, act, touches },
      lasts: [],
    });
    return [
      ...held.flatMap(({ piece: id, at, until }) => {
        const piece = this.pieces.findIndex((one) => one.id === id);
        if (piece < 0) return [];
        return [
          moment(at, RANKS.held, (course) => {
            course.hold(piece, number);
          }),
          moment(until, RANKS.held, (course) => {
            course.release(piece, number, 'perhaps');
          }),
          moment(until, RANKS.released, (course) => {
            course.release(piece, number);
          }),
        ];
      }),
      ...(judged
        ? [
            moment(judged.at, RANKS.judged, (course) => {
              course.judge(number);
            }),
          ]
        : []),
      ...(closedAt === undefined
        ? []
        : [
            moment(
              closedAt,
              RANKS.released,
              (course) => {
                course.close(number);
              },
              [number],
            ),
          ]),
      ...glances.map((glance) =>
        moment(glance.at, RANKS.looked, (course) => {
          course.look(number, glance);
        }),
      ),
    ];
  }
}

/** @param arrivedAt of what recovered it */
export function wordsOf(verdict: string, breach?: string, arrivedAt?: number): End {
  const when = breach === 'recovered' ? arrivedAt : undefined;
  return [verdict, breach, when].filter((part) => part !== undefined).join(' ');
}

/** One possible course of things: what has become of the cases and of the pieces up to a moment. */
export class Course {
  readonly #group: Group;
  readonly #states: Map<number, State>;
  readonly #claims: Map<number, number>;
  readonly #known: Set<number>;
  #index = -1;
  #now = -Infinity;
  #choose: () => boolean = () => false;

  constructor(group: Group, before?: Course) {
    this.#group = group;
    this.#states = new Map(before?.states());
    this.#claims = new Map(before?.claims());
    this.#known = new Set(before?.known());
  }

  states(): Iterable<[number, State]> {
    return [...this.#states].map(([number, state]): [number, State] => [number, { ...state }]);
  }

  claims(): Iterable<[number, number]> {
    return this.#claims;
  }

  known(): Iterable<number> {
    return this.#known;
  }

  /** The courses that things can take from here through the moment of an index. */
  *through(index: number): Generator<Course> {
    const moment = this.#group.moments[index];
    if (!moment) return;
    const choices: boolean[] = [];
    do {
      let asked = 0;
      const course = new Course(this.#group, this);
      course.#index = index;
      course.#now = moment.at;
      course.#choose = () => {
        if (asked === choices.length) choices.push(false);
        return choices[asked++] ?? false;
      };
      moment.act(course);
      for (const number of moment.lasts) course.#retire(number);
      yield course;
      choices.length = asked;
      while (choices.at(-1) === true) choices.pop();
      if (choices.length > 0) choices[choices.length - 1] = true;
    } while (choices.length > 0);
  }

  /** The same for courses that cannot differ any more in what is still to come. */
  key(): string {
    const inOrder = <T>([a]: readonly [number, T], [b]: readonly [number, T]) => a - b;
    return JSON.stringify([
      [...this.#states].toSorted(inOrder),
      [...this.#claims].toSorted(inOrder),
      [...this.#known].toSorted((a, b) => a - b),
    ]);
  }

  /** Of a case that nothing changes any more; the pieces that no other could use go with it. */
  #retire(number: number): void {
    const { ends, usable, users, judgedIn } = this.#group;
    const { is, breach, arrivedAt } = this.#states.get(number) ?? { is: 'pending' };
    ends[number]?.add(wordsOf(is, breach, arrivedAt));
    this.#states.delete(number);
    for (const piece of usable[number] ?? []) {
      const isWanted = users[piece]?.some(
        (user) => this.#states.has(user) || (judgedIn.get(user) ?? -1) > this.#index,
      );
      if (isWanted) continue;
      this.#claims.delete(piece);
      this.#known.delete(piece);
    }
  }

  #caseOf(number: number): Case {
    const one = this.#group.cases[number];
    if (!one) throw new RangeError(`no case ${number}`);
    return one;
  }

  hold(piece: number, number: number): void {
    if (!this.#claims.has(piece)) this.#claims.set(piece, number);
  }

  release(piece: number, number: number, sure: 'perhaps' | 'surely' = 'surely'): void {
    if (sure === 'perhaps' && this.#choose()) return;
    if (this.#claims.get(piece) !== number || this.#states.get(number)?.serving.includes(piece)) return;
    this.#claims.delete(piece);
    this.#reviewAll(this.#group.users[piece] ?? []);
  }

  /** Everybody can know of the piece; who has told them may have died before anybody looked at it. */
  learn(piece: number): void {
    this.#known.add(piece);
    if (!this.#group.mayWait(piece) || !this.#choose()) this.settle(piece);
  }

  settle(piece: number, read: ReadonlySet<number> = this.#known): void {
    const users = this.#group.users[piece] ?? [];
    this.#reviewAll(
      users.filter((number) => !this.#hasFollowed(number, piece)),
      read,
    );
  }

  /** Whoever was slow may have read when nothing else was known yet of what is by now. */
  settleLate(piece: number): void {
    const { pieces } = this.#group;
    const { known: from = Infinity } = pieces[piece] ?? {};
    const before = [...this.#known].filter((one) => (pieces[one]?.known ?? Infinity) <= from);
    const isSame = before.length === this.#known.size;
    this.settle(piece, !isSame && this.#choose() ? new Set(before) : this.#known);
  }

  /** Whether something is known to have followed before: who tells of that sees to it, and nobody who tells of the piece. */
  #hasFollowed(number: number, piece: number): boolean {
    const { pieces, usable } = this.#group;
    const { at = -Infinity } = pieces[piece] ?? {};
    if (this.#caseOf(number).deadline.order === undefined) return false;
    return (usable[number] ?? []).some((one) => this.#known.has(one) && (pieces[one]?.at ?? at) < at);
  }

  judge(number: number): void {
    const { deadline, judged } = this.#caseOf(number);
    if (!judged) return;
    const conclude = (is: State['is']) => {
      this.#states.set(number, { is, serving: this.#states.get(number)?.serving ?? [] });
    };
    if (deadline.excused) {
      conclude('excused');
      return;
    }
    // What becomes known while it is judged may or may not count.
    const usable = this.#group.usable[number] ?? [];
    const isMissing = (piece: number) => {
      const { known = Infinity } = this.#group.pieces[piece] ?? {};
      return known >= judged.from && known <= judged.at && this.#choose();
    };
    const read = new Set(usable.filter((piece) => this.#known.has(piece) && !isMissing(piece)));
    this.#reviewOlder(number, read);
    if (this.#take(number, read, deadline.limitAt)) conclude('met');
    else this.#judgeByLook(number, read, conclude);
    const unread = usable.filter((piece) => this.#known.has(piece) && !read.has(piece));
    this.#reviewAll([number, ...unread.flatMap((piece) => this.#group.users[piece] ?? [])]);
  }

  #judgeByLook(number: number, read: Set<number>, conclude: (is: State['is']) => void): void {
    const { deadline, judged, place } = this.#caseOf(number);
    if (!judged) return;
    const look = place === 'told' ? 'none' : this.#pick(judged.looks);
    if (look === undefined || look === 'refused') {
      conclude(look === undefined ? 'unlooked' : 'undetermined');
      return;
    }
    const shown = look === 'none' ? [] : this.#shown(number, judged);
    const seen = new Set([...read, ...shown]);
    if (shown.length > 0) this.#reviewOlder(number, seen);
    if (this.#take(number, seen, deadline.limitAt)) {
      conclude('met');
      return;
    }
    if (look === 'late' && place === 'open') {
      conclude('undetermined');
      return;
    }
    const failed = this.#hasFailed(number, seen, deadline.limitAt);
    this.#states.set(number, { is: 'missed', breach: 'open', serving: [], failed });
    this.#review(number, seen);
    // What was seen and did not suffice is kept.
    for (const piece of shown) this.#known.add(piece);
  }

  #pick<T>(several: readonly T[]): T | undefined {
    return several.find((_one, index) => index === several.length - 1 || this.#choose());
  }

  /** What a look shows of what the case could use. */
  #shown(number: number, { from, at }: { from: number; at: number }): number[] {
    return (this.#group.usable[number] ?? []).filter((one) => {
      const { came, gone } = this.#group.pieces[one] ?? { came: Infinity, gone: Infinity };
      if (came > at || gone <= from) return false;
      return (came < from && gone > at) || this.#choose();
    });
  }

  /** Somebody who waits for what is missed looks again. */
  look(number: number, glance: Glance): void {
    if (this.#states.get(number)?.breach !== 'open') return;
    const shown = this.#shown(number, glance);
    if (shown.length === 0 || (!glance.sure && !this.#choose())) return;
    const seen = new Set([...this.#known, ...shown]);
    const { deadline } = this.#caseOf(number);
    const isOver = fitting(deadline, this.#freeFor(number, seen), deadline.lateUntil) !== undefined;
    if (!isOver && !this.#hasFailed(number, seen)) return;
    this.#reviewOlder(number, seen);
    this.#review(number, seen);
  }

  /** A person ends the breach. */
  close(number: number): void {
    const state = this.#states.get(number);
    if (state?.breach === 'open') state.breach = 'closed';
  }

  #reviewAll(numbers: readonly number[], read: ReadonlySet<number> = this.#known): void {
    for (const number of [...new Set(numbers)].toSorted((a, b) => a - b)) this.#review(number, read);
  }

  #reviewOlder(number: number, read: ReadonlySet<number>): void {
    for (const older of this.#olderThan(number, [...read])) this.#review(older, read);
  }

  /** Older cases that could use some of the pieces, the oldest first. */
  #olderThan(number: number, pieces: readonly number[]): number[] {
    const users = pieces.flatMap((piece) => this.#group.users[piece] ?? []).filter((one) => one < number);
    return [...new Set(users)].toSorted((a, b) => a - b);
  }

  /** Proof that it was in time corrects it; what came late recovers it, if it still waits. */
  #review(number: number, read: ReadonlySet<number>): void {
    const state = this.#states.get(number);
    if (!state || state.breach === 'withdrawn') return;
    if (state.is !== 'missed' && state.is !== 'undetermined') return;
    const { deadline } = this.#caseOf(number);
    const proof = this.#take(number, read, deadline.limitAt);
    if (proof) {
      state.breach = 'withdrawn';
      this.#letGo(number, proof);
    } else if (state.breach === 'open') {
      const late = this.#take(number, read, deadline.lateUntil);
      if (!late) {
        if (!state.failed && this.#hasFailed(number, new Set([...read, ...this.#known])))
          state.breach = 'never';
        return;
      }
      state.breach = 'recovered';
      state.arrivedAt = Math.max(...late.map((piece) => this.#group.pieces[piece]?.at ?? 0));
    }
  }

  /** Whether it is known that the one run which is awaited ended without success, by an instant. */
  #hasFailed(number: number, known: ReadonlySet<number>, until = Infinity): boolean {
    const { deadline } = this.#caseOf(number);
    return [...known].some((one) => {
      const piece = this.#group.pieces[one];
      return piece && isFailure(deadline, piece) && seconds(piece.at) <= seconds(until);
    });
  }

  /** What had recovered it is there for others again. */
  #letGo(number: number, proof: readonly number[]): void {
    const late = [...this.#claims].flatMap(([piece, by]) =>
      by === number && !proof.includes(piece) ? [piece] : [],
    );
    for (const piece of late) this.#claims.delete(piece);
    this.#reviewAll(late.flatMap((piece) => this.#group.users[piece] ?? []));
  }

  #take(number: number, read: ReadonlySet<number>, until: number): number[] | undefined {
    const { deadline } = this.#caseOf(number);
    // Who has its verdict is seen in the light of all that is known.
    const all = this.#states.has(number) ? new Set([...read, ...this.#known]) : read;
    const facts = [...all].flatMap((piece) => this.#group.pieces[piece] ?? []);
    if (isTooMany(deadline, facts)) return undefined;
    const found = this.#earliest(deadline, this.#freeFor(number, read), until);
    if (!found || (this.#isOlderAtWork(number, found) && this.#choose())) return undefined;
    const taken = found.map(({ number: piece }) => piece);
    for (const piece of taken) this.#claims.set(piece, number);
    const state = this.#states.get(number);
    if (state) state.serving = taken;
    else this.#states.set(number, { is: 'met', serving: taken });
    return taken;
  }

  /** Which of two that came in one instant is taken, nobody says. */
  #earliest<T extends Piece>(deadline: Case['deadline'], free: readonly T[], until: number): T[] | undefined {
    const found = fitting(deadline, free, until);
    const isTied =
      found &&
      free.length > found.length &&
      free.some((one) => !found.includes(one) && found.some(({ at }) => at === one.at));
    if (!isTied || !this.#choose()) return found;
    return fitting(deadline, free, until, undefined, -1);
  }

  #freeFor(number: number, read: ReadonlySet<number>): (Piece & { number: number })[] {
    return (this.#group.usable[number] ?? []).flatMap((one) => {
      const piece = this.#group.pieces[one];
      return piece && read.has(one) && (this.#claims.get(one) ?? number) === number
        ? [{ ...piece, number: one }]
        : [];
    });
  }

  /** Whether an older deadline that could use some of it is being judged at this moment: it takes first. */
  #isOlderAtWork(number: number, found: readonly { number: number }[]): boolean {
    return this.#olderThan(
      number,
      found.map((one) => one.number),
    ).some((older) => {
      const { judged } = this.#caseOf(older);
      return judged && judged.from <= this.#now && (this.#group.judgedIn.get(older) ?? -1) > this.#index;
    });
  }
}
