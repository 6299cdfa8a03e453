import { deadlineId, type Deadline } from '../../functions/core/deadline.ts';
import type { ExpectationRef } from '../../functions/app/ports.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import { Facts } from './facts.ts';
import { historyProblems } from './history.ts';
import { expected, fitting, isTooMany, silences, type Expected, type Fact, type Rules } from './oracle.ts';
import { wordsOf } from './course.ts';
import { muteProblems } from './verify-mutes.ts';
import { isByItself, ownerOf, verifyOwn } from './verify-own.ts';
import { possibleEnds, type Case, type End, type Piece } from './possible.ts';
import type { Played } from './run.ts';
import { between } from './sorted.ts';
import { isHoliday, type Body } from './scenario.ts';

/** The clocks of two workers are apart by no more. */
const SKEW = 2000;

/** Longer than a sweep and its slack, the times out and repetitions of its tasks included. */
const BOUND = 20 * 60_000;

/** A few calls that are slow, between a look and the verdict. */
const SLOW_JUDGE = 120_000;

/** What became of one world. */
export interface Verified {
  /** What the run did that the definitions do not allow, in words. */
  problems: string[];
  /** Deadlines whose time came, of how many of them the oracle allowed exactly one end. */
  compared: number;
  decided: number;
}

export async function verify(played: Played): Promise<Verified> {
  const verified = {
    problems: [...played.watch.violations, ...(await historyProblems(played))],
    compared: 0,
    decided: 0,
  };
  const facts = new Facts(played);
  const deadlines = Map.groupBy(played.world.deadlines.all(), nameOf);
  for (const { team, id } of played.world.registrations.all()) {
    const { problems, compared, decided } = await verifyOne(
      played,
      facts,
      { team, id },
      deadlines.get(`${team}/${id}`) ?? [],
    );
    verified.problems.push(...problems.map((problem) => `${team}/${id} ${problem}`));
    verified.compared += compared;
    verified.decided += decided;
  }
  verified.problems.push(...leftOver(played), ...alertProblems(played), ...muteProblems(played));
  return verified;
}

function nameOf({ team, expectation }: Deadline): string {
  return `${team}/${expectation}`;
}

async function verifyOne(
  played: Played,
  facts: Facts,
  ref: ExpectationRef,
  deadlines: readonly Deadline[],
): Promise<Verified> {
  const { world, endedAt } = played;
  const history = await historyOf(played, ref);
  const evidence = world.evidence
    .of(ref)
    .map((one) => ({ ...one, recordedAt: played.watch.knownAt(ref, one) }));
  const byClock = expected(history, endedAt - BOUND, isHoliday);
  const own = verifyOwn(played, facts, ref, { history, deadlines, bound: BOUND });
  const wanted = [...byClock, ...own.wanted];
  if (history.some(({ body }) => 'silentFor' in body.due)) {
    return {
      problems: silenceProblems(played, history, deadlines, evidence.map(factOf)),
      compared: 0,
      decided: 0,
    };
  }
  const others = deadlines.filter((one) => !isByItself(one));
  const problems = [...own.problems, ...existence(byClock, others, history, endedAt)];
  const byId = new Map(deadlines.map((deadline) => [deadlineId(deadline), deadline]));
  for (const one of wanted) {
    const deadline = byId.get(deadlineId(one));
    if (!deadline) continue;
    const say = (what: string) => problems.push(`${deadlineId(deadline)} ${what}`);
    const span = { from: one.opensAt - BOUND, to: one.lateUntil + BOUND };
    const near = evidence.slice(...between(evidence, ({ at }) => at, span));
    for (const what of timesProblems(one, deadline)) say(what);
    for (const what of verdictProblems(one, deadline, near, played)) say(what);
  }
  const past = wanted.filter(({ checkAt }) => checkAt < endedAt - BOUND);
  const ends = endProblems(played, { ref, facts, history, past, byId });
  return {
    ...ends,
    problems: [
      ...problems,
      ...ends.problems,
      ...claimProblems(deadlines, evidence),
      ...keptProblems(deadlines, evidence, facts),
    ],
  };
}

