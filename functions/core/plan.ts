import { addDuration, duration, roughLength, subtractDuration } from './duration.ts';
import { plusDays } from './calendar-date.ts';
import type { Awaited, Deadline } from './deadline.ts';
import { describePattern, fingerprint } from './event.ts';
import { timezoneOf, type Expectation } from './expectation.ts';
import { isDated, resolveKey, type KeyMoment } from './key-pattern.ts';
import type { Registration } from './registration.ts';
import { restartOf, type RunName } from './run.ts';
import {
  isTimed,
  occurrenceBefore,
  occurrencesAfter,
  skippedBetween,
  type HolidayCalendar,
  type Occurrence,
  type Skipped,
  type TimedDue,
} from './schedule.ts';
import { DAY, HOUR, inZone, SECOND, toIso, toLocal, type Instant } from './time.ts';

/** Each expectation is planned at least this far ahead, counted from now. */
export const AHEAD = { deadlines: 2, time: HOUR };

/**
 * Planning again goes on to the end of its week, so that it is not written every day; weeks begin at different times,
 * so that not all expectations are planned on the same day.
 */
const WEEK = 7 * DAY;
const SOON = 3 * DAY;
const MOST_IN_ADVANCE = 10;

/** Deadlines planned by one call; more are left to the next. */
const MOST_AT_ONCE = 500;

/** A file named by its date may come this long before it is due. */
const DATED_EARLY = { days: 7, elapsed: 0 };

/** Check-ins are received by ourselves; everything else is told by events, which take seconds. */
const DEFAULT_SETTLE = { told: '15s', checkIn: '0s' };

export interface Plan {
  deadlines: Deadline[];
  plannedThrough: Instant;
  /** When planning must go on; undefined when the schedule has no further occurrence. */
  planAt: Instant | undefined;
}

type Planned = Pick<Registration, 'expectation' | 'rev' | 'anchor' | 'startsAfter' | 'plannedThrough'>;

/** What is missing to reach the horizon, from the last planned deadline on; also what fell due during an outage. */
export function planAhead(registration: Planned, isHoliday: HolidayCalendar, now: Instant): Plan {
  const { due } = registration.expectation;
  if (!isTimed(due)) throw new TypeError('what depends on what is seen is not planned ahead');
  const { anchor, plannedThrough: before, startsAfter } = registration;
  // What is new is planned no further than it must: whoever registers it waits.
  const weekEnd = before <= startsAfter ? 0 : anchor + Math.ceil((now + SOON - anchor) / WEEK) * WEEK;
  const planned: Instant[] = [];
  const deadlines: Deadline[] = [];
  const plannedThrough = () => planned.at(-1) ?? registration.plannedThrough;
  for (const [before, occurrence, after] of neighbours(registration, due, isHoliday)) {
    const fresh = occurrence.dueAt > registration.plannedThrough;
    const again = planAgainAt(planned, now);
    const inAdvance =
      deadlines.length > 0 && deadlines.length < MOST_IN_ADVANCE && occurrence.dueAt <= weekEnd;
    if (fresh && ((again > now && !inAdvance) || deadlines.length === MOST_AT_ONCE)) {
      return { deadlines, plannedThrough: plannedThrough(), planAt: again };
    }
    planned.push(occurrence.dueAt);
    if (fresh) deadlines.push(deadlineFor(registration, occurrence, { before, after, isHoliday, now }));
  }
  return { deadlines, plannedThrough: plannedThrough(), planAt: undefined };
}

/** An occurrence that is not registered yet, or further ahead than what is planned. */
export interface Upcoming {
  deadline: Deadline;
  /** The holiday on which nothing is owed, by the calendars as they are now. */
  excused?: string;
}

