import { deadlineId, type Deadline } from '../../functions/core/deadline.ts';
import type { Befallen } from './machine.ts';
import type { Played } from './run.ts';
import type { Sent } from './watch.ts';
import { isByItself } from './verify-own.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The longest from what should happen to that it is told: a sweep, its slack, the times out of tasks and their repetition. */
const BOUND = 20 * MINUTE;

/** Longer than a lease of a channel, and than a call that is slow. */
const SENDING = 90 * SECOND;

/** What history shows that the promises do not allow, in words. */
export async function historyProblems(played: Played): Promise<string[]> {
  const problems: string[] = [];
  const sent = Map.groupBy(played.watch.sent, ({ message }) => message);
  for (const deadline of played.world.deadlines.all()) {
    const name = `${deadline.team}/${deadline.expectation} ${deadlineId(deadline)}`;
    const found = [...promptness(deadline, played), ...lateness(deadline, played)];
    problems.push(
      ...[...found, ...(await timelineOf(deadline, played, sent))].map((problem) => `${name} ${problem}`),
    );
  }
  return [...problems, ...copies(played), ...teamsApart(played), ...(await revisions(played))];
}

/** Judged no earlier than its time and, when nothing goes wrong any more, soon after it. */
function promptness(deadline: Deadline, { profile, calmAt }: Played): string[] {
  const { status, decidedAt, checkAt, plannedAt, cause } = deadline;
  if (status === 'pending' || status === 'cancelled' || decidedAt === undefined) return [];
  // Of a run that failed nothing more comes: see verify-runs.ts.
  if (decidedAt < checkAt - 2 * profile.skew && !isByItself(deadline))
    return [`was ${status} before its time`];
  const lateBy = decidedAt - Math.max(checkAt, plannedAt, calmAt);
  return lateBy > BOUND && cause === undefined
    ? [`was ${status} only ${lateBy / MINUTE} minutes after its time`]
    : [];
}

/** How late it came: in the breach, and in what people are told. */
function lateness(deadline: Deadline, { world, watch }: Played): string[] {
  const { team, expectation, breach, dueAt, evidence = [] } = deadline;
  if (breach?.status !== 'recovered') return [];
  const ref = { team, id: expectation };
  const near = world.evidence.of(ref, deadline.opensAt, deadline.lateUntil + MINUTE);
  const pieces = near.filter(({ id }) => evidence.includes(id));
  const cameAt = Math.max(...pieces.map(({ at }) => at));
  const told = watch.sent
    .flatMap(({ alerts }) => alerts)
    .filter(
      ({ id, type }) =>
        type === 'recovered' && id.startsWith(`${team}/${expectation}/${deadlineId(deadline)}/`),
    );
  const wrong = [breach.lateBy, ...told.map(({ lateBy }) => lateBy)].filter(
    (lateBy) => lateBy !== cameAt - dueAt,
  );
  return wrong.length > 0 ? [`came ${cameAt - dueAt} ms late, and is said to be ${wrong.join(', ')}`] : [];
}

/** Each transition once and in order; what was delivered was sent, under the id that stands there. */
async function timelineOf(
  deadline: Deadline,
  { world }: Played,
  sent: ReadonlyMap<string, readonly Sent[]>,
): Promise<string[]> {
  const entries = await world.timeline.of(deadline);
  const seqs = entries
    .flatMap((entry) => (entry.kind === 'transition' ? [entry.seq] : []))
    .toSorted((a, b) => a - b);
  const wanted = Array.from({ length: deadline.seq }, (_, index) => index + 1);
  const problems =
    String(seqs) === String(wanted)
      ? []
      : [`has ${deadline.seq} transitions, in its timeline ${String(seqs)}`];
  const name = `${deadline.team}/${deadline.expectation}/${deadlineId(deadline)}`;
  for (const entry of entries) {
    if (entry.kind !== 'delivery' || entry.status !== 'delivered') continue;
    const isSent = sent
      .get(entry.message)
      ?.some(
        ({ channel, alerts }) =>
          channel === entry.channel && alerts.some(({ id }) => id === `${name}/${entry.seq}`),
      );
    if (!isSent)
      problems.push(`has ${entry.seq} delivered to ${entry.channel} as ${entry.message}, and nobody got it`);
  }
  return problems;
}

/** A second copy only where something went wrong between sending and marking, and then of the same message. */
function copies({ watch, machine }: Played): string[] {
  const problems: string[] = [];
  const first = new Map<string, { at: number; message: string }>();
  for (const { at, team, channel, message, alerts } of watch.sent) {
    for (const { id } of alerts) {
      const key = `${channel} ${id}`;
      const before = first.get(key);
      if (!before) {
        first.set(key, { at, message });
        continue;
      }
      if (before.message !== message) problems.push(`${key} was sent as ${before.message} and as ${message}`);
      const isExplained = machine.befallen.some(
        (one) => isOfSending(one, `${team}/${channel}`) && one.at >= before.at - SENDING && one.at <= at,
      );
      if (!isExplained) problems.push(`${key} was sent twice, and nothing went wrong between`);
    }
  }
  return problems;
}

/** What befalls a send before it was sent, or after it was marked, explains nothing. */
function isOfSending({ task, call, fault }: Befallen, channel: string): boolean {
  const isSweep = task.includes('sweep');
  if (!isSweep && task !== `flush ${channel}`) return false;
  // A sweep does several things at once: one that crashes takes a send with it.
  if (isSweep && fault.startsWith('crash')) return true;
  // Whatever takes longer than the lease lets another one in.
  if (fault === 'slow') return true;
  if (call === 'senders.send') return fault === 'crash-after' || fault === 'error-after';
  return call === 'alerts.mark' && (fault === 'crash-before' || fault === 'error-before');
}

/** One team's alerts are nobody else's. */
function teamsApart({ watch }: Played): string[] {
  return watch.sent.flatMap(({ team, alerts }) =>
    alerts
      .filter((alert) => alert.team !== team || !alert.id.startsWith(`${team}/`))
      .map(({ id }) => `${id} was sent to ${team}`),
  );
}

async function revisions({ world }: Played): Promise<string[]> {
  const problems: string[] = [];
  for (const { team, id, revision } of world.registrations.all()) {
    const found = (await world.registrations.revisions({ team, id }))
      .map((one) => one.revision)
      .toSorted((a, b) => a - b);
    const wanted = Array.from({ length: revision }, (_, index) => index + 1);
    if (String(found) !== String(wanted)) problems.push(`${team}/${id} has the revisions ${String(found)}`);
  }
  return problems;
}
