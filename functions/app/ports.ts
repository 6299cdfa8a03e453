import type { Alert, Message, TrackRecord } from '../core/alert.ts';
import type { Calendar, CalendarBody } from '../core/calendar.ts';
import type { ChannelTarget } from '../core/channel.ts';
import type { Deadline, DeadlineRef, Status, Transition, Verdict } from '../core/deadline.ts';
import type { Evidence } from '../core/evidence.ts';
import type { EventSpec, FileSpec, JobSpec } from '../core/expectation.ts';
import type { FollowUpSpec } from '../core/follow-up.ts';
import type { Grant } from '../core/grant.ts';
import type { Look } from '../core/look.ts';
import type { Reach } from '../core/reach.ts';
import type { Run, RunLook, RunSource } from '../core/run.ts';
import type { Mute } from '../core/mute.ts';
import type { Registration, Revision } from '../core/registration.ts';
import type { HolidayCalendar } from '../core/schedule.ts';
import type { Instant, Milliseconds } from '../core/time.ts';
import type { FieldProblem } from './errors.ts';

/** An expectation is known by its team and its id within the team. */
export interface ExpectationRef {
  team: string;
  id: string;
}

/** One page of a listing; `cursor` asks for the next one and is absent on the last. */
export interface Page<T> {
  items: T[];
  cursor?: string | undefined;
}

export interface Paging {
  limit: number;
  cursor?: string | undefined;
}

/** A save is a compare-and-swap on `version`: false when somebody else wrote first, and nothing was written. */
export interface Registrations {
  get(ref: ExpectationRef): Promise<Registration | undefined>;
  /** Also files the state that it replaces under its revision. */
  save(next: Registration, replaced?: Registration): Promise<boolean>;
  list(team: string, paging: Paging): Promise<Page<Registration>>;
  revisions(ref: ExpectationRef): Promise<Revision[]>;
}

export interface DeadlineQuery {
  from: Instant;
  to: Instant;
  /** Spares reading what lies hours around the range; deadlines of another zone may then be left out. */
  timezone?: string | undefined;
}

/** What is left out is not read either, however much it is. */
export interface DeadlinesAround extends DeadlineQuery {
  /** Only those of a run and of all that restarts it, by its hash. */
  run?: string | undefined;
  /** All but those of single runs. */
  without?: 'runs' | undefined;
}

export interface Deadlines {
  get(ref: DeadlineRef): Promise<Deadline | undefined>;
  /** The deadline and the registration that it belongs to, both as they are now. */
  getWithRegistration(
    ref: DeadlineRef,
  ): Promise<{ deadline: Deadline | undefined; registration: Registration | undefined }>;
  /** False when it exists already. */
  create(deadline: Deadline): Promise<boolean>;
  /** Compare-and-swap on `version`. @returns what was written, or undefined when somebody else wrote first */
  save(deadline: Deadline): Promise<Deadline | undefined>;
  /** Makes every save in progress fail, so that it reads the evidence again. @returns the state thereafter */
  touch(ref: DeadlineRef): Promise<Deadline | undefined>;
  /** Deadlines with from <= dueAt < to, ascending by dueAt. */
  between(ref: ExpectationRef, query: DeadlinesAround): Promise<Deadline[]>;
  /** The newest of a time range first, by page. */
  page(
    ref: ExpectationRef,
    query: DeadlineQuery & { status?: Status | undefined },
    paging: Paging,
  ): Promise<Page<Deadline>>;
  breaches(query: BreachQuery, paging: Paging): Promise<Page<Deadline>>;
}

export interface BreachQuery extends DeadlineQuery {
  /** All teams when absent. */
  team?: string | undefined;
  expectation?: string | undefined;
  status?: string | undefined;
  severity?: string | undefined;
}