/** Compares how each deadline ended with how it may have. */
function endProblems(
  played: Played,
  {
    ref,
    facts,
    history,
    past,
    byId,
  }: {
    ref: ExpectationRef;
    facts: Facts;
    history: readonly Rules[];
    past: readonly Expected[];
    byId: ReadonlyMap<string, Deadline>;
  },
): Verified {
  const problems: string[] = [];
  let decided = 0;
  const cases = past.toSorted((a, b) => a.dueAt - b.dueAt).map((one) => facts.caseOf(ref, one));
  for (const [index, ends] of endsOf(cases, facts.piecesOf(ref, history)).entries()) {
    const one = cases[index];
    const deadline = one && byId.get(deadlineId(one.deadline));
    if (!one || !deadline) continue;
    if (one.closedAt !== undefined && !isAskedToClose(played, ref, history, one.closedAt))
      problems.push(`${deadlineId(deadline)} is closed, and nobody closed it`);
    if (!ends) continue;
    const allowed = new Set([...ends].flatMap((end) => finally_(end, one, history, played.endedAt)));
    if (allowed.size === 1) decided += 1;
    const is = endOf(deadline);
    const judgedAt = played.profile.faults.slow > 0 ? deadline.breach?.openedAt : undefined;
    if (![...allowed].some((end) => isAlike(end, is, judgedAt)))
      problems.push(`${deadlineId(deadline)} is ${is}, by the definitions ${[...allowed].join(' or ')}`);
  }
  return { problems, compared: cases.length, decided };
}

/**
 * A judge that is slow dates its look by its verdict: what came between the two, and is seen by the next look, is said
 * to have come since the verdict.
 * @param judgedAt of a judge that may have been slow
 */
function isAlike(end: string, is: string, judgedAt?: number): boolean {
  if (end === is) return true;
  const [one, other] = [end, is].map((words) => Number(/^missed recovered ([\d.]+)$/u.exec(words)?.[1]));
  if (judgedAt === undefined || one === undefined || other === undefined) return false;
  return one <= judgedAt + SKEW && one >= judgedAt - SLOW_JUDGE && other >= judgedAt - SKEW;
}

/** What serves the deadline of a run, or of something that must be followed, serves others, too: each is decided alone. */
function endsOf(cases: readonly Case[], pieces: readonly Piece[]): (Set<End> | undefined)[] {
  const byClock = cases.filter(({ deadline }) => !isOwned(deadline));
  const ends = new Map(possibleEnds(byClock, pieces).map((end, index) => [byClock[index], end]));
  return cases.map((one) => (isOwned(one.deadline) ? possibleEnds([one], pieces)[0] : ends.get(one)));
}

function isOwned({ run, order }: Expected): boolean {
  return run !== undefined || order !== undefined;
}

/** What becomes of a breach that nothing ends. */
function finally_(end: End, { deadline, judged }: Case, history: readonly Rules[], endedAt: number): End[] {
  if (end !== 'missed open') return [end];
  const { giveUpAt, checkAt } = deadline;
  const deletion = history.findLast(({ status }) => status === 'deleted');
  const deletedAt = deletion?.changedAt ?? -Infinity;
  // What is judged only when it was registered again is waited for as ever.
  const againAt = history.find(({ rev }) => rev > (deletion?.rev ?? Infinity))?.changedAt ?? Infinity;
  const isJudgedAfter = (judged?.at ?? -Infinity) > againAt - SKEW;
  if (deletedAt > checkAt - BOUND && deletedAt < giveUpAt - BOUND && !isJudgedAfter) return ['missed closed'];
  if (giveUpAt < endedAt - BOUND) return ['missed never'];
  return giveUpAt > endedAt ? ['missed open'] : ['missed open', 'missed never'];
}

function endOf({ status, breach, correction }: Deadline): End {
  return wordsOf(status, correction ? 'withdrawn' : breach?.status, breach?.arrivedAt);
}

