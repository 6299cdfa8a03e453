import { createHash } from 'node:crypto';
import { acknowledge, closeBreach } from '../../functions/app/breaches/close.ts';
import { DeliveryFailed } from '../../functions/app/errors.ts';
import { putCalendar } from '../../functions/app/calendars/put.ts';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { changeStatus, replace } from '../../functions/app/expectations/register.ts';
import { endMute } from '../../functions/app/mutes/end.ts';
import { mute } from '../../functions/app/mutes/put.ts';
import type { Context, ExpectationRef, Senders, Todos } from '../../functions/app/ports.ts';
import { refOf } from '../../functions/core/deadline.ts';
import type { Mute } from '../../functions/core/mute.ts';
import { BusEvent } from '../../functions/core/run.ts';
import { HOUR, type Instant } from '../../functions/core/time.ts';
import { MemoryWorld } from '../support/memory-context.ts';
import { random } from '../support/random.ts';
import { Machine, type Fault, type Line, type Ports } from './machine.ts';
import { draw, type Profile } from './profile.ts';
import {
  BUCKETS,
  CHANNELS,
  HOLIDAYS,
  invent,
  OWN_CALENDARS,
  JOB_SOURCES,
  jobName,
  EVENT_SOURCE,
  TEAMS,
  UNASKED,
  type Act,
  type Scenario,
} from './scenario.ts';
import { eventOf, factOfRun, runOf } from './told.ts';
import { Surroundings } from './surroundings.ts';
import { Watch } from './watch.ts';

/** A request that a user made and that was answered. */
export interface Answered {
  act: Act;
  sentAt: Instant;
  answeredAt: Instant;
}

/** All that a run leaves behind, for those who judge it. */
export interface Played {
  seed: number;
  profile: Profile;
  scenario: Scenario;
  world: MemoryWorld;
  machine: Machine;
  surroundings: Surroundings;
  answered: Answered[];
  /** What was seen while it ran. */
  watch: Watch;
  /** When faults stopped, and when the run ended. */
  calmAt: Instant;
  endedAt: Instant;
}

export interface PlayOptions {
  profile?: Profile;
  scenario?: Scenario;
  mostCalls?: number;
  trace?: (line: Line) => void;
}

/** Ten times what a run of a few days takes at most. */
const MOST_CALLS = 500_000;

const FAULTS: readonly Fault[] = ['crash-before', 'crash-after', 'error-before', 'error-after', 'slow'];

/** After the last fault: what is pending is found by a sweep, and every open breach has had a turn of its life. */
const CALM_FOR = 12 * HOUR;

/** Plays the world of a seed to its end. */
export async function play(seed: number, options: PlayOptions = {}): Promise<Played> {
  const inventor = random(seed);
  const profile = options.profile ?? draw(inventor);
  const scenario = options.scenario ?? invent(inventor);
  // Of their own, so that a world of which something was taken away runs as before.
  const dice = random(~seed);
  const calm = { is: false };
  const chance = (probability: number) => !calm.is && probability > 0 && dice() < probability;
  const world = new MemoryWorld({ now: new Date(scenario.begin).toISOString(), holidays: HOLIDAYS });
  const machine = new Machine({
    ...{ dice, now: scenario.begin, mostCalls: options.mostCalls ?? MOST_CALLS, trace: options.trace },
    fault: () => FAULTS.find((fault) => chance(profile.faults[fault])),
    rest: { ...world.ctx, secrets: secretsOf(dice) },
  });
  const watch = new Watch(machine);
  const surroundings = new Surroundings(machine, calmable(profile, calm), dice);
  machine.serve(portsOf(world, surroundings, { profile, chance, watch }));
  // The stores of the world read its clock.
  Object.defineProperty(world.clock, 'now', { get: () => machine.now });
  await furnish(world);
  const answered: Answered[] = [];
  const stage = { world, machine, surroundings, answered, profile, dice, enough: new Enough(0) };
  for (const act of scenario.acts) {
    machine.at(act.at, () => {
      perform(stage, act);
    });
  }
  for (const { after, lasts, of } of profile.outages) {
    machine.at(scenario.begin + after, () => {
      surroundings.outage = of;
      machine.tell('outage', `of ${of} begins`);
    });
    machine.at(scenario.begin + after + lasts, () => {
      surroundings.outage = 'none';
      machine.tell('outage', 'ends');
    });
  }
  const shards = Array.from({ length: world.todos.shards }, (_, shard) => shard);
  surroundings.sweepEvery(shards, workOf(world, machine));
  const outagesEnd = profile.outages.map(({ after, lasts }) => scenario.begin + after + lasts);
  const calmAt = Math.max(scenario.end, ...outagesEnd) + HOUR;
  await machine.run(calmAt);
  calm.is = true;
  surroundings.outage = 'none';
  const endedAt = calmAt + CALM_FOR;
  await machine.run(endedAt);
  return { seed, profile, scenario, world, machine, surroundings, answered, watch, calmAt, endedAt };
}

