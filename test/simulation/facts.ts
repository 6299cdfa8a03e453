import { deadlineId, type DeadlineRef } from '../../functions/core/deadline.ts';
import type { ExpectationRef } from '../../functions/app/ports.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import type { Expected, Rules } from './oracle.ts';
import type { Own } from './own.ts';
import type { Case, Glance, Judged, Piece } from './possible.ts';
import type { Played } from './run.ts';
import { subjectOfAct, UNASKED, type Act } from './scenario.ts';
import { factOfRun } from './told.ts';
import { pieceOf, type Looked } from './watch.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A judgement may begin this long before its verdict is written, where calls of ports are slow. */
const JUDGING = 5 * MINUTE;

/** A call takes no longer, and clocks are no further apart. */
const SLOW = 2 * MINUTE;

/** Longer than it takes until a sweep has done what a crash left undone, several times over. */
const SEEN_TO = 120 * MINUTE;

/** What a look so soon after checkAt shows counts as what was there at checkAt. */
const PROMPT = 10 * MINUTE;

/** A place that cannot be looked at is tried for so long at least. */
const LEAST_TRIED = 15 * MINUTE;

/** What could be known of one world, and when: what the oracle needs beside what was done to it. */
export class Facts {
  readonly #played: Played;
  readonly #looks: Map<string, Looked[]>;
  readonly #faults: Map<string, number[]>;
  readonly #acts: Map<string, Act[]>;

  constructor(played: Played) {
    this.#played = played;
    this.#acts = Map.groupBy(played.scenario.acts, subjectOfAct);
    this.#looks = Map.groupBy(played.watch.looks, ({ task }) => deadlineOf(task));
    this.#faults = new Map();
    for (const { caller, at } of played.machine.befallen)
      this.#faults.set(caller, [...(this.#faults.get(caller) ?? []), at]);
  }

  /** What was done about an expectation. */
  actsOf({ id }: ExpectationRef): readonly Act[] {
    return this.#acts.get(id) ?? [];
  }

