import { must } from '../e2e/client.ts';
import type { Received } from '../e2e/receiver.ts';
import type { Service } from '../e2e/service.ts';
import type { Subject } from './actor.ts';
import { possible } from './oracle.ts';

const STEP = 60_000;

/** What the run found; every list of problems must be empty. */
export interface Findings {
  deadlines: number;
  outcomes: Record<string, number>;
  /** Deadlines that were missed first and then corrected; `outcomes` has them as met. */
  corrected: number;
  /** Deadlines whose history no attempt explains, or that have no verdict. */
  wrong: string[];
  /** Transitions that were not told. */
  lostAlerts: string[];
  alerts: number;
  /** Second copies of an alert, each under the id of its first and with a kill between the two. */
  repeated: number;
  /** Second copies without that excuse. */
  unexplained: string[];
  /** Expectations with too many attempts of unknown end to say anything. */
  undecided: number;
  kills: number;
  attempts: { acknowledged: number; unknown: number };
}

interface DeadlineView {
  dueAt: string;
  status: string;
  correction?: object;
  breach?: { status: string; arrivedAt?: string };
}

export async function compare(
  service: Service,
  subjects: readonly Subject[],
  world: { stoppedAt: number; killedAt: readonly number[]; received: readonly Received[] },
): Promise<Findings> {
  const attempts = subjects.flatMap((subject) => subject.attempts);
  const acknowledged = attempts.filter((attempt) => attempt.acknowledged).length;
  const findings: Findings = {
    ...{ deadlines: 0, outcomes: {}, corrected: 0, wrong: [], lostAlerts: [], undecided: 0 },
    ...repetitions(world.received, world.killedAt),
    kills: world.killedAt.length,
    attempts: { acknowledged, unknown: attempts.length - acknowledged },
  };
  const told = typesByDeadline(world.received);
  for (const subject of subjects) {
    const dues = duesOf(subject, world.stoppedAt);
    const views = await deadlinesOf(service, subject.id, dues);
    const history = dues.map((due) => outcomeOf(views.get(due)));
    findings.deadlines += dues.length;
    findings.corrected += [...views.values()].filter(({ correction }) => correction).length;
    for (const outcome of history) {
      const kind = outcome.replace(/ after.*/, '');
      findings.outcomes[kind] = (findings.outcomes[kind] ?? 0) + 1;
    }
    const allowed = possible(dues, subject.attempts);
    if (!allowed) findings.undecided += 1;
    else if (!allowed.has(history.join(', '))) {
      const done = subject.attempts.map(
        ({ sentAt, doneAt, acknowledged: sure }) =>
          `${(sentAt - subject.anchor) / 1000}-${(doneAt - subject.anchor) / 1000}${sure ? '' : '?'}`,
      );
      findings.wrong.push(
        `${subject.id}: ${history.join(', ')}; done ${done.join(' ')}; such as ${[...allowed][0] ?? ''}`,
      );
    }
    for (const due of dues) {
      const types = told.get(`${subject.id} ${new Date(due).toISOString()}`) ?? new Set();
      const missing = transitionsOf(views.get(due)).filter((type) => !types.has(type));
      if (missing.length > 0)
        findings.lostAlerts.push(`${subject.id} due ${new Date(due).toISOString()}: ${missing.join(', ')}`);
    }
  }
  return findings;
}

function duesOf({ anchor }: Subject, stoppedAt: number): number[] {
  const count = Math.floor((stoppedAt - anchor) / STEP);
  return Array.from({ length: count }, (_, index) => anchor + (index + 1) * STEP);
}

async function deadlinesOf(
  service: Service,
  id: string,
  dues: readonly number[],
): Promise<Map<number, DeadlineView>> {
  const found = new Map<number, DeadlineView>();
  const from = new Date((dues[0] ?? 0) - 1).toISOString();
  const to = new Date((dues.at(-1) ?? 0) + 1).toISOString();
  let cursor = '';
  do {
    const path = `/v1/teams/data/expectations/${id}/deadlines?from=${from}&to=${to}&limit=100${cursor}`;
    const page = await patiently(() =>
      must<{ items: DeadlineView[]; nextCursor?: string }>(service, 'GET', path),
    );
    for (const view of page.items) {
      const due = Date.parse(view.dueAt);
      if (found.has(due)) throw new Error(`${id} has two deadlines at ${view.dueAt}`);
      found.set(due, view);
    }
    cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return found;
}

/** A connection that was kept alive may be closed just when it is used. */
async function patiently<T>(ask: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (tries <= 1) throw error;
    return patiently(ask, tries - 1);
  }
}

function outcomeOf(view: DeadlineView | undefined): string {
  if (!view) return 'no deadline';
  const { status, breach, correction } = view;
  if (status === 'met' || correction) return 'met';
  if (status !== 'missed' || !breach) return status;
  if (breach.status === 'recovered') return `recovered after ${secondsLate(view.dueAt, breach.arrivedAt)}`;
  return breach.status;
}

/** S3 tells of whole seconds: both ends are taken so. */
function secondsLate(dueAt: string, arrivedAt = ''): number {
  return Math.floor(Date.parse(arrivedAt) / 1000) - Math.floor(Date.parse(dueAt) / 1000);
}

/** What must have been told. */
function transitionsOf(view: DeadlineView | undefined): string[] {
  if (view?.status !== 'missed') return [];
  if (view.correction) return ['opened', 'withdrawn'];
  return view.breach?.status === 'never' ? ['opened', 'gave-up'] : ['opened', view.breach?.status ?? ''];
}

function typesByDeadline(received: readonly Received[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { id, type, expectation } of received.flatMap(({ alerts }) => alerts)) {
    const occurrence = /\/([^/~]+)~r\d+\/\d+$/.exec(id)?.[1] ?? '';
    const key = `${expectation} ${occurrence}`;
    found.set(key, (found.get(key) ?? new Set()).add(type));
  }
  return found;
}

function repetitions(received: readonly Received[], killedAt: readonly number[]) {
  const first = new Map<string, Received>();
  const unexplained: string[] = [];
  let [alerts, repeated] = [0, 0];
  for (const message of received) {
    for (const { id } of message.alerts) {
      const before = first.get(id);
      if (!before) {
        first.set(id, message);
        alerts += 1;
        continue;
      }
      const killed = killedAt.some((at) => at >= before.at && at <= message.at);
      if (killed && before.key === message.key) repeated += 1;
      else unexplained.push(`${id}: ${before.key} at ${before.at}, ${message.key} at ${message.at}`);
    }
  }
  return { alerts, repeated, unexplained };
}