/** When a sweep would find something. It looks again only when something was called since. */
function workOf(world: MemoryWorld, machine: Machine): () => Instant {
  let [calls, earliest] = [-1, Infinity];
  return () => {
    if (calls !== machine.counts['calls']) {
      calls = machine.counts['calls'] ?? 0;
      earliest = world.deadlines.next;
      for (const { at } of world.alerts.due()) earliest = Math.min(earliest, at);
      for (const { planAt } of world.registrations.all()) earliest = Math.min(earliest, planAt ?? Infinity);
    }
    return earliest;
  };
}

/** The profile until it is calm, then one without faults. */
function calmable(profile: Profile, calm: { is: boolean }): Profile {
  return new Proxy(profile, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return calm.is && typeof value === 'number' ? 0 : value;
    },
  });
}

async function furnish(world: MemoryWorld): Promise<void> {
  for (const team of TEAMS) {
    const grants = [
      ...Object.keys(BUCKETS).map((bucket) => ({ bucket, prefix: '' })),
      ...JOB_SOURCES.map((source) => ({ source, job: jobName('') })),
      { events: EVENT_SOURCE },
    ];
    await world.teams.save({ id: team, grants, createdAt: 0, version: 0 });
    for (const [name, off] of Object.entries(OWN_CALENDARS)) {
      const days = Object.entries(off).map(([date, title]) => ({ date, name: title }));
      await putCalendar(world.ctx, { team, name }, { days, validUntil: '2029-12-31' }, { by: 'user' });
    }
    for (const name of CHANNELS) {
      const target = { type: 'webhook' as const, url: `https://example.com/${team}/${name}` };
      await world.channels.put({ team, name, target, createdAt: 0 });
    }
  }
  world.objects.createBucket('loud', true);
  world.objects.createBucket('quiet', false);
}

interface Stage extends Pick<Played, 'world' | 'machine' | 'surroundings' | 'answered' | 'profile'> {
  dice: () => number;
  /** What the process that records events remembers. */
  enough: Enough;
}

function perform({ world, machine, surroundings, answered, profile, dice, enough }: Stage, act: Act): void {
  const sentAt = machine.now;
  const latency = () => Math.floor(dice() * (dice() < 0.2 ? profile.slowEvent : 3000));
  const ask = (name: string, work: (ctx: Context) => Promise<unknown>) => {
    surroundings.request(name, work, () => {
      answered.push({ act, sentAt, answeredAt: machine.now });
    });
  };
  switch (act.do) {
    case 'put': {
      const { bucket, key, size, etag } = act;
      const at = Math.floor(act.at / 1000) * 1000;
      world.objects.put(bucket, { key, size, etag, lastModified: at });
      if (bucket !== 'loud') return;
      const object = { bucket, key, size, etag, sequencer: `${at} ${etag}`, at };
      surroundings.tellOf({ key: etag, name: key }, latency(), (ctx) => recordObject(ctx, object, enough));
      return;
    }
    case 'run': {
      const run = runOf(act);
      world.runs.put(run);
      surroundings.tellOf({ key: factOfRun(act), name: act.ref.id }, latency(), (ctx) =>
        recordRun(ctx, run, enough),
      );
      return;
    }
    case 'event': {
      const json = eventOf(act);
      const event = BusEvent.parse(json);
      surroundings.tellOf({ key: act.event, name: act.ref.id }, latency(), (ctx) =>
        recordEvent(ctx, event, json, enough),
      );
      return;
    }
    case 'remove':
      world.objects.remove(act.bucket, act.key);
      return;
    case 'check-in':
      ask(`check-in ${act.ref.id}`, (ctx) => checkIn(ctx, act.ref, { signal: act.signal }));
      return;
    case 'register':
      ask(`register ${act.body.id}`, (ctx) => replace(ctx, act.body, { by: 'user' }));
      return;
    case 'mute': {
      const wanted = { expectations: [act.ref.id], until: act.until, by: 'user' };
      ask(`mute ${act.ref.id}`, (ctx) => mute(ctx, act.ref.team, wanted));
      return;
    }
    case 'unmute': {
      const one = firstMute();
      ask(`unmute ${act.ref.id}`, (ctx) => one.end(ctx, act.ref));
      return;
    }
    case 'close':
    case 'acknowledge':
      ask(`${act.do} ${act.ref.id}`, (ctx) => actOnOpen(ctx, act.ref, act.do));
      return;
    default:
      ask(`${act.do} ${act.ref.id}`, (ctx) => changeStatus(ctx, act.ref, STATUS[act.do], { by: 'user' }));
  }
}

