import {
  dateOf,
  isOnceADay,
  longestPause,
  milliseconds,
  movesAtHolidays,
  occurrences,
  plus,
  plusDays,
  type IsHoliday,
  type Occurrence,
} from './calendar.ts';
import type { Body } from './scenario.ts';

/*
 * What must become of each deadline, from the definitions (docs/expectations.md) and from what was done to the world.
 * Nothing here is shared with the code that is tested. Instants in epoch ms.
 */

/** A change of the rules, or of whether they hold. */
export interface Rules {
  /** The number of the revision. */
  rev: number;
  body: Body;
  status: 'active' | 'paused' | 'deleted';
  changedAt: number;
}

/** A deadline that the definitions ask for. */
export interface Expected {
  occurrence: string;
  rev: number;
  dueAt: number;
  date: string;
  body: Body;
  opensAt: number;
  limitAt: number;
  checkAt: number;
  lateUntil: number;
  giveUpAt: number;
  excused: boolean;
  /** Of one run alone: its id. */
  run?: string;
  /** Of what must follow something: the key that both have. */
  order?: string;
}

/** Something that came, as its own clock tells. */
export interface Fact {
  id: string;
  at: number;
  /** Of an object. */
  key?: string;
  size?: number;
  /** Of a check-in. */
  signal?: string;
  /** Of a run: its id, and what it did. */
  run?: string;
  phase?: 'started' | 'succeeded' | 'failed';
  /** Of an event: its kind, and the key that it has. */
  kind?: string;
  order?: string;
}

const DAY = 86_400_000;

const zoneOf = ({ due, followUp }: Body) =>
  'timezone' in due ? due.timezone : (followUp?.businessHours?.timezone ?? 'UTC');
export const seconds = (instant: number) => Math.floor(instant / 1000);

/** S3 tells of whole seconds, so all is compared in them: what comes within the second of the limit is in time. */
const within = (at: number, after: number, until: number) =>
  seconds(at) > seconds(after) && seconds(at) <= seconds(until);

/**
 * The deadlines due until an instant. Revision r governs what falls due after it was made and until the next one was.
 * @param history by revision, ascending
 * @param isHoliday whether nothing is owed on a date of the rule's zone
 */
export function expected(
  history: readonly Rules[],
  until: number,
  isHoliday: (calendar: string, date: string) => boolean,
): Expected[] {
  const holidaysOf = ({ due }: Body): IsHoliday => {
    const names = 'holidays' in due ? [due.holidays ?? []].flat() : [];
    return (date) => names.some((name) => isHoliday(name, date));
  };
  // A grid begins with the registration; what is registered again after a deletion begins anew.
  let anchor = 0;
  let begin = 0;
  const all: Expected[] = [];
  for (const [index, rules] of history.entries()) {
    if (index === 0 || history[index - 1]?.status === 'deleted') anchor = rules.changedAt;
    begin = beginOf(rules, history[index - 1], begin, all);
    if (rules.status !== 'active' || 'silentFor' in rules.body.due || 'each' in rules.body.due) continue;
    const next = history[index + 1]?.changedAt ?? Infinity;
    const off = holidaysOf(rules.body);
    const isExcused = ({ date }: Occurrence) => !movesAtHolidays(rules.body.due) && off(date);
    const to = Math.min(next, until);
    if (begin >= to) continue;
    const around = longestPause(rules.body.due);
    const found = occurrences(rules.body.due, anchor, begin - around, to + around, off);
    for (const [index, one] of found.entries()) {
      if (one.dueAt <= begin || one.dueAt > to) continue;
      const beside = { previous: found[index - 1]?.dueAt, next: found[index + 1]?.dueAt };
      all.push({ ...timesOf(rules, one, beside), excused: isExcused(one) });
    }
  }
  return all;
}

/**
 * A changed time of day asks nothing more of a day that was already judged, also when it is paused and resumed
 * afterwards. @param begun when the rules before begin
 */
function beginOf(
  { body: { due }, changedAt }: Rules,
  before: Rules | undefined,
  begun: number,
  all: readonly Expected[],
): number {
  const last = all.at(-1);
  if (before === undefined || before.status === 'deleted') return changedAt;
  if (!('timezone' in due) || !isOnceADay(due) || !isOnceADay(before.body.due)) return changedAt;
  if (begun > changedAt) return begun;
  if (!last) return changedAt;
  const today = dateOf(changedAt, due.timezone);
  if (dateOf(last.dueAt, due.timezone) !== today || last.dueAt > changedAt) return changedAt;
  const midnight = Date.parse(`${today}T00:00:00Z`) + DAY;
  let end = changedAt;
  // The first instant of the next local day, to the minute.
  while (dateOf(end, due.timezone) === today && end < midnight + DAY) end += 60_000 - (end % 60_000);
  return end - 1;
}

