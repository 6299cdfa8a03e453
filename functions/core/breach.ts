import type { Alert, AlertType } from './alert.ts';
import {
  announce,
  deadlineId,
  isOfRun,
  openBreach,
  runOf,
  type Breach,
  type Deadline,
  type Transition,
} from './deadline.ts';
import { addDuration, duration } from './duration.ts';
import type { Evidence } from './evidence.ts';
import type { Expectation } from './expectation.ts';
import { failedAgain, pauseAfter } from './inconclusive.ts';
import { isLookedFor, matcherOf, serving, type Judgement } from './judge.ts';
import { triedUntil } from './look.ts';
import { describeEnd, describeExpected } from './seen.ts';
import { jobEvents } from './sources/index.ts';
import { MINUTE, toLocal, type Instant } from './time.ts';

export type Decided = Extract<Judgement, { is: 'met' | 'missed' | 'undetermined' | 'inconclusive' }>;

/** The pending deadline with what the judgement means for it. */
export function apply(
  deadline: Deadline,
  judgement: Decided,
  rules: Pick<Expectation, 'severity' | 'remindEvery'>,
  now: Instant,
): Deadline {
  const { inconclusive: _cleared, ...rest } = deadline;
  switch (judgement.is) {
    case 'met': {
      const { metAt, intoGrace } = judgement;
      return { ...rest, status: 'met', decidedAt: now, metAt, intoGrace, evidence: idsOf(judgement.serving) };
    }
    case 'missed':
      return open({ ...rest, status: 'missed', decidedAt: now }, judgement, rules, now);
    case 'undetermined': {
      const { cause } = judgement;
      const decided: Deadline = { ...rest, status: 'undetermined', decidedAt: now, cause };
      return announce(decided, { type: 'undetermined', at: now, seen: cause });
    }
    case 'inconclusive':
      return couldNotLook(deadline, judgement.cause, now);
  }
}

function open(
  deadline: Deadline,
  { reason, seen, run }: Extract<Judgement, { is: 'missed' }>,
  { severity, remindEvery }: Pick<Expectation, 'severity' | 'remindEvery'>,
  now: Instant,
): Deadline {
  const breach: Breach = {
    status: 'open',
    reason,
    severity,
    openedAt: now,
    seen,
    ...(run && !isOfRun(deadline) ? { run } : {}),
    nextActionAt: now,
    ...(isLookedFor(deadline) ? { lookAt: now + pauseAfter(0) } : {}),
    looks: 0,
    remindAt: addDuration(now, duration(remindEvery), deadline.timezone),
    generation: 1,
  };
  return announce({ ...deadline, breach }, { type: 'opened', at: now, seen, reason });
}

function couldNotLook(deadline: Deadline, cause: string, now: Instant): Deadline {
  const before = deadline.inconclusive;
  const atLatest = Math.max(triedUntil(deadline), now + MINUTE);
  const next = { ...deadline, inconclusive: failedAgain(before, cause, now, atLatest) };
  return before ? next : announce(next, { type: 'inconclusive', at: now, seen: cause });
}

/** Nothing is owed, or the rules changed before it was due. Nobody is told. */
export function dismiss(
  deadline: Deadline,
  status: 'excused' | 'cancelled',
  cause: string,
  now: Instant,
): Deadline {
  const { inconclusive: _cleared, ...rest } = deadline;
  return { ...rest, status, cause, decidedAt: now };
}

/** A deadline seen again in the light of further evidence, and what of it now serves it. */
export interface Reviewed {
  deadline: Deadline;
  serving: Evidence[];
}

/** Whether evidence can still change what is said of a deadline that has its verdict. */
export function isReviewable({ status, correction }: Pick<Deadline, 'status' | 'correction'>): boolean {
  return correction === undefined && (status === 'missed' || status === 'undetermined');
}

/**
 * What the evidence changes about a deadline: a late arrival recovers a missed one, proof that it was in time corrects
 * a missed or undetermined one. The verdict stays. @returns undefined when it changes nothing
 */