/** A person closes a breach, or deletes what it is of. What opens after the deletion is closed at once. */
function isAskedToClose(
  { answered, scenario }: Played,
  ref: ExpectationRef,
  history: readonly Rules[],
  closedAt: number,
): boolean {
  if (history.some(({ status, changedAt }) => status === 'deleted' && changedAt <= closedAt + SKEW))
    return true;
  return scenario.acts.some((act) => {
    if (act.do !== 'close' || act.ref.id !== ref.id || act.at > closedAt) return false;
    return (answered.find((one) => one.act === act)?.answeredAt ?? Infinity) >= closedAt;
  });
}

function silenceProblems(
  { endedAt, profile }: Played,
  history: readonly Rules[],
  deadlines: readonly Deadline[],
  facts: readonly Fact[],
): string[] {
  const problems: string[] = [];
  const signs = facts.filter(({ signal }) => signal === 'success').map(({ at }) => at);
  const missed = deadlines.filter(({ status, correction }) => status === 'missed' && !correction);
  for (const one of missed) {
    const heard = signs.find(
      (at) =>
        Math.floor(at / 1000) > Math.floor(one.opensAt / 1000) &&
        Math.floor(at / 1000) <= Math.floor(one.limitAt / 1000),
    );
    if (heard !== undefined) problems.push(`${deadlineId(one)} is missed although heard of at ${iso(heard)}`);
  }
  const pending = deadlines.filter(({ status }) => status === 'pending');
  for (const one of pending)
    if (one.checkAt < endedAt - BOUND) problems.push(`${deadlineId(one)} is still pending`);
  const [first, ...more] = history;
  if (!first || more.length > 0 || profile.skew > 0 || profile.faults.slow > 0) return problems;
  const wanted = silences(first, signs, endedAt - BOUND).map(iso);
  const found = missed
    .map(({ dueAt }) => dueAt)
    .filter((dueAt) => dueAt <= endedAt - BOUND)
    .toSorted((a, b) => a - b)
    .map(iso);
  if (wanted.join() !== found.filter((due) => wanted.includes(due) || due < iso(endedAt - 2 * BOUND)).join())
    problems.push(`was silent too long at ${found.join(', ')}, by the definitions ${wanted.join(', ')}`);
  return problems;
}

export async function historyOf({ world }: Played, ref: { team: string; id: string }): Promise<Rules[]> {
  const revisions = await world.registrations.revisions(ref);
  return revisions
    .filter(({ rev, revision }) => rev === revision)
    .map(({ rev, status, changedAt, expectation }) => ({
      rev,
      status,
      changedAt,
      body: expectation as unknown as Body,
    }))
    .toSorted((a, b) => a.rev - b.rev);
}

function factOf({ id, at, object, checkIn, run, event, keyed, rejected }: Evidence): Fact {
  const ended = rejected === undefined ? 'succeeded' : 'failed';
  return {
    ...{ id, at },
    ...(run ? { run: run.run, phase: run.phase === 'ended' ? ended : run.phase } : {}),
    ...(event ? { kind: event.detailType } : {}),
    ...(event && keyed ? { order: keyed.key } : {}),
    ...(object ? { key: object.key, size: object.size } : {}),
    ...(checkIn ? { signal: checkIn.signal } : {}),
  };
}

function existence(
  wanted: readonly Expected[],
  deadlines: readonly Deadline[],
  history: readonly Rules[],
  endedAt: number,
): string[] {
  const problems: string[] = [];
  const key = ({ occurrence, rev }: { occurrence: string; rev: number }) => `${occurrence}~r${rev}`;
  const there = new Set(deadlines.map(key));
  for (const one of wanted) if (!there.has(key(one))) problems.push(`${key(one)} has no deadline`);
  const known = new Set(wanted.map(key));
  for (const one of deadlines) {
    if (known.has(key(one)) || one.dueAt > endedAt - BOUND) continue;
    const replacedAt = history.find(({ rev }) => rev > one.rev)?.changedAt ?? Infinity;
    if (one.status !== 'cancelled') problems.push(`${key(one)} is ${one.status} and nobody asked for it`);
    else if (one.dueAt <= replacedAt)
      problems.push(`${key(one)} is cancelled and was due before the rules changed`);
  }
  return problems;
}

