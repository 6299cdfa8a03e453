import type { ExpectationRef } from '../../functions/app/ports.ts';
import { RunSource } from '../../functions/core/run.ts';
import { DAY, HOUR, MINUTE, SECOND, type Instant } from '../../functions/core/time.ts';
import { afterBusinessTime, milliseconds, occurrences, type Days, type Due, type Hours } from './calendar.ts';

/** The body of an expectation, of the kinds that the simulation knows. */
export interface Body {
  id: string;
  team: string;
  title: string;
  file?: { bucket: 'loud' | 'quiet'; key: string; minCount: number; minBytes: number };
  checkIn?: object;
  job?: {
    source: RunSource;
    name: string;
    minCount: number;
    mustHave: 'started' | 'succeeded';
    finishesWithin?: string;
  };
  event?: { pattern: object; minCount: number; maxCount?: number };
  followUp?: FollowUp;
  due: Due;
  grace: string;
  settle: string;
  giveUpAfter: string;
  window?: string;
  notify: string[];
}

type Side = { file: { bucket: 'loud' | 'quiet'; key: string } } | { event: { pattern: object; key: string } };

export interface FollowUp {
  after: Side;
  by: Side;
  within: string;
  businessHours?: Hours;
}

interface RunAct {
  do: 'run';
  ref: ExpectationRef;
  source: RunSource;
  run: string;
  startedAt: Instant;
  phase: 'started' | 'succeeded' | 'failed';
}

/** Something that happens in the world, or that somebody does. */
export type Act = { at: Instant } & (
  | { do: 'put'; bucket: string; key: string; size: number; etag: string; multipartSince?: Instant }
  | { do: 'remove'; bucket: string; key: string }
  | RunAct
  | { do: 'event'; ref: ExpectationRef; event: string; kind?: string; order?: string }
  | { do: 'check-in'; ref: ExpectationRef; signal: 'success' | 'failure' | 'start' }
  | { do: 'register'; body: Body }
  | { do: 'pause' | 'resume' | 'delete'; ref: ExpectationRef }
  | { do: 'close' | 'acknowledge'; ref: ExpectationRef }
  | { do: 'mute'; ref: ExpectationRef; until: Instant }
  | { do: 'unmute'; ref: ExpectationRef }
);

export interface Scenario {
  begin: Instant;
  end: Instant;
  bodies: Body[];
  acts: Act[];
}

export const JOB_SOURCES = RunSource.options;
/** Those of which nobody can ask which runs there are. */
export const UNASKED: ReadonlySet<RunSource> = new Set<RunSource>(['lambda', 'custom']);
/** Lambda does not tell when an invocation began. */
const TIMED_SOURCES = JOB_SOURCES.filter((source) => source !== 'lambda');
export const EVENT_SOURCE = 'com.acme.trades';
export const TEAMS = ['alpha', 'beta'];
export const CHANNELS = ['chat', 'pager'];
export const BUCKETS = { loud: 'events on', quiet: 'events off' };
export const HOLIDAYS = {
  'DE-BE': { '2026-10-26': 'A day off', '2026-03-30': 'Another day off', '2026-11-03': 'A third' },
};

/** Calendars that each team keeps itself. */
export const OWN_CALENDARS = {
  plant: {
    '2026-10-24': 'Stocktaking',
    '2026-10-30': 'Outing',
    '2026-06-30': 'Closed',
    '2026-12-31': 'Closed',
  },
};

/** Days before a clock change somewhere, an ordinary one, and the ends of months. */
const BEGINS = [
  ...['2026-10-23', '2026-10-30', '2026-03-27', '2026-03-06', '2026-04-03', '2026-06-10'],
  ...['2026-02-26', '2026-06-29', '2026-07-30', '2026-12-29', '2026-11-30'],
];
const ZONES = [
  ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC', 'Asia/Kolkata'],
  ...['Pacific/Auckland', 'America/Santiago', 'Africa/Cairo', 'Asia/Gaza', 'Pacific/Chatham'],
  ...['America/St_Johns', 'Africa/Casablanca', 'Europe/Dublin', 'Pacific/Apia'],
];
const DAYS: Days[] = [
  ...(['daily', 'daily', 'daily', 'mon-fri', 'tue,sat', 'business-days', '1st-business-day'] as const),
  ...(['3rd-business-day', 'last-business-day', '2nd-last-business-day', 'day-31', 'last-day'] as const),
  'last-fri',
];