/** The next `count` deadlines after an instant, computed and not stored, with the days that are skipped between. */
export function upcoming(
  { expectation, rev, anchor }: Pick<Planned, 'expectation' | 'rev' | 'anchor'>,
  isHoliday: HolidayCalendar,
  after: Instant,
  count: number,
): { upcoming: Upcoming[]; skipped: Skipped[] } {
  const { due } = expectation;
  if ('silentFor' in due) {
    const deadline = silentDeadline({ expectation, rev, startsAfter: after }, after, after);
    return { upcoming: [{ deadline }], skipped: [] };
  }
  if (!isTimed(due)) return { upcoming: [], skipped: [] };
  const planned = { expectation, rev, anchor, startsAfter: after, plannedThrough: after };
  const found: Upcoming[] = [];
  for (const [before, occurrence, next] of neighbours(planned, due, isHoliday)) {
    if (found.length === count) break;
    const deadline = deadlineFor(planned, occurrence, { before, after: next, isHoliday, now: after });
    found.push({ deadline, ...(occurrence.excused === undefined ? {} : { excused: occurrence.excused }) });
  }
  const last = found.at(-1)?.deadline.dueAt ?? after;
  return { upcoming: found, skipped: skippedBetween(due, after, last, { anchor, isHoliday }) };
}

/** The deadlines with from < dueAt <= to under the present rules, computed and not stored. */
export function* deadlinesBetween(
  { expectation, rev, anchor, startsAfter }: Planned,
  isHoliday: HolidayCalendar,
  { from, to, now }: { from: Instant; to: Instant; now: Instant },
): Generator<Deadline> {
  const { due } = expectation;
  if (!isTimed(due)) return;
  const begin = Math.max(startsAfter, from);
  const planned = { expectation, rev, anchor, startsAfter: begin, plannedThrough: begin };
  for (const [before, occurrence, after] of neighbours(planned, due, isHoliday)) {
    if (occurrence.dueAt > to) return;
    yield deadlineFor(planned, occurrence, { before, after, isHoliday, now });
  }
}

/** Occurrences with the ones beside them, beginning with the last planned two. */
function* neighbours(
  { anchor, startsAfter, plannedThrough }: Planned,
  due: TimedDue,
  isHoliday: HolidayCalendar,
): Generator<[Instant | undefined, Occurrence, Instant | undefined]> {
  const context = { anchor, isHoliday };
  const last = occurrenceBefore(due, plannedThrough + 1, context);
  const second = last && occurrenceBefore(due, last.dueAt, context);
  const from = Math.max(startsAfter, second ? second.dueAt - 1 : startsAfter);
  let before = occurrenceBefore(due, from + 1, context)?.dueAt;
  let current: Occurrence | undefined;
  for (const next of occurrencesAfter(due, from, context)) {
    if (current) {
      yield [before, current, next.dueAt];
      before = current.dueAt;
    }
    current = next;
  }
  if (current) yield [before, current, undefined];
}

/** When fewer than two planned deadlines, or less than an hour of them, will lie ahead. */
function planAgainAt(planned: readonly Instant[], now: Instant): Instant {
  const last = planned.at(-1) ?? now;
  return Math.min(planned.at(-AHEAD.deadlines) ?? now, last - AHEAD.time);
}

interface Surroundings {
  before: Instant | undefined;
  after: Instant | undefined;
  isHoliday: HolidayCalendar;
  now: Instant;
}

/** The deadline of one occurrence; what it awaits has every date filled in. */
export function deadlineFor(
  registration: Pick<Planned, 'expectation' | 'rev'>,
  occurrence: Occurrence,
  { before, after, isHoliday, now }: Surroundings,
): Deadline {
  const { expectation, rev } = registration;
  const timezone = timezoneOf(expectation);
  const { dueAt, local, note } = occurrence;
  const awaits = awaitedBy(expectation, occurrence, isHoliday, { before, after });
  const dated = awaits.kind === 'file' && awaits.dated;
  const span = (at: Instant, until?: Instant) => lateness(expectation, at, dated ? undefined : until);
  return {
    ...blank(expectation, rev, occurrence.id, now),
    timezone,
    local,
    ...(note === undefined ? {} : { note }),
    awaits,
    dueAt,
    opensAt: opensAt(expectation, dueAt, before, dated),
    contestedUntil: dated || before === undefined ? 0 : span(before, dueAt).lateUntil,
    ...times(expectation, dueAt),
    ...span(dueAt, after),
  };
}

