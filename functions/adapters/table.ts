import { createHash } from 'node:crypto';
import { deadlineId, DeadlineRef, parseDeadlineId, type Deadline } from '../core/deadline.ts';
import type { Evidence } from '../core/evidence.ts';
import { HOUR, type Instant } from '../core/time.ts';
import type { CalendarRef, ExpectationRef, Todo } from '../app/ports.ts';

/**
 * The one table. Ids are `[a-z0-9][a-z0-9._-]*`, so `/`, `#` and `|` separate; instants in keys are ISO 8601 in UTC with
 * milliseconds, which sort by time. Every index holds keys only and is sparse: what it leads to is read by key, because
 * an index lags behind the table and is never what a decision hangs on.
 *
 * | item                        | pk               | sk                                  | in the indexes                  |
 * | --------------------------- | ---------------- | ----------------------------------- | ------------------------------- |
 * | expectation, tombstone      | E#team/id        | HEAD                                | todo: planAt; byTeam: EX#team   |
 * | its earlier revisions       | E#team/id        | REV#00000001                        |                                 |
 * | deadline of a local time    | E#team/id        | D#2026-11-21T06:00#r1               | todo: actAt; a breach: byTeam   |
 * | deadline of an instant      | E#team/id        | DI#2026-11-21T05:00:00.000Z#r1      |   BR#team#0-3, byTime BR#0-7;   |
 * |                             |                  |                                     |   while it is open: open OPEN#s |
 * | deadline of a run           | E#team/id        | DR#<hash>#<start>#r1                |                                 |
 * | signpost to a deadline      | E#team/id        | DI#<dueAt>#<occurrence>#r1          |                                 |
 * | signpost to one of a run    | E#team/id        | DRI#<dueAt>#<occurrence>#r1         |                                 |
 * | evidence                    | E#team/id        | V#<at>#<hash of id>                 |                                 |
 * | evidence with a key         | E#team/id        | VK#<hash of key>#<at>#<hash of id>  |                                 |
 * | how much was not kept       | E#team/id        | L#<deadline id>                     |                                 |
 * | transition                  | E#team/id        | X#<deadline id>#00000001            |                                 |
 * | delivery of a transition    | E#team/id        | X#<deadline id>#00000001#channel    |                                 |
 * | note, acknowledgement       | E#team/id        | X#<deadline id>#N#<at>#note#<hash>  |                                 |
 * | queued alert                | Q#team#channel   | A#<at>#expectation#<deadline id>#1  |                                 |
 * | state of a channel's queue  | Q#team#channel   | STATE                               | todo: when it must be sent      |
 * | channel                     | TEAM#team        | CH#name                             |                                 |
 * | calendar, tombstone         | TEAM#team        | CAL#name                            | todo: actAt                     |
 * | its earlier revisions       | CAL#team/name    | REV#00000001                        |                                 |
 * | team                        | TEAMS            | id                                  |                                 |
 * | API key                     | KEY#id           | KEY                                 | byTeam: KEYS#team               |
 * | check-in token              | TOKEN#hash       | TOKEN                               |                                 |
 * | matcher                     | M#bucket         | P#team/id#r1                        |                                 |
 * | version of the matchers     | M#bucket         | VERSION                             |                                 |
 *
 * A deadline lies at its occurrence, which is not its dueAt: a local time is up to 15 hours off, and the dueAt of a
 * silence moves on for years. Whatever lies further off than its key lets expect has a signpost at its dueAt, written
 * before the deadline itself; a stale signpost leads to a deadline whose dueAt is elsewhere, and is passed over. A
 * deadline of a run lies where all that is told of the run finds it, and has its signpost apart: of thousands that are
 * open none is read for another.
 */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds, of what is over, where the history is not kept for ever. */
  timeToLive: 'expiresAt',
  /** Attributes of the indexes are strings, and their projection is KEYS_ONLY. */
  indexes: {
    /** What has something to do, by when. */
    todo: { partitionKey: 'todoShard', sortKey: 'todoAt' },
    /** Expectations and API keys of a team by id; breaches of a team by dueAt. */
    byTeam: { partitionKey: 'teamKey', sortKey: 'listKey' },
    /** All breaches by dueAt. */
    byTime: { partitionKey: 'timeShard', sortKey: 'listKey' },
    /** Open breaches by dueAt. */
    open: { partitionKey: 'openShard', sortKey: 'listKey' },
  },
} as const;