/** How long a run may take, and what follows something. */
const ALLOWED = ['45m', '2h', '6h'];
const WITHIN = ['45m', '2h', '8h'];

/** Due once on a day, and more often. */
const CRONS = {
  daily: ['15 6 * * 1-5', '30 2 * * *', '0 12 L * *', '45 0 1,15 * *'],
  often: ['30 */6 * * *', '45 * * * *'],
};

/** @param dice numbers from 0 up to but without 1 */
export function invent(dice: () => number, { count = 3, days = 4 } = {}): Scenario {
  const begin = Date.parse(`${pick(dice, BEGINS)}T00:00:00Z`) + Math.floor(dice() * 24) * HOUR;
  const end = begin + days * DAY;
  const bodies = Array.from({ length: 1 + Math.floor(dice() * count) }, (_, n) => bodyOf(dice, n));
  const acts = bodies.flatMap((body) => [
    { at: begin + Math.floor(dice() * 20) * MINUTE, do: 'register' as const, body },
    ...arrivals(dice, body, begin + HOUR, end),
    ...(dice() < 0.5 ? meddling(dice, body, begin + 2 * HOUR, end) : []),
  ]);
  const muting = dice() < 0.4 ? bodies.flatMap((body) => mutings(dice, body, begin + HOUR, end)) : [];
  return { begin, end, bodies, acts: [...acts, ...muting].toSorted((a, b) => a.at - b.at) };
}

/** A year of expectations with one deadline a day each, of every kind and in every zone. */
export function inventYear(dice: () => number, { count = 20, days = 365 } = {}): Scenario {
  const begin = Date.parse('2026-01-01T00:00:00Z');
  const end = begin + days * DAY;
  const bodies = Array.from({ length: count }, (_, n) => {
    let body = bodyOf(dice, n);
    while ('each' in body.due) body = bodyOf(dice, n);
    return { ...body, due: daily(dice) };
  });
  const acts = bodies.flatMap((body, n) => [
    { at: begin + n * SECOND, do: 'register' as const, body },
    ...arrivals(dice, body, begin + HOUR, end, 0.05),
  ]);
  return { begin, end, bodies, acts: acts.toSorted((a, b) => a.at - b.at) };
}

function daily(dice: () => number): Due {
  const at = `${String(Math.floor(dice() * 24)).padStart(2, '0')}:${pick(dice, ['00', '15', '30'])}`;
  return { at, days: 'daily', timezone: pick(dice, ZONES), ...(dice() < 0.3 ? { holidays: 'DE-BE' } : {}) };
}

function bodyOf(dice: () => number, n: number): Body {
  const id = `e${n}`;
  const kind = pick(dice, [
    'dated',
    'dated',
    'undated',
    'undated',
    'several',
    'check-in',
    'check-in',
    'silence',
    'job',
    'event',
    'timed',
    'follow-up',
  ] as const);
  const bucket = pick(dice, ['loud', 'loud', 'loud', 'quiet'] as const);
  const grid = dice() < 0.3 && kind !== 'dated';
  const due = dueOfKind(dice, kind, grid);
  const file = (key: string, minCount = 1) => ({
    file: { bucket, key, minCount, minBytes: pick(dice, [0, 1, 100]) },
  });
  const what = {
    dated: () => file(`in/${id}/{yyyy-MM-dd}.csv`),
    undated: () => file(`in/${id}/latest.csv`),
    several: () => file(`in/${id}/part-*.csv`, 2 + Math.floor(dice() * 2)),
    'check-in': () => ({ checkIn: {} }),
    silence: () => ({ checkIn: {} }),
    job: () => ({ job: jobOf(dice, id) }),
    event: () => ({ event: eventsOf(dice, id) }),
    timed: () => ({ job: timedOf(dice, id) }),
    'follow-up': () => ({ followUp: followUpOf(dice, id, bucket) }),
  };
  return {
    ...{ id, team: pick(dice, TEAMS), title: `Title of ${id}` },
    ...what[kind](),
    due,
    grace: pick(dice, ['0s', '0s', '10m', grid ? '20m' : '2h']),
    settle: pick(dice, ['15s', '1m']),
    giveUpAfter: pick(dice, ['6h', '24h', '3d']),
    ...(['undated', 'event'].includes(kind) && dice() < (grid ? 0.5 : 0.2)
      ? { window: pick(dice, ['2h', '1d']) }
      : {}),
    notify: dice() < 0.7 ? ['chat'] : ['chat', 'pager'],
  };
}