export interface EvidenceStore {
  /** Appends. False when it was known already; then nothing is changed. */
  record(ref: ExpectationRef, evidence: Evidence): Promise<boolean>;
  /**
   * Evidence with from <= at <= to, by time; read after all writes that were acknowledged. What has a key, as of
   * follow-ups, is only found by it, so that thousands of keys cost no more than one.
   */
  between(ref: ExpectationRef, from: Instant, to: Instant, key?: string): Promise<Evidence[]>;
  /** False when another deadline has claimed it. Records it first when it is not known yet. */
  claim(ref: ExpectationRef, evidence: Evidence, deadline: string): Promise<boolean>;
  /** Gives up the claim of a deadline; nothing happens when it has none. */
  release(ref: ExpectationRef, evidence: Evidence, deadline: string): Promise<void>;
  /** Counts what came for a deadline and is not kept; twice when it is told twice. */
  leave(ref: ExpectationRef, deadline: string, count: number): Promise<void>;
  /** How much was not kept of each of the deadlines. */
  left(ref: ExpectationRef, deadlines: readonly string[]): Promise<number[]>;
}

/** An entry of the timeline of a deadline. */
export type TimelineEntry =
  | ({ kind: 'transition' } & Transition)
  | { kind: 'note' | 'acknowledged'; at: Instant; actor: string; text: string }
  | {
      kind: 'delivery';
      seq: number;
      channel: string;
      at: Instant;
      status: 'delivered' | 'retrying' | 'failed';
      attempts: number;
      message: string;
      problem?: string | undefined;
    };

export interface Timeline {
  add(ref: DeadlineRef, entry: TimelineEntry): Promise<void>;
  of(ref: DeadlineRef): Promise<TimelineEntry[]>;
}

/** One alert that waits for one channel. */
export interface QueuedAlert {
  channel: string;
  seq: number;
  deadline: DeadlineRef;
  alert: Alert;
}

export interface ChannelState {
  team: string;
  channel: string;
  leaseUntil?: Instant | undefined;
  /** What is being sent: a repeated send is the same alerts under the same id. */
  batch?: { id: string; keys: string[] } | undefined;
  /** In a row. */
  failures: number;
  /** The first of them. */
  failingSince?: Instant | undefined;
  lastProblem?: string | undefined;
  notBefore?: Instant | undefined;
  /** Nudges that had come when all that waited was refused for what it says: what comes later is tried at once. */
  allRefusedAt?: number | undefined;
  nudges: number;
  version: number;
}

export interface AlertQueue {
  /** Writes the transitions to the timeline and one queued alert for each channel; again is harmless. */
  enqueue(
    deadline: DeadlineRef,
    transitions: readonly Transition[],
    alerts: readonly QueuedAlert[],
  ): Promise<void>;
  /** Notes durably that the channel has something to send. */
  nudge(team: string, channels: readonly string[]): Promise<void>;
  state(team: string, channel: string): Promise<ChannelState>;
  /** Compare-and-swap on version; what is told by `next.version` is what was read. */
  saveState(next: ChannelState): Promise<ChannelState | undefined>;
  /** Ends the work on the channel unless it was nudged since the state was read. */
  settle(state: ChannelState): Promise<boolean>;
  oldest(team: string, channel: string, limit: number): Promise<{ key: string; queued: QueuedAlert }[]>;
  load(
    team: string,
    channel: string,
    keys: readonly string[],
  ): Promise<{ key: string; queued: QueuedAlert }[]>;
  /** Which of them were delivered already. */
  delivered(queued: readonly QueuedAlert[]): Promise<boolean[]>;
  /** Records the outcome of each; what is not `retrying` leaves the queue. */
  mark(
    entries: readonly { key: string; queued: QueuedAlert }[],
    outcome: Omit<Extract<TimelineEntry, { kind: 'delivery' }>, 'kind' | 'seq' | 'channel'>,
  ): Promise<void>;
}

/** What each team is not told, and when. All mutes of a team are read and written at once. */
export interface Mutes {
  get(team: string): Promise<{ mutes: readonly Mute[]; version: number }>;
  /** Compare-and-swap: `version` is the one that was read. */
  save(team: string, next: { mutes: readonly Mute[]; version: number }): Promise<boolean>;
}

export interface Channel {
  team: string;
  name: string;
  target: ChannelTarget;
  createdAt: Instant;
}

export interface Channels {
  get(team: string, name: string): Promise<Channel | undefined>;
  put(channel: Channel): Promise<void>;
  remove(team: string, name: string): Promise<boolean>;
  list(team: string): Promise<Channel[]>;
}