const STATUS = { pause: 'paused', resume: 'active', delete: 'deleted' } as const;

/** Ends the first mute that it finds; asked again, the same one. */
function firstMute(): { end: (ctx: Context, ref: ExpectationRef) => Promise<void> } {
  let chosen: string | undefined;
  return {
    end: async (ctx, { team, id }) => {
      const { mutes } = await ctx.mutes.get(team);
      const isMeant = ({ until, expectations }: Mute) => until > ctx.now() && expectations?.includes(id);
      chosen ??= mutes.find(isMeant)?.id;
      if (chosen !== undefined) await endMute(ctx, team, chosen);
    },
  };
}

async function actOnOpen(ctx: Context, ref: ExpectationRef, what: 'close' | 'acknowledge'): Promise<void> {
  const range = { team: ref.team, expectation: ref.id, status: 'open', from: 0, to: ctx.now() };
  const { items } = await ctx.deadlines.breaches(range, { limit: 1 });
  const [first] = items;
  if (!first) return;
  if (what === 'close') await closeBreach(ctx, refOf(first), 'user');
  else await acknowledge(ctx, refOf(first), 'user');
}

function secretsOf(dice: () => number): Context['secrets'] {
  return {
    random: (bytes) => Array.from({ length: bytes }, () => Math.floor(dice() * 36).toString(36)).join(''),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  };
}

interface Trouble {
  profile: Profile;
  chance: (probability: number) => boolean;
  watch: Watch;
}

/** The stores of the world with what goes wrong in them besides the calls themselves. */
function portsOf(world: MemoryWorld, surroundings: Surroundings, trouble: Trouble): Ports {
  const { profile, chance, watch } = trouble;
  const senders: Senders = {
    problem: () => undefined,
    send: async (target, message) => {
      if (chance(profile.refusedSend)) throw new DeliveryFailed('refused');
      await world.senders.send(target, message);
    },
  };
  const objects: Context['objects'] = {
    look: async (bucket, glob, now) =>
      chance(profile.refusedLook)
        ? { ok: false, at: now, cause: 'access denied' }
        : world.objects.look(bucket, glob, now),
  };
  const runs: Context['runs'] = {
    latest: async (query, now) =>
      !UNASKED.has(query.source) && chance(profile.refusedLook)
        ? { ok: false, at: now, cause: 'access denied' }
        : UNASKED.has(query.source)
          ? { ok: true, at: now, runs: [] }
          : world.runs.latest(query, now),
    refusal: (job) => world.runs.refusal(job),
    one: async (run, now) =>
      !UNASKED.has(run.source) && chance(profile.refusedLook)
        ? { ok: false, at: now, cause: 'access denied' }
        : UNASKED.has(run.source)
          ? { ok: true, at: now, runs: [] }
          : world.runs.one(run, now),
  };
  const shown: Awaited<ReturnType<Todos['due']>> = [];
  const todos: Todos = {
    shards: world.todos.shards,
    due: async (shard, until, limit) => {
      const found = await world.todos.due(shard, until, limit);
      if (!chance(profile.staleIndex)) {
        shown.push(...found);
        return found;
      }
      // An index lags: something is not there yet, and something that is done still is.
      const old = shown[Math.floor(found.length % Math.max(1, shown.length))];
      return [...found.slice(1), ...(old ? [old] : [])];
    },
  };
  const { timeline, channels, mutes, teams, apiKeys, tokens, matchers, calendars, ownCalendars } = world;
  const { schedules, lifecycles, nudges } = surroundings;
  return {
    ...{ timeline, channels, teams, apiKeys, tokens, calendars, ownCalendars },
    matchers: watch.matchers(matchers),
    mutes: watch.mutes(mutes),
    ...{ schedules, lifecycles, nudges, todos },
    objects: watch.objects(objects),
    runs: watch.runs(runs),
    registrations: watch.registrations(world.registrations),
    deadlines: watch.deadlines(world.deadlines),
    evidence: watch.evidence(world.evidence),
    alerts: watch.alerts(world.alerts),
    senders: watch.senders(senders),
  };
}