function dueOfKind(dice: () => number, kind: string, grid: boolean): Due {
  if (kind === 'timed') return { each: 'run' };
  if (kind === 'follow-up') return { each: 'follow-up' };
  return kind === 'silence' ? { silentFor: pick(dice, ['1h', '6h']) } : dueOf(dice, grid);
}

/** Each run has a deadline of its own. */
function timedOf(dice: () => number, id: string): Body['job'] & object {
  const finishesWithin = pick(dice, ALLOWED);
  return {
    source: pick(dice, TIMED_SOURCES),
    name: jobName(id),
    minCount: 1,
    mustHave: 'succeeded',
    finishesWithin,
  };
}

/** Events or files on both sides; where it matters what time it is, hours of all kinds. */
function followUpOf(dice: () => number, id: string, bucket: 'loud' | 'quiet'): FollowUp {
  const event = (side: string): Side => ({
    event: { pattern: { source: [EVENT_SOURCE], 'detail-type': [`${id}-${side}`] }, key: '$.detail.order' },
  });
  const file = (side: string, place: 'loud' | 'quiet'): Side => ({
    file: { bucket: place, key: `in/${id}/${side}-{*}.csv` },
  });
  const businessHours = {
    hours: pick(dice, ['09:00-17:00', '00:00-24:00', '08:00-12:00,13:00-18:00']),
    days: pick(dice, ['mon-fri', 'daily', 'business-days'] as const),
    timezone: pick(dice, ZONES),
    ...(dice() < 0.4 ? { holidays: pick(dice, ['DE-BE', 'plant']) } : {}),
  };
  return {
    after: dice() < 0.5 ? event('after') : file('after', 'loud'),
    by: dice() < 0.6 ? event('by') : file('by', bucket),
    within: pick(dice, WITHIN),
    ...(dice() < 0.5 ? { businessHours } : {}),
  };
}

/** When what follows something that came at an instant is due. */
export function dueAfter({ within, businessHours }: FollowUp, at: Instant): Instant {
  if (!businessHours) return at + milliseconds(within);
  const calendars = [businessHours.holidays ?? []].flat();
  const isOff = (date: string) => calendars.some((name) => isHoliday(name, date));
  return afterBusinessTime(at, milliseconds(within), businessHours, isOff);
}

/** Some services have names of jobs only within a queue or a cluster. */
export function jobName(id: string): string {
  return `jobs/job-${id}`;
}

function jobOf(dice: () => number, id: string): Body['job'] & object {
  const mustHave = pick(dice, ['succeeded', 'succeeded', 'started'] as const);
  return { source: pick(dice, JOB_SOURCES), name: jobName(id), minCount: pick(dice, [1, 1, 2]), mustHave };
}

/** So many at least, so many at most, or both. */
function eventsOf(dice: () => number, id: string): Body['event'] & object {
  const pattern = { source: [EVENT_SOURCE], 'detail-type': [id] };
  const minCount = pick(dice, [0, 1, 2, 3]);
  const maxCount = minCount + 1 + Math.floor(dice() * 3);
  return { pattern, minCount, ...(minCount === 0 || dice() < 0.4 ? { maxCount } : {}) };
}

/** @param often whether it may be due several times a day */
function dueOf(dice: () => number, often: boolean): Due {
  const calendars = ['DE-BE', 'plant', ['DE-BE', 'plant']];
  const holidays = dice() < 0.4 ? { holidays: pick(dice, calendars) } : {};
  const timezone = pick(dice, ZONES);
  // What an hour is where clocks change by half an hour, the calendar's own tests ask.
  const hourly = timezone === 'Australia/Lord_Howe' ? 'UTC' : timezone;
  if (often && dice() < 0.3) return { cron: pick(dice, CRONS.often), timezone: hourly, ...holidays };
  if (often) return { every: pick(dice, ['30m', '2h', '6h']) };
  if (dice() < 0.2) return { cron: pick(dice, CRONS.daily), timezone, ...holidays };
  const at = pick(dice, ['00:00', '01:30', '02:30', '02:00', '06:00', '12:15', '23:59']);
  return { at, days: pick(dice, DAYS), timezone, ...holidays };
}