/** The deadline of a `silentFor` that was last heard of at an instant. Its occurrence is that instant. */
export function silentDeadline(
  { expectation, rev, startsAfter }: Pick<Planned, 'expectation' | 'rev' | 'startsAfter'>,
  heardAt: Instant,
  now: Instant,
): Deadline {
  const { due } = expectation;
  if (!('silentFor' in due)) throw new TypeError('not a silence');
  const silence = duration(due.silentFor);
  // A new revision governs only what falls due after it.
  const dueAt = Math.max(addDuration(heardAt, silence, 'UTC'), startsAfter + SECOND);
  return {
    ...blank(expectation, rev, toIso(heardAt), now),
    timezone: timezoneOf(expectation),
    local: toLocal(dueAt, 'UTC').slice(4, 20),
    awaits: awaitedBy(expectation, { local: '', dueAt }, () => undefined),
    dueAt,
    silence: roughLength(silence),
    opensAt: heardAt,
    contestedUntil: 0,
    ...times(expectation, dueAt),
    ...lateness(expectation, dueAt),
  };
}

/**
 * The deadline of one run: this long after its start it must have succeeded. What a run does is known by its own name,
 * so that evidence counts from before its start on.
 * @param hash of the run's id, in hex: tells two runs apart that began in the same instant
 * @returns undefined when no run has a deadline of its own, when the service retries what it had begun before, or when
 * the rules began only after this one was due
 */
export function runDeadline(
  { expectation, rev, startsAfter }: Pick<Planned, 'expectation' | 'rev' | 'startsAfter'>,
  { job, run, account, region, startedAt }: Omit<RunName, 'startedAt'> & { startedAt: Instant },
  hash: string,
  now: Instant,
): Deadline | undefined {
  const within = expectation.job?.finishesWithin;
  if (within === undefined || restartOf(run).by === 'service') return undefined;
  const timezone = timezoneOf(expectation);
  const dueAt = addDuration(startedAt, duration(within), timezone);
  if (dueAt <= startsAfter) return undefined;
  const awaits = awaitedBy(expectation, { local: '', dueAt }, () => undefined);
  if (awaits.kind !== 'run') return undefined;
  return {
    ...blank(expectation, rev, `${toIso(startedAt)}.${hash.slice(0, 8)}`, now),
    timezone,
    local: toLocal(dueAt, timezone).slice(4, 20),
    awaits: {
      ...awaits,
      mustHave: 'succeeded',
      minCount: 1,
      run: { id: run, job, account, region, startedAt },
    },
    dueAt,
    opensAt: startedAt - SECOND,
    contestedUntil: 0,
    ...times(expectation, dueAt),
    ...lateness(expectation, dueAt),
  };
}

/** The same silence, counted anew from a later sign of life. */
export function heardAgain(deadline: Deadline, heardAt: Instant): Deadline {
  const by = heardAt + (deadline.silence ?? 0) - deadline.dueAt;
  const moved = (at: Instant) => at + by;
  return {
    ...deadline,
    opensAt: heardAt,
    local: toLocal(moved(deadline.dueAt), 'UTC').slice(4, 20),
    dueAt: moved(deadline.dueAt),
    limitAt: moved(deadline.limitAt),
    checkAt: moved(deadline.checkAt),
    lateUntil: moved(deadline.lateUntil),
    giveUpAt: moved(deadline.giveUpAt),
  };
}

/** What every new deadline begins with. */
export function blank({ team, id }: Expectation, rev: number, occurrence: string, now: Instant) {
  return {
    team,
    expectation: id,
    occurrence,
    rev,
    plannedAt: now,
    status: 'pending' as const,
    seq: 0,
    outbox: [],
    version: 0,
  };
}

