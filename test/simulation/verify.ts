import { deadlineId, type Deadline } from '../../functions/core/deadline.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import {
  expected,
  fitting,
  silences,
  truths,
  type Expected,
  type Fact,
  type Rules,
  type Truth,
} from './oracle.ts';
import { historyProblems } from './history.ts';
import type { Played } from './run.ts';
import type { Watch } from './watch.ts';
import { HOLIDAYS, type Body } from './scenario.ts';

const isHoliday = (calendar: string, date: string) =>
  Object.entries(HOLIDAYS).some(([name, days]) => name === calendar && date in days);

/** Longer than a sweep and its slack, the times out and repetitions of its tasks included. */
const BOUND = 20 * 60_000;

/** What the run did that the definitions do not allow, in words. */
export async function verify(played: Played): Promise<string[]> {
  const problems = [...played.watch.violations, ...(await historyProblems(played))];
  for (const { team, id } of played.world.registrations.all()) {
    const found = await verifyOne(played, { team, id });
    problems.push(...found.map((problem) => `${team}/${id} ${problem}`));
  }
  return [...problems, ...leftOver(played), ...alertProblems(played)];
}

async function verifyOne(played: Played, ref: { team: string; id: string }): Promise<string[]> {
  const { world, endedAt } = played;
  const history = await historyOf(played, ref);
  const deadlines = world.deadlines
    .all()
    .filter(({ team, expectation }) => team === ref.team && expectation === ref.id);
  const evidence = world.evidence
    .of(ref)
    .map((one) => ({ ...one, recordedAt: played.watch.knownAt(ref, one) }));
  const facts = evidence.map(factOf);
  const wanted = expected(history, endedAt - BOUND, isHoliday);
  if (history.some(({ body }) => 'silentFor' in body.due)) {
    return silenceProblems(played, history, deadlines, facts);
  }
  const problems = existence(wanted, deadlines, history, endedAt);
  const exact = isExact(played, ref, history, evidence)
    ? truths(wanted, truthFacts(played, ref, facts))
    : undefined;
  const byId = new Map(deadlines.map((deadline) => [deadlineId(deadline), deadline]));
  for (const [index, one] of wanted.entries()) {
    const deadline = byId.get(deadlineId(one));
    if (!deadline) continue;
    const say = (what: string) => problems.push(`${deadlineId(deadline)} ${what}`);
    const near = evidence.filter(({ at }) => at >= one.opensAt - BOUND && at <= one.lateUntil + BOUND);
    for (const what of timesProblems(one, deadline)) say(what);
    for (const what of verdictProblems(one, deadline, near, played)) say(what);
    for (const what of elderProblems(one, deadline, { deadlines, evidence: near, watch: played.watch }))
      say(what);
    const truth = exact?.[index];
    if (truth && one.checkAt < endedAt - BOUND)
      for (const what of againstTruth(truth, one, deadline, endedAt)) say(what);
  }
  return [...problems, ...claimProblems(deadlines, evidence)];
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

async function historyOf({ world }: Played, ref: { team: string; id: string }): Promise<Rules[]> {
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

function factOf({ id, at, object, checkIn }: Evidence): Fact {
  return {
    ...{ id, at },
    ...(object ? { key: object.key, size: object.size } : {}),
    ...(checkIn ? { signal: checkIn.signal } : {}),
  };
}

/** What came by the world's own account; of check-ins, which come when they are received, by the store's. */
function truthFacts({ scenario }: Played, { id }: { id: string }, facts: readonly Fact[]): Fact[] {
  const isHere = facts.some(({ signal }) => signal !== undefined);
  if (isHere) return [...facts];
  return scenario.acts.flatMap((act) => {
    if (act.do !== 'put' || !act.key.startsWith(`in/${id}/`)) return [];
    // S3 tells time in seconds: which of two in one second came first, nobody knows.
    const at = Math.floor(act.at / 1000) * 1000;
    return [{ id: `${at} ${act.etag}`, at, key: act.key, size: act.size }];
  });
}

/** Whether everything that came was known so soon that nothing but the definitions decides. */
function isExact(
  { scenario, profile, answered }: Played,
  ref: { team: string; id: string },
  history: readonly Rules[],
  evidence: readonly Evidence[],
): boolean {
  const [first] = history;
  if (!first || profile.refusedLook > 0 || profile.skew > 0) return false;
  if (answered.some(({ act }) => act.do === 'close' && act.ref.id === ref.id)) return false;
  if (history.some(({ status }) => status === 'deleted')) return false;
  const { file } = first.body;
  if (!file) return evidence.every(({ at, recordedAt }) => recordedAt === at) && profile.faults.slow === 0;
  if (file.bucket !== 'loud') return false;
  const puts = scenario.acts.filter((act) => act.do === 'put' && act.key.startsWith(`in/${ref.id}/`));
  const events = evidence.filter(({ source }) => source === 'event');
  const soon = events.every(({ at, recordedAt }) => recordedAt - at <= 14_000);
  return soon && puts.every(({ at }) => events.some((one) => one.at === Math.floor(at / 1000) * 1000));
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
  const mine = free(evidence, id).map(factOf);
  const inTime = fitting(one, mine, one.limitAt);
  const problems: string[] = [];
  if (status === 'pending' && !deadline.inconclusive && one.checkAt < played.endedAt - BOUND)
    problems.push('is still pending');
  if (status !== 'pending' && (status === 'excused') !== one.excused)
    problems.push(`is ${status}, excused is ${one.excused}`);
  if (status === 'cancelled') problems.push('is cancelled, and its rules governed');
  if (status === 'undetermined' && one.body.file?.bucket === 'loud' && played.profile.refusedLook === 0)
    problems.push('is undetermined in a bucket that sends events');
  if (status === 'met')
    problems.push(...servedProblems(one, deadline.evidence ?? [], evidence, id, one.limitAt));
  if (correction) problems.push(...servedProblems(one, correction.evidence, evidence, id, one.limitAt));
  if (status === 'missed' && !correction && inTime)
    problems.push(`is missed although ${inTime.map((fact) => fact.id).join(', ')} came in time`);
  if (status === 'missed' && !breach) problems.push('is missed without a breach');
  if (breach?.status === 'recovered')
    problems.push(...servedProblems(one, deadline.evidence ?? [], evidence, id, one.lateUntil));
  if (breach?.status === 'never') {
    const late = fitting(one, mine, one.lateUntil);
    if (late) problems.push(`was given up although ${late.map((fact) => fact.id).join(', ')} came`);
    if ((breach.endedAt ?? 0) < one.giveUpAt) problems.push('was given up too early');
  }
  if (breach?.status === 'open' && one.giveUpAt < played.endedAt - BOUND)
    problems.push('is open after it should be given up');
  return problems;
}

/** What came for a deadline that is given up must not have gone to a younger one that knew all of it. */
function elderProblems(
  one: Expected,
  { breach, team, expectation }: Deadline,
  {
    deadlines,
    evidence,
    watch,
  }: { deadlines: readonly Deadline[]; evidence: readonly Evidence[]; watch: Watch },
): string[] {
  if (breach?.status !== 'never') return [];
  const elder = new Set(deadlines.filter(({ dueAt }) => dueAt < one.dueAt).map(deadlineId));
  const taken = evidence.filter(({ claimedBy }) => claimedBy !== undefined && elder.has(claimedBy));
  const tags = new Set(taken.flatMap(({ object }) => (object ? [object.etag] : [])));
  const could = evidence.filter(
    (piece) =>
      piece.recordedAt <= (breach.endedAt ?? 0) &&
      !taken.includes(piece) &&
      !(piece.object && tags.has(piece.object.etag)),
  );
  const late = fitting(one, could.map(factOf), one.lateUntil);
  if (!late) return [];
  const ref = { team, id: expectation };
  const goneAt = Math.min(...late.map((fact) => watch.claimedAt(ref, fact) ?? Infinity));
  const known = new Set(could.filter(({ recordedAt }) => recordedAt <= goneAt).map(({ id }) => id));
  if (late.some(({ id }) => !known.has(id))) return [];
  return [`was given up, and ${late.map(({ id }) => id).join(', ')} went to a younger one`];
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
  if (pieces.some(({ claimedBy }) => claimedBy !== deadline))
    problems.push('is served by what it has not claimed');
  if (!fitting(one, pieces.map(factOf), until))
    problems.push(`is served by what does not suffice: ${ids.join(', ')}`);
  return problems;
}

function againstTruth(
  truth: Truth,
  one: Expected,
  { status, breach, correction }: Deadline,
  endedAt: number,
): string[] {
  const is = [status, breach?.status].filter(Boolean).join(' ');
  const allowed = {
    excused: ['excused'],
    met: ['met'],
    recovered: ['missed recovered'],
    absent: one.giveUpAt < endedAt - BOUND ? ['missed never'] : ['missed never', 'missed open'],
  }[truth.is];
  // What is found too late to be judged in time may still be open when the run ends.
  if (!allowed.includes(is) || correction)
    return [`is ${is}${correction ? ' corrected' : ''}, by the definitions ${allowed.join(' or ')}`];
  if (truth.is !== 'recovered' || breach?.arrivedAt === truth.arrivedAt) return [];
  return [`came ${iso(breach?.arrivedAt ?? 0)}, by the definitions ${iso(truth.arrivedAt)}`];
}

function claimProblems(deadlines: readonly Deadline[], evidence: readonly Evidence[]): string[] {
  const users = new Map<string, string[]>();
  const tags = new Map(evidence.map(({ id, object }) => [id, object?.etag]));
  for (const deadline of deadlines) {
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
    const keys = Array.from({ length: seq }, (_, index) =>
      notify.map((channel) => `${channel} ${team}/${expectation}/${deadlineId(deadline)}/${index + 1}`),
    ).flat();
    return keys.filter((key) => !sent.has(key)).map((key) => `${key} was never sent`);
  });
}

function iso(instant: number): string {
  return Number.isFinite(instant) ? new Date(instant).toISOString() : String(instant);
}