/** The id of the expectation that an act is about: what comes is named by it. */
export function subjectOfAct(act: Act): string {
  if (act.do === 'put' || act.do === 'remove') return act.key.split('/')[1] ?? '';
  return act.do === 'register' ? act.body.id : act.ref.id;
}

/** Whether a date is in one of the calendars of the simulation. */
export function isHoliday(calendar: string, date: string): boolean {
  const all: Record<string, object> = { ...HOLIDAYS, ...OWN_CALENDARS };
  return date in (all[calendar] ?? {});
}

/**
 * What comes for the deadlines of the first rules: in time, late, at an edge, too small, twice, or not at all.
 * @param troubled of how many of the deadlines, from 0 to 1; for the others everything comes in time
 */
function arrivals(dice: () => number, body: Body, from: Instant, end: Instant, troubled = 1): Act[] {
  const { due } = body;
  if ('silentFor' in due) return signsOfLife(dice, body, from, end);
  if (body.followUp) return pairs(dice, body, body.followUp, { from, end, troubled });
  if ('each' in due) return timedRuns(dice, body, { from, end, troubled });
  const calendars = 'holidays' in due ? [due.holidays ?? []].flat() : [];
  const isOff = (date: string) => calendars.some((name) => isHoliday(name, date));
  return occurrences(due, from, from, end, isOff).flatMap(({ dueAt, date }) => {
    const isTroubled = dice() < troubled;
    return Array.from({ length: piecesOf(dice, body) }, (_, piece) => piece).flatMap((piece): Act[] => {
      const offset = isTroubled ? offsetOf(dice, body) : -Math.floor(dice() * 100 * MINUTE);
      if (offset === undefined) return [];
      const at = Math.max(from, dueAt + offset);
      return isTroubled ? arrival(dice, body, date, at, piece) : promptly(body, date, at, piece);
    });
  });
}

function signsOfLife(dice: () => number, { team, id }: Body, from: Instant, end: Instant): Act[] {
  const acts: Act[] = [];
  for (let at = from; at < end; at += dice() < 0.9 ? dice() * HOUR : dice() * 12 * HOUR) {
    const signal = dice() < 0.9 ? 'success' : 'failure';
    acts.push({ at: Math.floor(at), do: 'check-in', ref: { team, id }, signal });
  }
  return acts;
}

/** Runs that end in time, late, at an edge, without success, or never; some overlap. */
function timedRuns(
  dice: () => number,
  body: Body,
  { from, end, troubled }: { from: Instant; end: Instant; troubled: number },
): Act[] {
  const { team, id, job } = body;
  const within = milliseconds(job?.finishesWithin ?? '0s');
  const acts: Act[] = [];
  for (let at = from; at < end; at += Math.floor(dice() * 2 * (within + 3 * HOUR))) {
    const offset = dice() < troubled ? offsetOf(dice, body) : -Math.floor(dice() * within);
    const run = `r${Math.floor(dice() * 1e9)}`;
    const one = {
      do: 'run' as const,
      ref: { team, id },
      source: job?.source ?? 'custom',
      run,
      startedAt: at,
    };
    acts.push({ ...one, at, phase: 'started' });
    if (offset === undefined) continue;
    const phase = dice() < 0.2 * troubled ? 'failed' : 'succeeded';
    // One that ends early takes a part of what it may.
    const endedAt = offset < 0 ? at + Math.max(1, Math.floor(within * dice())) : at + within + offset;
    acts.push({ ...one, at: endedAt, phase });
  }
  return acts;
}