export function review(
  deadline: Deadline,
  evidence: readonly Evidence[],
  now: Instant,
): Reviewed | undefined {
  if (!isReviewable(deadline)) return undefined;
  const proof = serving(deadline, evidence, deadline.limitAt);
  if (proof) return { deadline: correct(deadline, proof, now), serving: proof };
  const { breach } = deadline;
  if (!breach) return undefined;
  const late = isWanting(breach) ? serving(deadline, evidence, deadline.lateUntil) : undefined;
  if (late) return { deadline: recover(deadline, breach, late, now), serving: late };
  const failure = openBreach(deadline) ? failureOf(deadline, evidence) : undefined;
  if (!failure) return undefined;
  const seen = `run ${describeEnd(deadline, failure)}`;
  return { deadline: end(deadline, breach, 'never', { type: 'gave-up', at: now, seen }), serving: [] };
}

/** That the one run which was awaited ended without success after the breach was opened: nothing more will come of it. */
function failureOf(deadline: Deadline, evidence: readonly Evidence[]): Evidence | undefined {
  const { awaits, breach } = deadline;
  if (awaits.kind !== 'run' || awaits.run === undefined || breach?.reason === 'failed') return undefined;
  const matches = matcherOf(deadline);
  return evidence.find((one) => one.run?.phase === 'ended' && one.rejected !== undefined && matches(one));
}

/** Whether a late arrival would end it. What came late may be told later still, after it was given up. */
export function isWanting(breach: Breach | undefined): boolean {
  return breach?.status === 'open' || breach?.status === 'never';
}

function recover(deadline: Deadline, breach: Breach, late: Evidence[], now: Instant): Deadline {
  const arrivedAt = latest(late);
  const lateBy = arrivedAt - deadline.dueAt;
  const arrivedAfter = Math.max(...late.map(({ at, after = at }) => after));
  const lateness = {
    lateBy,
    ...(arrivedAfter < arrivedAt ? { lateAtLeast: arrivedAfter - deadline.dueAt } : {}),
  };
  const ended: Deadline = {
    ...deadline,
    evidence: idsOf(late),
    breach: { ...breach, status: 'recovered', endedAt: now, arrivedAt, ...lateness },
  };
  return announce(ended, { type: 'recovered', at: now, seen: arrival(deadline, late), ...lateness });
}

/** What came late and had recovered it serves it no more. */
function correct(deadline: Deadline, proof: Evidence[], now: Instant): Deadline {
  const arrivedAt = latest(proof);
  const { evidence: _late, breach, ...rest } = deadline;
  const corrected: Deadline = {
    ...rest,
    correction: { outcome: 'met', at: now, arrivedAt, evidence: idsOf(proof) },
    ...(breach && {
      breach: { ...breach, status: 'withdrawn', endedAt: breach.endedAt ?? now, arrivedAt },
    }),
  };
  return announce(corrected, { type: 'withdrawn', at: now, seen: arrival(deadline, proof) });
}

function arrival(deadline: Deadline, by: readonly Evidence[]): string {
  const { timezone } = deadline;
  const last = by.reduce((a, b) => (b.at > a.at ? b : a));
  if (last.event) return `${last.event.source} "${last.event.detailType}" came ${toLocal(last.at, timezone)}`;
  if (last.run?.phase === 'ended') return `run ${describeEnd(deadline, last)}`;
  if (last.run) return `run ${last.run.run} began ${toLocal(last.at, timezone)}`;
  const what = last.object?.key ?? 'check-in';
  if (last.after === undefined) return `${what} came ${toLocal(last.at, timezone)}`;
  return `${what} came between ${toLocal(last.after, timezone)} and ${toLocal(last.at, timezone)}`;
}

/** What time alone changes about an open breach: a reminder, or that it is given up. */
export function elapse(
  deadline: Deadline,
  { remindEvery }: Pick<Expectation, 'remindEvery'>,
  now: Instant,
): Deadline {
  const breach = openBreach(deadline);
  if (!breach) return deadline;
  if (now >= deadline.giveUpAt)
    return end(deadline, breach, 'never', { type: 'gave-up', at: now, seen: breach.seen });
  if (breach.acknowledged) return deadline;
  const { muted, ...rest } = breach;
  const isUnmuted = muted !== undefined && now >= muted.until;
  if (!isUnmuted && now < breach.remindAt) return deadline;
  const remindAt = addDuration(now, duration(remindEvery), deadline.timezone);
  const told = { at: now, seen: breach.seen };
  return isUnmuted && muted.opened
    ? announce(
        { ...deadline, breach: { ...rest, remindAt } },
        { type: 'opened', reason: breach.reason, ...told },
      )
    : announce(
        { ...deadline, breach: { ...(isUnmuted ? rest : breach), remindAt } },
        { type: 'reminder', ...told },
      );
}