export interface Team {
  id: string;
  title?: string | undefined;
  grants: Grant[];
  createdAt: Instant;
  version: number;
}

export interface Teams {
  get(id: string): Promise<Team | undefined>;
  save(team: Team): Promise<boolean>;
  list(): Promise<Team[]>;
}

export type Role = 'viewer' | 'editor' | 'admin';

/** `team: '*'` is the operators' scope: every team. */
export interface ApiKey {
  id: string;
  team: string;
  role: Role;
  name: string;
  secretHash: string;
  createdAt: Instant;
  createdBy: string;
}

export interface ApiKeys {
  get(id: string): Promise<ApiKey | undefined>;
  create(key: ApiKey): Promise<boolean>;
  remove(key: ApiKey): Promise<void>;
  list(team: string): Promise<ApiKey[]>;
}

/** Tokens of the one-line check-in, by the SHA-256 of the token. */
export interface CheckInTokens {
  find(hash: string): Promise<ExpectationRef | undefined>;
  put(hash: string, ref: ExpectationRef): Promise<void>;
  remove(hash: string): Promise<void>;
}

/** What one revision of one expectation wants to hear of. */
export interface Matcher extends ExpectationRef, Reach {
  rev: number;
  /** Exactly one of these. */
  file?: FileSpec | undefined;
  job?: JobSpec | undefined;
  event?: EventSpec | undefined;
  followUp?: FollowUpSpec | undefined;
  /** Of a revision that was replaced: objects of later than this are not for it; the matcher is removed some time after. */
  until?: Instant | undefined;
}

/** Where facts come from: a bucket, a service that runs jobs, a source of events (`*`: whatever has no name). */
export type Place = { bucket: string } | { runs: RunSource } | { events: string };

export interface Matchers {
  /** As of now: never older than the moment of the call. */
  of(place: Place): Promise<readonly Matcher[]>;
  put(matcher: Matcher): Promise<void>;
}

export interface Calendars {
  /** Which data local times and public holidays are computed with: newer ones have a greater text. */
  release: { zones: string; holidays: string };
  /** What is wrong with the name, in words; undefined when it can be used. */
  problem(team: string, name: string): Promise<string | undefined>;
  /** Days off of all the named calendars together. */
  holidays(team: string, names: readonly string[]): Promise<HolidayCalendar>;
  /** The all-day events of an iCalendar file, those that recur up to some years after now. */
  readICalendar(text: string, now: Instant): CalendarBody | { problems: FieldProblem[] };
}

/** A calendar is known by its team and its name within the team. */
export interface CalendarRef {
  team: string;
  name: string;
}

/** One entry of the history of a calendar. */
export type CalendarRevision = Omit<Calendar, 'unsettledSince' | 'warnedOf' | 'version'>;

/** The calendars that teams keep themselves. */
export interface OwnCalendars {
  /** Also one that was deleted: its tombstone. */
  get(ref: CalendarRef): Promise<Calendar | undefined>;
  /** Compare-and-swap on `version`. Also files the state that it replaces under its revision. */
  save(next: Calendar, replaced?: Calendar): Promise<boolean>;
  /** By name, without deleted ones. */
  list(team: string): Promise<Calendar[]>;
  /** The newest first, with the present one. */
  revisions(ref: CalendarRef): Promise<CalendarRevision[]>;
}

export interface Schedules {
  /** Once, at or after the instant; again is harmless. */
  put(ref: DeadlineRef, at: Instant): Promise<void>;
  remove(ref: DeadlineRef): Promise<void>;
}

export interface Lifecycles {
  /** Starts the lifecycle of a breach; a second start of the same generation is harmless. */
  start(ref: DeadlineRef, generation: number): Promise<void>;
  /** Wakes it out of its wait; a token that is no longer waited for is harmless. */
  wake(taskToken: string): Promise<void>;
}

export interface ObjectStore {
  /**
   * Lists what the glob can match; where no event tells of it, also what has come and gone, as versions show it. What
   * keeps it from looking is part of the answer, not an error.
   */
  look(bucket: string, glob: string, now: Instant): Promise<Look>;
}