/** Things that come, each with what follows it: in time, late, at an edge, before it, or not at all. */
function pairs(
  dice: () => number,
  body: Body,
  followUp: FollowUp,
  { from, end, troubled }: { from: Instant; end: Instant; troubled: number },
): Act[] {
  const acts: Act[] = [];
  for (let at = from; at < end; at += Math.floor(dice() * 4 * HOUR)) {
    // Few keys, so that one comes again while it waits, and after it was followed.
    const order = `k${Math.floor(dice() * 3)}`;
    const dueAt = dueAfter(followUp, Math.floor(at / SECOND) * SECOND);
    acts.push(sideAct(dice, body, 'after', { at, order }));
    if (dice() < 0.1) acts.push(sideAct(dice, body, 'after', { at: at + Math.floor(dice() * HOUR), order }));
    const offset = dice() < troubled ? offsetOf(dice, body) : -1;
    if (offset === undefined) continue;
    const early = dice() < 0.2 * troubled ? pick(dice, [-SECOND, 0, 500]) : Math.floor(dice() * (dueAt - at));
    acts.push(sideAct(dice, body, 'by', { at: offset < 0 ? at + early : dueAt + offset, order }));
  }
  return acts;
}

function sideAct(
  dice: () => number,
  { team, id, followUp }: Body,
  side: 'after' | 'by',
  { at, order }: { at: Instant; order: string },
): Act {
  const of = followUp?.[side];
  const name = Math.floor(dice() * 1e9);
  if (!of || 'event' in of)
    return { at, do: 'event', ref: { team, id }, event: `v${name}`, kind: `${id}-${side}`, order };
  const { bucket, key } = of.file;
  return {
    at,
    do: 'put',
    bucket,
    key: key.replace('{*}', order),
    size: pick(dice, [0, 500]),
    etag: `e${name}`,
  };
}

function piecesOf(dice: () => number, { file, job, event }: Body): number {
  if (event) return Math.max(0, event.minCount + pick(dice, [-1, 0, 0, 0, 1, 2]));
  return (file ?? job)?.minCount ?? 1;
}

/** From the due time, in ms; undefined for what never comes. */
function offsetOf(dice: () => number, { grace }: Body): number | undefined {
  const edge = grace === '0s' ? 0 : grace === '2h' ? 2 * HOUR : grace === '20m' ? 20 * MINUTE : 10 * MINUTE;
  const kind = dice();
  if (kind < 0.45) return -Math.floor(dice() * 100 * MINUTE);
  if (kind < 0.6) return edge + pick(dice, [-SECOND, 0, 999, SECOND, 2 * SECOND]);
  if (kind < 0.7) return Math.floor(dice() * edge);
  return kind < 0.88 ? edge + Math.floor(dice() ** 3 * 30 * HOUR) : undefined;
}

function arrival(dice: () => number, body: Body, date: string, at: Instant, piece: number): Act[] {
  const { team, id, file, job, event } = body;
  const ref = { team, id };
  if (job) return runs(dice, ref, job.source, at);
  if (event) return [{ at, do: 'event', ref, event: `v${Math.floor(dice() * 1e9)}` }];
  if (!file) {
    const signal = pick(dice, ['success', 'success', 'success', 'success', 'failure', 'start'] as const);
    return [{ at, do: 'check-in', ref, signal }];
  }
  const key = keyOf(file, date, piece);
  const put = (when: Instant, size: number): Act => ({
    ...{ at: when, do: 'put', bucket: file.bucket, key, size, etag: `e${Math.floor(dice() * 1e9)}` },
  });
  const acts = [put(at, dice() < 0.1 ? 0 : 500)];
  if (dice() < 0.1) acts.push(put(at + Math.floor(dice() * HOUR), 500));
  if (dice() < 0.2)
    acts.push({ at: at + SECOND + Math.floor(dice() * HOUR), do: 'remove', bucket: file.bucket, key });
  return acts;
}

/** One that fails may be run again. */
function runs(dice: () => number, ref: ExpectationRef, source: RunAct['source'], endedAt: Instant): Act[] {
  const startedAt = endedAt - SECOND - Math.floor(dice() * 40 * MINUTE);
  const run = `r${Math.floor(dice() * 1e9)}`;
  const phase = dice() < 0.2 ? 'failed' : 'succeeded';
  const one = { do: 'run' as const, ref, source, run, startedAt };
  const again = phase === 'failed' && dice() < 0.5;
  return [
    { ...one, at: startedAt, phase: 'started' },
    ...(dice() < 0.95 ? [{ ...one, at: endedAt, phase } as const] : []),
    ...(again ? runs(dice, ref, source, endedAt + Math.floor(dice() * 90 * MINUTE)) : []),
  ];
}

