import { deadlineId, type Deadline, type DeadlineRef } from '../../functions/core/deadline.ts';
import type { ExpectationRef } from '../../functions/app/ports.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import type { Expected, Rules } from './oracle.ts';
import type { Case, Glance, Judged, Piece } from './possible.ts';
import type { Played } from './run.ts';
import { factOfRun } from './told.ts';
import { pieceOf, type Looked } from './watch.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A judgement may begin this long before its verdict is written, where calls of ports are slow. */
const JUDGING = 5 * MINUTE;

/** What a look so soon after checkAt shows counts as what was there at checkAt. */
const PROMPT = 10 * MINUTE;

/** A place that cannot be looked at is tried for so long at least. */
const LEAST_TRIED = 15 * MINUTE;

/** What could be known of one world, and when: what the oracle needs beside what was done to it. */
export class Facts {
  readonly #played: Played;
  readonly #looks: Map<string, Looked[]>;
  readonly #faults: Map<string, number[]>;
  readonly #planned: Map<string, Deadline[]>;

  constructor(played: Played) {
    this.#played = played;
    this.#looks = Map.groupBy(played.watch.looks, ({ task }) => deadlineOf(task));
    this.#planned = Map.groupBy(
      played.world.deadlines.all(),
      ({ team, expectation }) => `${team}/${expectation}`,
    );
    this.#faults = new Map();
    for (const { caller, at } of played.machine.befallen)
      this.#faults.set(caller, [...(this.#faults.get(caller) ?? []), at]);
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
    const { scenario } = this.#played;
    const there = new Map<string, Piece>();
    const pieces: Piece[] = [];
    for (const act of scenario.acts) {
      if ((act.do !== 'put' && act.do !== 'remove') || !act.key.startsWith(`in/${ref.id}/`)) continue;
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
    return this.#played.scenario.acts.flatMap((act): Piece[] => {
      if ((act.do !== 'run' && act.do !== 'event') || act.ref.id !== ref.id) return [];
      const isRun = act.do === 'run';
      const id = isRun ? factOfRun(act) : act.event;
      const at = isRun ? act.at : Math.floor(act.at / SECOND) * SECOND;
      // Who is asked for its runs tells of all that there were.
      const shown = isRun && act.source !== 'custom' ? { came: act.at, gone: Infinity } : UNSEEN;
      const what = isRun ? { phase: act.phase } : { kind: ref.id };
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
    const heard = isHeard ? { known: message.done, settled: message.done } : UNTOLD;
    const { known, settled } = told.get(id) ?? heard;
    return { known, settled: settled > known && isHeard ? Math.max(known, message.done) : settled };
  }

  /** Where something befell who recorded it, it is seen to by the end of the run. */
  #toldOf(ref: ExpectationRef, one: Evidence): Told {
    const { watch, endedAt } = this.#played;
    const recorded = watch.recorded(ref, one);
    if (!recorded) return UNTOLD;
    const isTroubled = this.#isTroubled(recorded.task, recorded.at);
    return { known: recorded.at, settled: isTroubled ? endedAt : recorded.at };
  }

  /** Whether events were asked for: from the first deadline on, which is planned thereafter, until the deletion. */
  #isListening(ref: ExpectationRef, history: readonly Rules[], at: number): boolean {
    const last = history.findLast(({ changedAt }) => changedAt <= at);
    if (!last || last.status === 'deleted') return false;
    const deletion = history.findLast(({ status, rev }) => status === 'deleted' && rev < last.rev);
    const planned = this.#planned.get(`${ref.team}/${ref.id}`) ?? [];
    return planned.some(({ rev, plannedAt }) => rev > (deletion?.rev ?? 0) && plannedAt < at - MINUTE);
  }

  caseOf(ref: ExpectationRef, deadline: Expected): Case {
    const { watch } = this.#played;
    const one = { team: ref.team, expectation: ref.id, ...deadline };
    const judged = watch.judged(one);
    const closedAt = watch.closed(one);
    return {
      deadline,
      place: placeOf(deadline),
      ...(judged ? { judged: this.#judged(deadline, judged) } : {}),
      glances: this.#glances(one),
      held: watch.held(one).filter((held) => this.#isTroubled(held.task, held.at)),
      ...(closedAt === undefined ? {} : { closedAt }),
    };
  }

  #judged(deadline: Expected, { at, task }: { at: number; task: string }): Judged {
    const { faults } = this.#played.profile;
    const from = faults.slow > 0 ? at - JUDGING : at;
    const looks = (this.#looks.get(task) ?? []).filter(
      (look) => look.at <= at && look.at >= at - JUDGING && look.glob === globOf(deadline),
    );
    // A task may look for several deadlines: any of the looks may be this one's.
    const mine = this.#played.watch.verdictsOf(task) > 1 || task.includes('sweep') ? looks : looks.slice(-1);
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

  /** Whether something befell the task soon after an instant. */
  #isTroubled(task: string, at: number, length = JUDGING): boolean {
    return this.#faults.get(task)?.some((fault) => fault >= at && fault <= at + length) ?? false;
  }
}

type Told = Pick<Piece, 'known' | 'settled'>;

const UNTOLD = { known: Infinity, settled: Infinity };
const UNSEEN = { came: Infinity, gone: Infinity };

function kindOf({ ok, asked }: Looked, { checkAt, giveUpAt }: Expected): Judged['looks'] {
  // Who was refused before that judges nothing: it looks again.
  if (!ok) return asked >= Math.max(giveUpAt, checkAt + LEAST_TRIED) ? ['refused'] : [];
  return [asked <= checkAt + PROMPT ? 'prompt' : 'late'];
}

function placeOf({ body: { file, job } }: Expected): Case['place'] {
  if (file) return file.bucket === 'loud' ? 'covered' : 'open';
  return job?.source === 'stepfunctions' ? 'covered' : 'told';
}

function globOf({ body: { file, job }, date }: Expected): string | undefined {
  return file?.key.replace('{yyyy-MM-dd}', date) ?? job?.name;
}

/** `advance team/id/occurrence~r1~2 #7`, of the second lifecycle, is of the same deadline as that of the first. */
function deadlineOf(task: string): string {
  return task.startsWith('advance ') ? task.slice(0, task.lastIndexOf('~')) : task;
}