/** Which runs are asked for. Without an account or a region: those of the deployment. */
export interface RunQuery {
  source: RunSource;
  /** The exact name, as runs have it. */
  job: string;
  account?: string | undefined;
  region?: string | undefined;
  since: Instant;
}

/** What the services that run jobs tell when asked. What keeps them from telling is part of the answer, not an error. */
export interface Runs {
  /** The runs that began or ended at or after `since`, and those that still run. Sources that nobody can be asked about have none. */
  latest(query: RunQuery, now: Instant): Promise<RunLook>;
  /** The run as its service tells of it now: one, or none when it has not begun. */
  one(run: Pick<Run, 'source' | 'job' | 'run' | 'account' | 'region'>, now: Instant): Promise<RunLook>;
  /** Why no runs of the job can ever be known, as the end of a sentence that begins with it; undefined when they can, or nobody could tell. */
  refusal(job: Omit<RunQuery, 'since'>): Promise<string | undefined>;
}

export interface Nudges {
  /** Asks for the channel's queue to be sent, after a pause in milliseconds. */
  send(team: string, channels: readonly string[], delay?: Milliseconds): Promise<void>;
}

export interface Senders {
  /** @throws DeliveryFailed */
  send(target: ChannelTarget, message: Message): Promise<void>;
  problem(target: ChannelTarget): string | undefined;
}

/** What the sweep finds to do: everything whose time to act has come. */
export type Todo =
  | { kind: 'deadline'; ref: DeadlineRef }
  | { kind: 'registration'; ref: ExpectationRef }
  | ({ kind: 'calendar' } & CalendarRef)
  | { kind: 'channel'; team: string; channel: string };

export interface Todos {
  shards: number;
  due(shard: number, until: Instant, limit: number): Promise<Todo[]>;
}

export interface Log {
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

/** What a line of the log tells beside its message; a fact of one of these names would be dropped. */
export type Facts = Record<string, unknown> & {
  [reserved in 'level' | 'message' | 'sampling_rate' | 'service' | 'timestamp']?: never;
};

/** Events that are counted for the operators of Overdue; verdicts by their own names. */
export type Counted =
  | Verdict
  | 'inconclusive'
  | 'delivered'
  | 'deliveryFailed'
  | 'givenUp'
  | 'evidenceAccepted'
  | 'evidenceRejected'
  | 'eventsUnwanted'
  | 'eventsNotNeeded'
  | 'sweepRepairs'
  | 'sweepFailures';

/** Lengths of time that operators watch: how long after checkAt a verdict came, how long the oldest to-do waits. */
export type Timed = 'judgeLag' | 'oldestUndone';

/** Figures for the operators, without names of teams: there may be thousands. */
export interface Metrics {
  count(name: Counted, by?: number): void;
  time(name: Timed, length: Milliseconds): void;
}

/** Everything that the use-cases need of the world. */
export interface Context {
  now(): Instant;
  pause(length: Milliseconds): Promise<void>;
  log: Log;
  metrics: Metrics;
  registrations: Registrations;
  deadlines: Deadlines;
  evidence: EvidenceStore;
  timeline: Timeline;
  alerts: AlertQueue;
  channels: Channels;
  mutes: Mutes;
  teams: Teams;
  apiKeys: ApiKeys;
  tokens: CheckInTokens;
  matchers: Matchers;
  calendars: Calendars;
  ownCalendars: OwnCalendars;
  schedules: Schedules;
  lifecycles: Lifecycles;
  objects: ObjectStore;
  runs: Runs;
  /** The services whose jobs are heard of; all when absent. */
  jobSources?: ReadonlySet<RunSource> | undefined;
  nudges: Nudges;
  senders: Senders;
  todos: Todos;
  /** From 0 up to but without 1. */
  random(): number;
  /** Random bytes as URL-safe text, and SHA-256 in hex. */
  secrets: { random(bytes: number): string; sha256(text: string): string };
  /** Address under which people reach the API, without a slash at the end. */
  publicUrl: string;
}

export type { TrackRecord };