/** It comes, and a consumer takes it away two days later. */
function promptly({ team, id, file, job, event }: Body, date: string, at: Instant, piece: number): Act[] {
  const ref = { team, id };
  const ended = { do: 'run', ref, source: 'custom', run: `r${at}p${piece}`, startedAt: at - MINUTE } as const;
  if (job) {
    const one = { ...ended, source: job.source };
    return [
      { ...one, at: at - MINUTE, phase: 'started' },
      { ...one, at, phase: 'succeeded' },
    ];
  }
  if (event) return [{ at, do: 'event', ref, event: `v${at}p${piece}` }];
  if (!file) return [{ at, do: 'check-in', ref: { team, id }, signal: 'success' }];
  const { bucket } = file;
  const key = keyOf(file, date, piece);
  return [
    { at, do: 'put', bucket, key, size: 500, etag: `e${at}p${piece}` },
    ...(key.includes(date) ? [{ at: at + 2 * DAY, do: 'remove' as const, bucket, key }] : []),
  ];
}

function keyOf({ key }: { key: string }, date: string, piece: number): string {
  return key.replace('{yyyy-MM-dd}', date).replace('*', `${date}-${piece}`);
}

function meddling(dice: () => number, body: Body, from: Instant, end: Instant): Act[] {
  const { team, id } = body;
  const ref = { team, id };
  if (dice() < 0.2) return inARow(dice, body, from, end);
  return Array.from({ length: 1 + Math.floor(dice() * 3) }, (): Act => {
    const at = from + Math.floor(dice() * (end - from));
    const what = pick(dice, [
      'title',
      'rules',
      'rules',
      'pause',
      'resume',
      'delete',
      'close',
      'acknowledge',
    ] as const);
    if (what === 'title') return { at, do: 'register', body: { ...body, title: `Another ${at}` } };
    if (what !== 'rules') return { at, do: what, ref };
    return { at, do: 'register', body: { ...body, ...change(dice, body) } };
  });
}

/** Mutes, some of which overlap, and some of which somebody ends. */
function mutings(dice: () => number, { team, id }: Body, from: Instant, end: Instant): Act[] {
  const ref = { team, id };
  return Array.from({ length: 1 + Math.floor(dice() * 3) }).flatMap((): Act[] => {
    const at = from + Math.floor(dice() * (end - from));
    const until = at + Math.floor(dice() * pick(dice, [2 * HOUR, 12 * HOUR, 40 * HOUR])) + MINUTE;
    const endedAt = at + Math.floor(dice() * (until - at));
    return [
      { at, do: 'mute', ref, until },
      ...(dice() < 0.4 ? [{ at: endedAt, do: 'unmute', ref } as const] : []),
    ];
  });
}

/** Paused before it is due, resumed thereafter and changed to a later time, perhaps all on one day. */
function inARow(dice: () => number, body: Body, from: Instant, end: Instant): Act[] {
  const { team, id, due } = body;
  const ref = { team, id };
  const dueAt = pick(dice, [
    from + 6 * HOUR,
    ...occurrences(due, from, from, end, () => false).map((one) => one.dueAt),
  ]);
  const some = () => Math.floor(dice() * 3 * HOUR);
  const resumedAt = dueAt + some();
  const changed = { ...body, ...('at' in due ? { due: { ...due, at: '22:30' } } : change(dice, body)) };
  return [
    { at: Math.max(from, dueAt - some()), do: 'pause', ref },
    { at: resumedAt, do: 'resume', ref },
    { at: resumedAt + some(), do: 'register', body: changed },
  ];
}

function change(dice: () => number, { due, grace, job, followUp }: Body): Partial<Body> {
  if (followUp && dice() < 0.6) return { followUp: { ...followUp, within: pick(dice, WITHIN) } };
  if (job?.finishesWithin && dice() < 0.6) return { job: { ...job, finishesWithin: pick(dice, ALLOWED) } };
  if ('at' in due && dice() < 0.5) return { due: { ...due, at: pick(dice, ['05:00', '09:30', '17:45']) } };
  return { grace: grace === '0s' ? '10m' : '0s' };
}

function pick<T>(dice: () => number, choices: readonly T[]): T {
  const chosen = choices[Math.floor(dice() * choices.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}