  /** What came for an expectation, by the world's own account; of check-ins, which come when they are received, by the store's. */
  piecesOf(ref: ExpectationRef, history: readonly Rules[]): Piece[] {
    const evidence = this.#played.world.evidence.of(ref);
    const told = new Map<string, Told>();
    for (const one of evidence) {
      const tag = pieceOf(one);
      const [before, now] = [told.get(tag), this.#toldOf(ref, one)];
      if (!before || now.known < before.known) told.set(tag, now);
    }
    return [
      ...evidence.flatMap((one): Piece[] =>
        one.checkIn
          ? [{ id: one.id, at: one.at, signal: one.checkIn.signal, ...this.#toldOf(ref, one), ...UNSEEN }]
          : [],
      ),
      ...this.#objectsOf(ref, history, told),
      ...this.#runsAndEventsOf(ref, history, told),
    ];
  }

  #objectsOf(ref: ExpectationRef, history: readonly Rules[], told: ReadonlyMap<string, Told>): Piece[] {
    const there = new Map<string, Piece>();
    const pieces: Piece[] = [];
    for (const act of this.actsOf(ref)) {
      if (act.do !== 'put' && act.do !== 'remove') continue;
      const before = there.get(act.key);
      if (before) before.gone = act.at;
      there.delete(act.key);
      if (act.do === 'remove') continue;
      // S3 tells time in seconds: which of two in one second came first, nobody knows.
      const at = Math.floor(act.at / SECOND) * SECOND;
      const piece = {
        ...{ id: act.etag, at, key: act.key, size: act.size },
        ...{ ...this.#heardOf(ref, history, told, act.etag), came: act.at, gone: Infinity },
      };
      there.set(act.key, piece);
      pieces.push(piece);
    }
    return pieces;
  }

  #runsAndEventsOf(ref: ExpectationRef, history: readonly Rules[], told: ReadonlyMap<string, Told>): Piece[] {
    return this.actsOf(ref).flatMap((act): Piece[] => {
      if (act.do !== 'run' && act.do !== 'event') return [];
      const isRun = act.do === 'run';
      const id = isRun ? factOfRun(act) : act.event;
      const at = isRun ? act.at : Math.floor(act.at / SECOND) * SECOND;
      // Who is asked for its runs tells of all that there were.
      const shown = isRun && !UNASKED.has(act.source) ? { came: act.at, gone: Infinity } : UNSEEN;
      const what = isRun
        ? { run: act.run, phase: act.phase }
        : { kind: act.kind ?? ref.id, ...(act.order === undefined ? {} : { order: act.order }) };
      return [{ id, at, ...what, ...this.#heardOf(ref, history, told, id), ...shown }];
    });
  }

  /** Since when it can be known, by what is recorded and by which event went through. */
  #heardOf(
    ref: ExpectationRef,
    history: readonly Rules[],
    told: ReadonlyMap<string, Told>,
    id: string,
  ): Told {
    const message = this.#played.surroundings.delivered.get(id);
    const isHeard = message && this.#isListening(ref, history, message.began);
    const heard = isHeard ? { known: message.done, turn: 0, settled: message.done } : UNTOLD;
    const { known, turn, settled } = told.get(id) ?? heard;
    return { known, turn, settled: settled > known && isHeard ? Math.max(known, message.done) : settled };
  }

  /** Where something befell who recorded it, it is seen to by the end of the run. */
  #toldOf(ref: ExpectationRef, one: Evidence): Told {
    const { watch, endedAt } = this.#played;
    const recorded = watch.recorded(ref, one);
    if (!recorded) return UNTOLD;
    const { at: known, turn } = recorded;
    // Who looks for what follows, or for runs, writes it down and tells nobody: others see it when they look, if they do.
    if (one.source === 'look' && (one.keyed ?? one.run)) return { known, turn, settled: Infinity };
    return { known, turn, settled: this.#isTroubled(recorded.task, recorded.at) ? endedAt : known };
  }

  /** Whether events were asked for: until the deletion. */
  #isListening(ref: ExpectationRef, history: readonly Rules[], at: number): boolean {
    const last = history.findLast(({ changedAt }) => changedAt <= at);
    if (!last || last.status === 'deleted') return false;
    const deletion = history.findLast(({ status, rev }) => status === 'deleted' && rev < last.rev);
    return this.#played.watch.listening(ref).some((one) => one.rev > (deletion?.rev ?? 0) && one.at < at);
  }

  /**
   * Whether it was told of a run while certain rules held: by an event of it that went through, or by a look at the runs
   * of its job that showed it. Or it must have been, for it could be seen for so long.
   */
  isToldOf(ref: ExpectationRef, run: Own, during: { rev: number; from: number; to: number }): boolean {
    const { rev, from, to } = during;
    const { watch, surroundings } = this.#played;
    const heardFrom = Math.min(...watch.listening(ref).flatMap((one) => (one.rev === rev ? [one.at] : [])));
    const isHeard = run.facts.some((id) => {
      const message = surroundings.delivered.get(id);
      return message && message.began > heardFrom && message.done < to - SLOW;
    });
    if (isHeard) return true;
    if (UNASKED.has(run.source)) return false;
    const isShown = watch.looks.some(
      ({ glob, since, ok, at, task }) =>
        ok &&
        since !== undefined &&
        glob === run.job &&
        at > Math.max(from + SLOW, run.startedAt) &&
        at < to - SLOW &&
        run.endedAt > since &&
        !this.#isTroubled(task, at),
    );
    return isShown || this.#isVisibleForLong(run, during);
  }

  /** Runs are looked for now and then, and one that can be seen for longer than that must be found. */
  #isVisibleForLong(
    { startedAt, shownUntil, lookedEvery }: Own,
    { from, to }: { from: number; to: number },
  ): boolean {
    const { profile, scenario, calmAt, endedAt } = this.#played;
    const until = Math.min(shownUntil, to, endedAt);
    let begin = Math.max(startedAt, from);
    if (profile.refusedLook > 0) begin = Math.max(begin, calmAt);
    const outages = profile.outages.map(({ after, lasts }) => ({
      start: scenario.begin + after,
      end: scenario.begin + after + lasts,
    }));
    for (const { start, end } of outages.toSorted((a, b) => a.start - b.start)) {
      if (Math.min(start, until) - begin > lookedEvery + SEEN_TO) return true;
      begin = Math.max(begin, end);
    }
    return until - begin > lookedEvery + SEEN_TO;
  }

  /** When the failure of a run was told, if whoever told it must have judged at once; Infinity when nobody must. */
  failedAtOnce(
    ref: ExpectationRef,
    run: Own,
    during: { rev: number; from: number; to: number },
    plannedAt: number,
  ): number {
    const { watch, surroundings, profile } = this.#played;
    const heardFrom = Math.min(
      ...watch.listening(ref).flatMap((one) => (one.rev === during.rev ? [one.at] : [])),
    );
    const message = run.failed ? surroundings.delivered.get(run.facts.at(-1) ?? '') : undefined;
    const isRefused = !UNASKED.has(run.source) && profile.refusedLook > 0;
    const isTriedAgain = run.source === 'glue';
    if (
      !message ||
      isTriedAgain ||
      isRefused ||
      message.began < Math.max(heardFrom, plannedAt + SLOW) ||
      message.done > during.to - SLOW
    )
      return Infinity;
    return message.done;
  }

  caseOf(ref: ExpectationRef, deadline: Expected): Case {
    const { watch } = this.#played;
    const one = { team: ref.team, expectation: ref.id, ...deadline };
    const judged = watch.judged(one);
    const closedAt = watch.closed(one);
    return {
      deadline,
      place: placeOf(deadline),
      ...(judged ? { judged: this.#judged(one, deadline, judged) } : {}),
      glances: this.#glances(one),
      // Also by who was overtaken, for as long as it took to see that.
      held: watch
        .held(one)
        .filter((held) => judged?.task !== held.task || this.#isTroubled(held.task, held.at)),
      ...(closedAt === undefined ? {} : { closedAt }),
    };
  }

  #judged(ref: DeadlineRef, deadline: Expected, { at, task }: { at: number; task: string }): Judged {
    const { faults } = this.#played.profile;
    // After an outage a chain of older ones is judged between the look and the verdict.
    const [from, lookedFrom] = faults.slow > 0 ? [at - JUDGING, at - 3 * JUDGING] : [at, at - JUDGING];
    const looks = (this.#looks.get(task) ?? []).filter(
      (look) => look.at <= at && look.at >= lookedFrom && look.glob === globOf(deadline),
    );
    // Who judges others, too, may look for several deadlines: any of the looks may be this one's.
    const isOwn = task.startsWith(`check ${ref.team}/${ref.expectation}/${deadlineId(ref)} `);
    const mine = isOwn && this.#played.watch.verdictsOf(task) === 1 ? looks.slice(-1) : looks;
    return { at, from, looks: mine.flatMap((look) => kindOf(look, deadline)) };
  }

  /** The looks of those who wait for what is missed. */
  #glances(ref: DeadlineRef): Glance[] {
    const task = `advance ${ref.team}/${ref.expectation}/${deadlineId(ref)}`;
    return (this.#looks.get(task) ?? [])
      .filter(({ ok }) => ok)
      .map(({ at, task: whole }) => ({
        from: at,
        at,
        sure: !this.#isTroubled(whole, at),
      }));
  }

  /** Whether something befell who gave the deadline its verdict, right after that. */
  isJudgeTroubled(ref: DeadlineRef): boolean {
    const judged = this.#played.watch.judged(ref);
    const length = this.#played.profile.faults.slow > 0 ? JUDGING : 0;
    return judged !== undefined && this.#isTroubled(judged.task, judged.at, length);
  }

  /** Whether something befell who claimed the evidence after the verdict, right after that: the judge lets go of what was claimed before. */
  isClaimerTroubled(ref: DeadlineRef, one: Evidence): boolean {
    const { watch } = this.#played;
    const held = watch.held(ref).findLast(({ piece }) => piece === pieceOf(one));
    const judgedAt = watch.judged(ref)?.at ?? Infinity;
    return held !== undefined && held.at > judgedAt && this.#isTroubled(held.task, held.at);
  }

  /** Whether something befell the task soon after an instant. */
  #isTroubled(task: string, at: number, length = JUDGING): boolean {
    return this.#faults.get(task)?.some((fault) => fault >= at && fault <= at + length) ?? false;
  }
}

type Told = Pick<Piece, 'known' | 'turn' | 'settled'>;

const UNTOLD = { known: Infinity, turn: 0, settled: Infinity };
const UNSEEN = { came: Infinity, gone: Infinity };

function kindOf({ ok, asked }: Looked, { checkAt, giveUpAt }: Expected): Judged['looks'] {
  // Who was refused before that judges nothing: it looks again.
  if (!ok) return asked >= Math.max(giveUpAt, checkAt + LEAST_TRIED) ? ['refused'] : [];
  return [asked <= checkAt + PROMPT ? 'prompt' : 'late'];
}

function placeOf({ body: { file, job, followUp } }: Expected): Case['place'] {
  if (followUp && 'file' in followUp.by) return followUp.by.file.bucket === 'loud' ? 'covered' : 'open';
  if (file) return file.bucket === 'loud' ? 'covered' : 'open';
  return job && !UNASKED.has(job.source) ? 'covered' : 'told';
}

function globOf({ body: { file, job, followUp }, date, run, order }: Expected): string | undefined {
  if (followUp && order !== undefined)
    return 'file' in followUp.by ? followUp.by.file.key.replace('{*}', order) : undefined;
  return run ?? file?.key.replace('{yyyy-MM-dd}', date) ?? job?.name;
}

/** `advance team/id/occurrence~r1~2 #7`, of the second lifecycle, is of the same deadline as that of the first. */
function deadlineOf(task: string): string {
  return task.startsWith('advance ') ? task.slice(0, task.lastIndexOf('~')) : task;
}