/** Until when it is in time, and when it is judged. */
export function times(expectation: Expectation, dueAt: Instant) {
  const timezone = timezoneOf(expectation);
  const settle = expectation.settle ?? (expectation.checkIn ? DEFAULT_SETTLE.checkIn : DEFAULT_SETTLE.told);
  const limitAt = addDuration(dueAt, duration(expectation.grace), timezone);
  // What comes within the second of the limit is in time: nothing is judged before that second is over.
  return { limitAt, checkAt: Math.max(addDuration(limitAt, duration(settle), timezone), limitAt + SECOND) };
}

/**
 * How long a late arrival counts. What is named by its date belongs to its date until it is given up. Anything else
 * belongs to the occurrence that is nearer: Monday's file at 06:20 is Monday's, one at 05:00 on Tuesday is Tuesday's.
 */
export function lateness(expectation: Expectation, dueAt: Instant, next?: Instant) {
  const timezone = timezoneOf(expectation);
  const { limitAt, checkAt } = times(expectation, dueAt);
  const patience = Math.max(addDuration(dueAt, duration(expectation.giveUpAfter), timezone), limitAt);
  if (next === undefined) return { giveUpAt: Math.max(patience, checkAt), lateUntil: patience };
  const nearer = Math.floor((dueAt + next) / 2);
  return {
    giveUpAt: Math.max(Math.min(patience, next), checkAt),
    lateUntil: Math.min(patience, Math.max(limitAt, nearer)),
  };
}

function opensAt(
  expectation: Expectation,
  dueAt: Instant,
  before: Instant | undefined,
  dated: boolean,
): Instant {
  const timezone = timezoneOf(expectation);
  if (expectation.window !== undefined)
    return subtractDuration(dueAt, duration(expectation.window), timezone);
  const early = subtractDuration(dueAt, DATED_EARLY, timezone);
  return dated ? Math.min(early, before ?? early) : (before ?? early);
}

function awaitedBy(
  expectation: Expectation,
  { local, dueAt }: Pick<Occurrence, 'local' | 'dueAt'>,
  isHoliday: HolidayCalendar,
  beside: { before?: Instant | undefined; after?: Instant | undefined } = {},
): Awaited {
  const { file, job, event } = expectation;
  if (event) {
    const { pattern, minCount, maxCount } = event;
    return {
      ...{ kind: 'event', pattern: fingerprint(pattern), of: describePattern(pattern), minCount },
      ...(maxCount === undefined ? {} : { maxCount }),
    };
  }
  if (job) {
    const { source, name, account, region, mustHave, minCount } = job;
    return {
      ...{ kind: 'run', source, job: name, mustHave, minCount },
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      ...(job.arguments === undefined ? {} : { arguments: job.arguments }),
    };
  }
  if (!file) return { kind: 'check-in', minCount: 1 };
  const { bucket, key, minCount, minBytes } = file;
  const timezone = timezoneOf(expectation);
  const at = (moment: KeyMoment) => resolveKey(key, moment, isHoliday);
  const resolved = isDated(key) ? at({ local, dueAt, timezone }) : key;
  // A key that a neighbour has, too, or that comes back within weeks, tells no occurrence from another.
  const others = [
    ...[beside.before, beside.after].flatMap((other) =>
      other === undefined ? [] : [momentAt(other, timezone)],
    ),
    // Days of the calendar: one of 25 hours is one day all the same.
    ...(local === '' ? [] : DAYS_APART.map((days) => daysLater(local, days, timezone))),
  ];
  const dated = isDated(key) && local !== '' && others.every((other) => at(other) !== resolved);
  return { kind: 'file', bucket, key: resolved, dated, minCount, minBytes };
}

/** Names of weekdays come back after 7 days, days of months after 28 to 31. */
const DAYS_APART = [1, 7, 28, 29, 30, 31];

function daysLater(local: string, days: number, timezone: string): KeyMoment {
  return { local: plusDays(local.slice(0, 10), days) + local.slice(10), timezone };
}

function momentAt(dueAt: Instant, timezone: string): KeyMoment {
  return { local: inZone(dueAt, timezone).toFormat('yyyy-MM-dd HH:mm:ss'), dueAt, timezone };
}
