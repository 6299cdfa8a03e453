import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '../../functions/app/ports.ts';
import type { Instant, Milliseconds } from '../../functions/core/time.ts';
import { MemoryAlerts } from './memory/alerts.ts';
import { MemoryDeadlines } from './memory/deadlines.ts';
import {
  MemoryApiKeys,
  MemoryCalendars,
  MemoryChannels,
  MemoryMatchers,
  MemoryMutes,
  MemoryOwnCalendars,
  MemoryTeams,
  MemoryTokens,
  type Holidays,
} from './memory/directory.ts';
import { MemoryEvidence, MemoryTimeline } from './memory/evidence.ts';
import {
  MemoryLifecycles,
  MemoryLog,
  MemoryMetrics,
  MemoryNudges,
  MemoryObjects,
  MemoryRuns,
  MemorySchedules,
  MemorySenders,
  MemoryTodos,
} from './memory/outside.ts';
import { MemoryRegistrations } from './memory/registrations.ts';

/** A clock that stands still until it is set. */
export class Clock {
  now: Instant;

  constructor(now: Instant) {
    this.now = now;
  }

  /** @param iso `2026-11-21T05:00:00Z` */
  set(iso: string): void {
    this.now = Date.parse(iso);
  }

  advance(by: Milliseconds): void {
    this.now += by;
  }
}

export interface MemoryOptions {
  /** `2026-11-21T05:00:00Z`, when the clock begins. */
  now?: string;
  holidays?: Holidays;
  /**
   * Called before each call of a port that the use-cases make: to count, to fail (a crash between two writes), or to
   * wait (so that others overtake).
   */
  before?: (port: string, method: string) => Promise<void> | void;
}

const SOME_HOLIDAYS: Holidays = {
  'DE-BE': { '2026-12-25': 'Christmas Day', '2026-12-26': 'Boxing Day', '2027-01-01': 'New Year' },
  US: { '2026-11-26': 'Thanksgiving Day', '2026-12-25': 'Christmas Day' },
};

/**
 * Everything that the use-cases need, in memory, with the ports' semantics: values are copied in and out, saves are
 * compare-and-swap, nothing fires or sends by itself. `ctx` is what use-cases get; the fields beside it are the same
 * stores with what tests want to see and to do, and calls to them do not pass `before`.
 */
export class MemoryWorld {
  readonly clock: Clock;
  readonly log = new MemoryLog();
  readonly metrics = new MemoryMetrics();
  readonly registrations = new MemoryRegistrations();
  readonly deadlines = new MemoryDeadlines(this.registrations);
  readonly evidence = new MemoryEvidence();
  readonly timeline = new MemoryTimeline();
  readonly alerts = new MemoryAlerts(this.timeline, () => this.clock.now);
  readonly channels = new MemoryChannels();
  readonly mutes = new MemoryMutes();
  readonly teams = new MemoryTeams();
  readonly apiKeys = new MemoryApiKeys();
  readonly tokens = new MemoryTokens();
  readonly matchers = new MemoryMatchers();
  readonly calendars: MemoryCalendars;
  readonly ownCalendars = new MemoryOwnCalendars();
  readonly schedules = new MemorySchedules();
  readonly lifecycles = new MemoryLifecycles();
  readonly objects = new MemoryObjects();
  readonly runs = new MemoryRuns();
  readonly nudges = new MemoryNudges();
  readonly senders = new MemorySenders();
  readonly todos = new MemoryTodos(this);
  readonly secrets = {
    random: (bytes: number) => randomBytes(bytes).toString('base64url'),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
  readonly publicUrl = 'https://overdue.example.com';
  readonly ctx: Context;

  constructor({ now = '2026-11-21T05:00:00Z', holidays = SOME_HOLIDAYS, before }: MemoryOptions = {}) {
    this.clock = new Clock(Date.parse(now));
    this.calendars = new MemoryCalendars(holidays, this.ownCalendars);
    this.ctx = contextOf(this, before ?? (() => undefined));
  }
}

function contextOf(world: MemoryWorld, before: NonNullable<MemoryOptions['before']>): Context {
  const { log, metrics, secrets, publicUrl, clock } = world;
  const port = <T extends object>(name: string, store: T) => watched(name, store, before);
  return {
    ...{
      log,
      metrics,
      secrets,
      publicUrl,
      now: () => clock.now,
      pause: () => Promise.resolve(),
      random: Math.random,
    },
    registrations: port('registrations', world.registrations),
    deadlines: port('deadlines', world.deadlines),
    evidence: port('evidence', world.evidence),
    timeline: port('timeline', world.timeline),
    alerts: port('alerts', world.alerts),
    channels: port('channels', world.channels),
    mutes: port('mutes', world.mutes),
    teams: port('teams', world.teams),
    apiKeys: port('apiKeys', world.apiKeys),
    tokens: port('tokens', world.tokens),
    matchers: port('matchers', world.matchers),
    calendars: port('calendars', world.calendars),
    ownCalendars: port('ownCalendars', world.ownCalendars),
    schedules: port('schedules', world.schedules),
    lifecycles: port('lifecycles', world.lifecycles),
    objects: port('objects', world.objects),
    runs: port('runs', world.runs),
    nudges: port('nudges', world.nudges),
    senders: port('senders', world.senders),
    todos: port('todos', world.todos),
  };
}

/** Methods that the ports declare as synchronous. */
const SYNCHRONOUS = new Set(['problem of senders', 'readICalendar of calendars']);

/** The same object, each of whose asynchronous methods first awaits `before`. */
function watched<T extends object>(port: string, store: T, before: NonNullable<MemoryOptions['before']>): T {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      if (SYNCHRONOUS.has(`${name} of ${port}`)) return member.bind(target) as unknown;
      return async (...args: unknown[]): Promise<unknown> => {
        await before(port, name);
        return (await Reflect.apply(member, target, args)) as unknown;
      };
    },
  });
}