export type IndexName = keyof typeof TABLE.indexes;

/** The primary key of an item. */
export interface Key {
  pk: string;
  sk: string;
}

/** Partition keys of the todo index: spreads 60,000 deadlines of one minute over as many partitions. */
export const TODO_SHARDS = 64;

/** Partition keys of the breaches of one team, and of those of all teams. */
export const BREACH_SHARDS = { team: 4, all: 8 } as const;

/** No zone is further from UTC than 14 hours, so that no local occurrence is further from its dueAt than this. */
export const LOCAL_REACH = 15 * HOUR;

export const headSk = 'HEAD';
export const stateSk = 'STATE';

export function expectationPk({ team, id }: ExpectationRef): string {
  return `E#${team}/${id}`;
}

export function queuePk(team: string, channel: string): string {
  return `Q#${team}#${channel}`;
}

export function teamPk(team: string): string {
  return `TEAM#${team}`;
}

export function calendarKey({ team, name }: CalendarRef): Key {
  return { pk: teamPk(team), sk: `${CALENDAR}${name}` };
}

/** Partition and beginning of the sort keys of all calendars of a team. */
export function calendarPrefix(team: string): [pk: string, prefix: string] {
  return [teamPk(team), CALENDAR];
}

export function calendarRevisionsPk({ team, name }: CalendarRef): string {
  return `${CALENDAR}${team}/${name}`;
}

const CALENDAR = 'CAL#';

/** Numbers in keys have eight digits, so that they sort. */
export function padded(count: number): string {
  return String(count).padStart(8, '0');
}

const LATEST: Instant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The instant as it stands in keys; what is before 1970 or after 9999 is taken for the bound. */
export function sortable(instant: Instant): string {
  return new Date(Math.min(Math.max(Math.floor(instant), 0), LATEST)).toISOString();
}

/** 22 characters that stand for a text of any length. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

export function deadlineKey({ team, expectation, occurrence, rev }: DeadlineRef): Key {
  const pk = expectationPk({ team, id: expectation });
  const { start, hash } = OF_RUN.exec(occurrence)?.groups ?? {};
  if (start !== undefined && hash !== undefined) return { pk, sk: `${runPrefix(hash)}${start}#r${rev}` };
  const form = isInstant(occurrence) ? 'DI' : 'D';
  return { pk, sk: `${form}#${occurrence}#r${rev}` };
}

/** The occurrence of a run. */
const OF_RUN = /^(?<start>.+Z)\.(?<hash>[0-9a-f]{8})$/;

/** What the keys of the deadlines of a run begin with, and of all that restarts it. */
export function runPrefix(hash: string): string {
  return `DR#${hash}#`;
}

/** The signpost that a deadline needs to be found by its dueAt; undefined when its own key tells enough. */
export function signpostKey(deadline: DeadlineRef & { dueAt: Instant }): Key | undefined {
  const { team, expectation, occurrence, rev, dueAt } = deadline;
  const pk = expectationPk({ team, id: expectation });
  const place = `${sortable(dueAt)}#${occurrence}#r${rev}`;
  if (OF_RUN.test(occurrence)) return { pk, sk: `DRI#${place}` };
  const off = Math.abs(dueAt - nominal(occurrence));
  return off <= (isInstant(occurrence) ? 0 : LOCAL_REACH) ? undefined : { pk, sk: `DI#${place}` };
}