/** The deadline after what it had to tell was silenced: an open breach is told of when the mute ends. */
export function silenced(deadline: Deadline, until: Instant): Deadline {
  const quiet = { ...deadline, outbox: [] };
  const breach = openBreach(deadline);
  if (!breach) return quiet;
  const opened = breach.muted?.opened === true || deadline.outbox.some(({ type }) => type === 'opened');
  return untilNextAction({ ...quiet, breach: { ...breach, muted: { until, opened } } });
}

/** A person ends the breach. @returns undefined when it is not open */
export function close(deadline: Deadline, actor: string, now: Instant): Deadline | undefined {
  const breach = openBreach(deadline);
  return breach && end(deadline, breach, 'closed', { type: 'closed', at: now, seen: breach.seen, actor });
}

function end(
  deadline: Deadline,
  breach: Breach,
  status: 'never' | 'closed',
  told: Omit<Transition, 'seq'>,
): Deadline {
  return announce({ ...deadline, breach: { ...breach, status, endedAt: told.at } }, told);
}

/** The open breach after a look, with the time of the next one. */
export function looked(deadline: Deadline, now: Instant): Deadline {
  const breach = openBreach(deadline);
  if (!breach) return deadline;
  const looks = breach.looks + 1;
  // Before it is given up it is looked for once more.
  const lookAt = Math.min(now + pauseAfter(looks), Math.max(deadline.giveUpAt, now + MINUTE));
  return { ...deadline, breach: { ...breach, looks, lookAt } };
}

/** The open breach with the time at which its lifecycle must act next. */
export function untilNextAction(deadline: Deadline): Deadline {
  const breach = openBreach(deadline);
  if (!breach) return deadline;
  const { lookAt = Infinity, remindAt, acknowledged, muted } = breach;
  const tellAt = acknowledged ? Infinity : Math.min(remindAt, muted?.until ?? Infinity);
  const nextActionAt = Math.min(lookAt, tellAt, deadline.giveUpAt);
  return { ...deadline, breach: { ...breach, nextActionAt } };
}

/** The facts of one transition for those who are told. `link` is the address of the breach. */
export function alertOf(
  deadline: Deadline,
  transition: Transition,
  expectation: Expectation,
  link: string,
): Alert {
  const { team, occurrence, timezone, dueAt, limitAt, breach } = deadline;
  const { type, at, seen, reason, lateBy, lateAtLeast, actor, seq } = transition;
  return {
    id: `${team}/${deadline.expectation}/${deadlineId(deadline)}/${seq}`,
    type,
    at,
    team,
    expectation: deadline.expectation,
    ...(expectation.title === undefined ? {} : { title: expectation.title }),
    severity: expectation.severity,
    ...(expectation.runbook === undefined ? {} : { runbook: expectation.runbook }),
    occurrence,
    timezone,
    dueAt,
    limitAt,
    expected: describeExpected(deadline),
    seen,
    ...(reason === undefined ? {} : { reason }),
    ...(lateBy === undefined ? {} : { lateBy }),
    ...(lateAtLeast === undefined ? {} : { lateAtLeast }),
    ...(breach && type !== 'opened' ? { openedAt: breach.openedAt } : {}),
    ...(actor === undefined ? {} : { actor }),
    link,
    ...runLinkOf(deadline, type),
  };
}

/** By another run that came late it is recovered: that is not the one that was seen. */
function runLinkOf(deadline: Deadline, type: AlertType): { runLink?: string } {
  const run = runOf(deadline);
  const isOther = !isOfRun(deadline) && (type === 'recovered' || type === 'withdrawn');
  const runLink = run && !isOther ? jobEvents[run.source].link(run) : undefined;
  return runLink === undefined ? {} : { runLink };
}

function idsOf(evidence: readonly Evidence[]): string[] {
  return evidence.map(({ id }) => id);
}

function latest(evidence: readonly Evidence[]): Instant {
  return Math.max(...evidence.map(({ at }) => at));
}