export function timesOf(
  { rev, body }: Rules,
  { id, dueAt, date }: Occurrence,
  { previous = dueAt, next = Infinity }: { previous?: number | undefined; next?: number | undefined },
): Omit<Expected, 'excused'> {
  const zone = zoneOf(body);
  const isDated = body.file?.key.includes('{') ?? false;
  const limitAt = dueAt + milliseconds(body.grace);
  const checkAt = limitAt + Math.max(1000, milliseconds(body.settle));
  const patience = Math.max(plus(dueAt, body.giveUpAfter, zone), limitAt);
  return {
    ...{ occurrence: id, rev, dueAt, date, body, limitAt },
    checkAt,
    opensAt: opensAt(body, dueAt, previous, isDated),
    lateUntil: isDated ? patience : Math.min(patience, Math.max(limitAt, Math.floor((dueAt + next) / 2))),
    giveUpAt: Math.max(checkAt, isDated ? patience : Math.min(patience, next)),
  };
}

function opensAt(body: Body, dueAt: number, previous: number, isDated: boolean): number {
  const zone = zoneOf(body);
  if (body.window === '1d') return plusDays(dueAt, -1, zone);
  if (body.window !== undefined) return dueAt - milliseconds(body.window);
  return isDated ? Math.min(plusDays(dueAt, -7, zone), previous) : previous;
}

/**
 * When a silence was too long, by the signs of life: each counts from the one before, or from the registration; after
 * one that was too long the next sign begins anew.
 */
export function silences({ body, changedAt }: Rules, signs: readonly number[], until: number): number[] {
  if (!('silentFor' in body.due)) return [];
  const allowed = milliseconds(body.due.silentFor);
  const found: number[] = [];
  let heard = changedAt;
  for (const sign of [...signs.toSorted((a, b) => a - b), Infinity]) {
    const limit = heard + allowed + milliseconds(body.grace);
    if (seconds(sign) > seconds(limit) && limit <= until) found.push(heard + allowed);
    heard = sign;
  }
  return found;
}

/**
 * The earliest pieces that satisfy the deadline and came until an instant: one of each key, as many as it wants.
 * @param tie which of two of one instant is first: by their ids, or the other way round
 */
export function fitting<T extends Fact>(
  deadline: Expected,
  facts: readonly T[],
  until: number,
  count = wantedBy(deadline.body),
  tie: 1 | -1 = 1,
): T[] | undefined {
  const seen = new Set<string>();
  const found = facts
    .filter((fact) => within(fact.at, deadline.opensAt, until) && suits(deadline, fact))
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -tie : tie))
    .filter(({ id, key }) => !seen.has(key ?? id) && seen.add(key ?? id))
    .slice(0, count);
  return found.length === count ? found : undefined;
}

/** Whether more came in time than may come, whichever deadline some of it serves. */
export function isTooMany(deadline: Expected, facts: readonly Fact[]): boolean {
  const { maxCount = Infinity } = deadline.body.event ?? {};
  if (maxCount === Infinity) return false;
  const inTime = facts.filter(
    (fact) => within(fact.at, deadline.opensAt, deadline.limitAt) && suits(deadline, fact),
  );
  return inTime.length > maxCount;
}

/** Whether it tells that nothing more will come of the one run that is awaited. */
export function isFailure({ run }: Expected, fact: Fact): boolean {
  return run !== undefined && fact.run === run && fact.phase === 'failed';
}

/** Whether it could change how the deadline ends: serve it, in time or late, or end the wait for it. */
export function couldUse(deadline: Expected, fact: Fact): boolean {
  return (
    isFailure(deadline, fact) ||
    (within(fact.at, deadline.opensAt, Math.max(deadline.limitAt, deadline.lateUntil)) &&
      suits(deadline, fact))
  );
}

function wantedBy({ file, job, event }: Body): number {
  return (file ?? job ?? event)?.minCount ?? 1;
}

/** What may follow: it has the same key, and is of the kind that must. It may be empty. */
function isFollowing(
  { id, order, followUp }: { id: string; order: string; followUp: Body['followUp'] },
  { key, kind, order: given }: Fact,
): boolean {
  if (followUp && 'file' in followUp.by) return key === followUp.by.file.key.replace('{*}', order);
  return kind === `${id}-by` && given === order;
}

function suits(
  { body: { id, file, job, event, followUp }, date, run, order }: Expected,
  fact: Fact,
): boolean {
  const { key, size = 0, signal, phase, kind } = fact;
  if (order !== undefined) return isFollowing({ id, order, followUp }, fact);
  if (run !== undefined) return fact.run === run && phase === 'succeeded';
  if (job) return phase === job.mustHave;
  if (event) return kind === id;
  if (!file) return signal === 'success';
  const [before = '', after] = file.key.replace('{yyyy-MM-dd}', date).split('*');
  if (key === undefined || size < file.minBytes) return false;
  return after === undefined ? key === before : key.startsWith(before) && key.endsWith(after);
}