function timesProblems(one: Expected, deadline: Deadline): string[] {
  const names = ['dueAt', 'opensAt', 'limitAt', 'checkAt', 'lateUntil', 'giveUpAt'] as const;
  return names
    .filter((name) => one[name] !== deadline[name])
    .map((name) => `${name} is ${iso(deadline[name])}, not ${iso(one[name])}`);
}

/** What must hold whatever was known when. */
function verdictProblems(
  one: Expected,
  deadline: Deadline,
  evidence: readonly Evidence[],
  played: Played,
): string[] {
  const { status, breach, correction } = deadline;
  const id = deadlineId(deadline);
  const mine = (isOwned(one) ? evidence : free(evidence, id)).map(factOf);
  const tooMany = isTooMany(one, evidence.map(factOf));
  const inTime = tooMany ? undefined : fitting(one, mine, one.limitAt);
  const problems: string[] = [];
  if (status === 'pending' && one.checkAt < played.endedAt - BOUND) problems.push('is still pending');
  if (status !== 'pending' && (status === 'excused') !== one.excused)
    problems.push(`is ${status}, excused is ${one.excused}`);
  if (status === 'cancelled') problems.push('is cancelled, and its rules governed');
  if (status === 'met')
    problems.push(...servedProblems(one, deadline.evidence ?? [], evidence, id, one.limitAt));
  if (correction) problems.push(...servedProblems(one, correction.evidence, evidence, id, one.limitAt));
  if (status === 'missed' && !correction && inTime)
    problems.push(`is missed although ${inTime.map((fact) => fact.id).join(', ')} came in time`);
  if (correction && breach && breach.status !== 'withdrawn')
    problems.push(`is corrected and ${breach.status}`);
  if (status === 'missed' && !breach) problems.push('is missed without a breach');
  if (breach?.status === 'recovered')
    problems.push(...servedProblems(one, deadline.evidence ?? [], evidence, id, one.lateUntil));
  if (breach?.status === 'never') {
    const { endedAt = 0 } = breach;
    // What the look of another deadline shows afterwards is told to nobody.
    const isShownAfter = ({ source, recordedAt }: Evidence) => source === 'look' && recordedAt > endedAt;
    const unknown = new Set(evidence.filter(isShownAfter).map(({ id }) => id));
    const known = mine.filter(({ id }) => !unknown.has(id));
    const late = tooMany ? undefined : fitting(one, known, one.lateUntil);
    if (late) problems.push(`was given up although ${late.map((fact) => fact.id).join(', ')} came`);
    if (endedAt < one.giveUpAt && !hasFailed(one, played, endedAt)) problems.push('was given up too early');
  }
  if (breach?.status === 'open' && one.giveUpAt < played.endedAt - BOUND)
    problems.push('is open after it should be given up');
  return problems;
}

/** Whether the one run that is awaited had ended without success by an instant, and nothing more was to come. */
function hasFailed({ run }: Expected, { scenario }: Played, until: number): boolean {
  return scenario.acts.some(
    (act) => act.do === 'run' && act.run === run && act.phase === 'failed' && act.at <= until + SKEW,
  );
}

/** What no other deadline uses. The look and the event of one upload, which has an ETag of its own here, are one fact. */
function free(evidence: readonly Evidence[], deadline: string): Evidence[] {
  const taken = evidence.filter(({ claimedBy }) => claimedBy !== undefined && claimedBy !== deadline);
  const tags = new Set(taken.map(({ object }) => object?.etag).filter((etag) => etag !== undefined));
  return evidence.filter((one) => !taken.includes(one) && !(one.object && tags.has(one.object.etag)));
}

function servedProblems(
  one: Expected,
  ids: readonly string[],
  evidence: readonly Evidence[],
  deadline: string,
  until: number,
): string[] {
  const pieces = evidence.filter(({ id }) => ids.includes(id));
  const problems = pieces.length === ids.length ? [] : ['is served by evidence that is not recorded'];
  if (!isOwned(one) && pieces.some(({ claimedBy }) => claimedBy !== deadline))
    problems.push('is served by what it has not claimed');
  if (!fitting(one, pieces.map(factOf), until))
    problems.push(`is served by what does not suffice: ${ids.join(', ')}`);
  return problems;
}