/** The deadline that a key is of, or that a signpost leads to. @throws MalformedKey */
export function readDeadlineKey(key: Key): DeadlineRef {
  const { team, id } = readExpectationPk(key);
  const [, hash, start] = /^DR#([^#]+)#([^#]+)#[^#]+$/.exec(key.sk) ?? [];
  const [, written = `${start}.${hash}`] = /^(?:D|DI|DI#[^#]+|DRI#[^#]+)#([^#]+)#[^#]+$/.exec(key.sk) ?? [];
  const named = parseDeadlineId(`${written}~${key.sk.slice(key.sk.lastIndexOf('#') + 1)}`);
  if (!named) throw new MalformedKey(key);
  return { team, expectation: id, ...named };
}

export function isSignpostKey({ sk }: Key): boolean {
  return /^(DI|DRI)#[^#]+#[^#]+#[^#]+$/.test(sk);
}

/** The local time of an occurrence as if it were UTC, and the instant of one that is an instant. */
export function nominal(occurrence: string): Instant {
  return Date.parse(isInstant(occurrence) ? occurrence : `${occurrence.slice(0, 16)}Z`);
}

function isInstant(occurrence: string): boolean {
  return occurrence.endsWith('Z');
}

export function evidenceKey(
  ref: ExpectationRef,
  { id, at, keyed }: Pick<Evidence, 'id' | 'at' | 'keyed'>,
): Key {
  return { pk: expectationPk(ref), sk: `${evidencePrefix(keyed?.key)}${sortable(at)}#${digest(id)}` };
}

/** What the sort keys of evidence begin with: of all that has no key, or of what has this one. */
export function evidencePrefix(key: string | undefined): string {
  return key === undefined ? 'V#' : `VK#${digest(key)}#`;
}

/** Where it is counted how much came of a deadline and is not kept. @param deadline its id */
export function leftKey(ref: ExpectationRef, deadline: string): Key {
  return { pk: expectationPk(ref), sk: `L#${deadline}` };
}

/** What all entries of the timeline of a deadline begin with. */
export function timelinePrefix(ref: Pick<DeadlineRef, 'occurrence' | 'rev'>): string {
  return `X#${deadlineId(ref)}#`;
}

/** Attributes that put an item into the todo index; none when there is nothing to do. */
export function todoAttributes(key: Key, at: Instant | undefined): { todoShard?: string; todoAt?: string } {
  if (at === undefined) return {};
  const hash = digest(`${key.pk}|${key.sk}`);
  return { todoShard: todoShard(shardOf(hash, TODO_SHARDS)), todoAt: `${sortable(at)}#${hash}` };
}

export function todoShard(shard: number): string {
  return `T#${shard}`;
}

/** Attributes that put a breach into its indexes; none when the deadline was not missed. */
export function breachAttributes(key: Key, { team, dueAt, breach }: Deadline): Record<string, string> {
  if (!breach) return {};
  const hash = digest(`${key.pk}|${key.sk}`);
  const shard = shardOf(hash, BREACH_SHARDS.all);
  return {
    listKey: `${sortable(dueAt)}#${key.pk}|${key.sk}`,
    teamKey: `BR#${team}#${shardOf(hash, BREACH_SHARDS.team)}`,
    timeShard: `BR#${shard}`,
    ...(breach.status === 'open' ? { openShard: `OPEN#${shard}` } : {}),
  };
}

function shardOf(hash: string, shards: number): number {
  return Buffer.from(hash, 'base64url').readUInt16BE(0) % shards;
}

/** What an item of the todo index is about. @throws MalformedKey */
export function readTodoKey(key: Key): Todo {
  if (key.pk.startsWith('Q#') && key.sk === stateSk) {
    const [, team, channel, ...rest] = key.pk.split('#');
    if (!team || !channel || rest.length > 0) throw new MalformedKey(key);
    return { kind: 'channel', team, channel };
  }
  const [, team, name] = /^TEAM#([^#]+)\|CAL#([^#]+)$/.exec(`${key.pk}|${key.sk}`) ?? [];
  if (team !== undefined && name !== undefined) return { kind: 'calendar', team, name };
  if (key.sk === headSk) return { kind: 'registration', ref: readExpectationPk(key) };
  return { kind: 'deadline', ref: readDeadlineKey(key) };
}

/** The expectation of an item that belongs to one. @throws MalformedKey */
export function readExpectationPk(key: Key): ExpectationRef {
  const [, team, id] = /^E#([^/#]+)\/([^/#]+)$/.exec(key.pk) ?? [];
  if (team === undefined || id === undefined) throw new MalformedKey(key);
  return { team, id };
}

/** A key that no version of this code has written. */
export class MalformedKey extends Error {
  override name = 'MalformedKey';

  constructor({ pk, sk }: Key) {
    super(`the table holds a key of unknown form: pk ${pk}, sk ${sk}`);
  }
}
