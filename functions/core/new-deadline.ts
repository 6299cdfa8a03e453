import { awaitedBy } from './awaited.ts';
import type { Deadline } from './deadline.ts';
import { lateness, opensAt, times } from './deadline-times.ts';
import { addDuration, duration, roughLength } from './duration.ts';
import { timezoneOf, type Expectation } from './expectation.ts';
import type { Registration } from './registration.ts';
import { restartOf, type RunName } from './run.ts';
import type { HolidayCalendar, Occurrence } from './schedule.ts';
import { MINUTE, SECOND, toIso, toLocal, type Instant, type Milliseconds } from './time.ts';

/** So far apart the clocks may be by which the start and the end of one run are told. */
const CLOCKS_APART: Milliseconds = MINUTE;

type Rules = Pick<Registration, 'expectation' | 'rev' | 'startsAfter'>;
type RunRules = Pick<Registration, 'expectation' | 'rev' | 'rulesChangedAt' | 'anchor'>;

interface Surroundings {
  before: Instant | undefined;
  after: Instant | undefined;
  isHoliday: HolidayCalendar;
  now: Instant;
}

/** The deadline of one occurrence; what it awaits has every date filled in. */
export function deadlineFor(
  registration: Rules,
  occurrence: Occurrence,
  { before, after, isHoliday, now }: Surroundings,
): Deadline {
  const { expectation, rev, startsAfter } = registration;
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
    // What came under older rules may be needed by what was due under them.
    contestedUntil: Math.max(
      dated || before === undefined ? 0 : span(before, dueAt).lateUntil,
      rev > 1 ? startsAfter : 0,
    ),
    ...times(expectation, dueAt),
    ...span(dueAt, after),
  };
}

/** The deadline of a `silentFor` that was last heard of at an instant. Its occurrence is that instant. */
export function silentDeadline(
  { expectation, rev, startsAfter }: Rules,
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
 * @param hash of the run: tells two apart that began in the same instant
 * @returns undefined when no run has a deadline of its own, when the service retries what it had begun before, or when
 * the expectation was registered only after this one was due
 */
export function runDeadline(
  { expectation, rev, rulesChangedAt, anchor }: RunRules,
  { job, run, account, region, startedAt }: Omit<RunName, 'startedAt'> & { startedAt: Instant },
  hash: string,
  now: Instant,
): Deadline | undefined {
  const { source, finishesWithin: within } = expectation.job ?? {};
  if (source === undefined || within === undefined) return undefined;
  if (restartOf({ source, run }).by === 'service') return undefined;
  const timezone = timezoneOf(expectation);
  const asked = addDuration(startedAt, duration(within), timezone);
  if (asked <= anchor) return undefined;
  // A new revision governs only what falls due after it.
  const dueAt = Math.max(asked, rulesChangedAt + SECOND);
  const awaits = awaitedBy(expectation, { local: '', dueAt }, () => undefined);
  if (awaits.kind !== 'run') return undefined;
  return {
    ...blank(expectation, rev, `${toIso(startedAt)}.${hash}`, now),
    timezone,
    local: toLocal(dueAt, timezone).slice(4, 20),
    awaits: {
      ...awaits,
      mustHave: 'succeeded',
      minCount: 1,
      run: { id: run, job, account, region, startedAt },
    },
    dueAt,
    opensAt: startedAt - CLOCKS_APART,
    contestedUntil: 0,
    ...times(expectation, dueAt),
    ...lateness(expectation, dueAt),
  };
}

/**
 * Stands for the runs that began unseen since nobody could look for them: no evidence fits it.
 * @param since when the first look failed (epoch ms)
 */
export function unseenDeadline(
  { expectation, rev }: Pick<Registration, 'expectation' | 'rev'>,
  since: Instant,
  now: Instant,
): Deadline {
  const timezone = timezoneOf(expectation);
  const awaits = awaitedBy(expectation, { local: '', dueAt: since }, () => undefined);
  if (awaits.kind !== 'run') throw new TypeError('only runs are looked for');
  return {
    ...blank(expectation, rev, toIso(since), now),
    timezone,
    local: toLocal(since, timezone).slice(4, 20),
    awaits: { ...awaits, found: true },
    ...{ opensAt: since, dueAt: since, limitAt: since, checkAt: since, lateUntil: since },
    ...{ contestedUntil: 0, giveUpAt: since },
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