function claimProblems(deadlines: readonly Deadline[], evidence: readonly Evidence[]): string[] {
  const users = new Map<string, string[]>();
  const tags = new Map(evidence.map(({ id, object }) => [id, object?.etag]));
  for (const deadline of deadlines) {
    if (ownerOf(deadline) !== undefined) continue;
    const used = [...(deadline.evidence ?? []), ...(deadline.correction?.evidence ?? [])];
    // An upload has an ETag of its own here: its event and its look are one.
    for (const id of new Set(used.map((name) => tags.get(name) ?? name)))
      users.set(id, [...(users.get(id) ?? []), deadlineId(deadline)]);
  }
  const known = new Set(evidence.map(({ id, object }) => object?.etag ?? id));
  return [...users].flatMap(([id, by]) => [
    ...(by.length > 1 ? [`${id} serves ${by.join(' and ')}`] : []),
    ...(known.has(id) ? [] : [`${id} is used and not recorded`]),
  ]);
}

/** What a deadline has claimed and does not use is lost for all others. Only who dies between claiming, saying so and letting go may leave it so. */
function keptProblems(deadlines: readonly Deadline[], evidence: readonly Evidence[], facts: Facts): string[] {
  const byId = new Map(deadlines.map((deadline) => [deadlineId(deadline), deadline]));
  // An upload has an ETag of its own here: its event and its look are one.
  const tags = new Map(evidence.map(({ id, object }) => [id, object?.etag]));
  return evidence.flatMap((one) => {
    const { id, claimedBy, object } = one;
    const deadline = claimedBy === undefined ? undefined : byId.get(claimedBy);
    if (!deadline || deadline.status === 'pending' || facts.isJudgeTroubled(deadline)) return [];
    if (facts.isClaimerTroubled(deadline, one)) return [];
    // It may prove still that it was in time.
    const isWanted =
      deadline.status === 'undetermined' && Math.floor(one.at / 1000) <= Math.floor(deadline.limitAt / 1000);
    if (isWanted) return [];
    const names = [...(deadline.evidence ?? []), ...(deadline.correction?.evidence ?? [])];
    const used = new Set(names.map((name) => tags.get(name) ?? name));
    return used.has(object?.etag ?? id) ? [] : [`${deadlineId(deadline)} keeps ${id}, and does not use it`];
  });
}

/** Nothing may be left to do when nothing has gone wrong for long. */
function leftOver({ world, machine, endedAt }: Played): string[] {
  const due = world.todos.all().filter(({ at }) => at < endedAt - BOUND);
  return [
    ...due.map(({ key }) => `left to do: ${key}`),
    ...machine.runningSince(endedAt - BOUND).map((name) => `${name} never ended`),
    ...world.deadlines
      .all()
      .filter(({ outbox }) => outbox.length > 0)
      .map((one) => `${one.expectation} ${deadlineId(one)} is not told`),
  ];
}

/** Every transition reaches each channel. */
function alertProblems({ world, watch }: Played): string[] {
  const sent = new Set(
    watch.sent.flatMap(({ channel, alerts }) => alerts.map(({ id }) => `${channel} ${id}`)),
  );
  return world.deadlines.all().flatMap(({ team, expectation, seq, ...deadline }) => {
    const { notify = [] } = world.registrations.now({ team, id: expectation })?.expectation ?? {};
    const handed = watch.handed({ team, expectation, ...deadline });
    const isTold = (one: number) => handed.some((other) => other.seq === one && other.isTold);
    const seqs = Array.from({ length: seq }, (_, index) => index + 1);
    const isSilenced = (one: number) => handed.some((other) => other.seq === one) && !isTold(one);
    const keys = seqs
      .filter((one) => !isSilenced(one))
      .map((one) =>
        notify.map((channel) => `${channel} ${team}/${expectation}/${deadlineId(deadline)}/${one}`),
      )
      .flat();
    return keys.filter((key) => !sent.has(key)).map((key) => `${key} was never sent`);
  });
}

function iso(instant: number): string {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : String(instant);
}
