import { z } from 'zod';
import { AlertType, BreachReason } from './alert.ts';
import { Severity } from './expectation.ts';
import { Inconclusive } from './inconclusive.ts';
import { RunSource, type RunName } from './run.ts';
import { DAY, type Instant, type Milliseconds } from './time.ts';

/** The four names that identify a deadline for ever. */
export const DeadlineRef = z.object({
  team: z.string(),
  expectation: z.string(),
  /**
   * The local occurrence (`2026-11-21T06:00`), or the UTC instant of a grid or of the last sign of life; of a run the
   * instant at which it began, and 8 digits of the hash of its id: `2026-11-21T01:00:03.123Z.5f3a9c01`; of a follow-up
   * likewise, with 12 digits of the hash of the key.
   */
  occurrence: z.string(),
  /** The revision whose rules govern it. */
  rev: z.int(),
});
export type DeadlineRef = z.infer<typeof DeadlineRef>;

/**
 * How far after now a deadline may be due that is missed already: a run or a report that failed is missed before its
 * time. Longer than any deadline is kept ahead.
 */
export const MISSED_AHEAD: Milliseconds = 3 * 366 * DAY;

/** What must be seen, with every date filled in. */
export const Awaited = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    bucket: z.string(),
    /** A glob; its date tokens are resolved. */
    key: z.string(),
    /** Whether the key names the date, so that it can belong to no other deadline. */
    dated: z.boolean(),
    minCount: z.int(),
    minBytes: z.int(),
  }),
  z.object({ kind: z.literal('check-in'), minCount: z.literal(1) }),
  z.object({
    kind: z.literal('event'),
    /** Fingerprint of the pattern, and what it takes in words. */
    pattern: z.string(),
    of: z.string(),
    minCount: z.int(),
    maxCount: z.int().optional(),
  }),
  z.object({
    kind: z.literal('run'),
    source: RunSource,
    /** A glob. */
    job: z.string(),
    account: z.string().optional(),
    region: z.string().optional(),
    /** Globs, by the names of arguments. */
    arguments: z.record(z.string(), z.string()).optional(),
    mustHave: z.enum(['succeeded', 'started']),
    minCount: z.int(),
    /** No run, but that runs are found of which no event tells. */
    found: z.literal(true).optional(),
    /** The one run that is meant, with the instant at which it began. */
    run: z
      .object({
        id: z.string(),
        job: z.string(),
        account: z.string(),
        region: z.string(),
        startedAt: z.int(),
      })
      .optional(),
  }),
]);
export type Awaited = z.infer<typeof Awaited>;

export const Status = z.enum(['pending', 'met', 'missed', 'excused', 'cancelled', 'undetermined']);
export type Status = z.infer<typeof Status>;
export type Verdict = Exclude<Status, 'pending'>;

export const BreachStatus = z.enum(['open', 'recovered', 'never', 'withdrawn', 'closed']);
export type BreachStatus = z.infer<typeof BreachStatus>;

/** The record of a missed deadline, kept on the deadline so that one write changes both. All instants in epoch ms. */
export const Breach = z.object({
  status: BreachStatus,
  reason: BreachReason,
  severity: Severity,
  openedAt: z.int(),
  /** What was seen instead of what was expected, in words. */
  seen: z.string(),
  /** Of a job that is due by a time: the run that was seen. */
  run: z.object({ job: z.string(), run: z.string(), account: z.string(), region: z.string() }).optional(),
  endedAt: z.int().optional(),
  arrivedAt: z.int().optional(),
  /** arrivedAt minus dueAt, in milliseconds. */
  lateBy: z.int().optional(),
  /** When only an interval is known in which it came: it was late by more than this, and by lateBy at most. */
  lateAtLeast: z.int().optional(),
  acknowledged: z.object({ by: z.string(), at: z.int() }).optional(),
  /** When the lifecycle must act next (look, remind or give up); past it, the lifecycle is dead and is restarted. */
  nextActionAt: z.int(),
  lookAt: z.int().optional(),
  looks: z.int(),
  remindAt: z.int(),
  /** Something was not told: at the end of the mute it is, if it is open still. Whether it was that it was opened. */
  muted: z.object({ until: z.int(), opened: z.boolean() }).optional(),
  /** Counts the lifecycles: a restarted one has the next number, so that the old one knows it is replaced. */
  generation: z.int(),
  taskToken: z.string().optional(),
});
export type Breach = z.infer<typeof Breach>;

/** A change that people are told of. */
export const Transition = z.object({
  seq: z.int(),
  type: AlertType,
  at: z.int(),
  seen: z.string(),
  reason: BreachReason.optional(),
  lateBy: z.int().optional(),
  lateAtLeast: z.int().optional(),
  actor: z.string().optional(),
  /** It was told to nobody. */
  muted: z.literal(true).optional(),
});
export type Transition = z.infer<typeof Transition>;

/** What came and must be followed by something with the same key. */
export const Followed = z.object({
  key: z.string(),
  /** When it came (epoch ms). */
  at: z.int(),
  /** Tells it apart: nothing follows itself. */
  fact: z.string(),
  /** In words: `orders/17.csv in acme-landing`. */
  what: z.string(),
  /** Fingerprint of the rule that took it. */
  mark: z.string(),
});
export type Followed = z.infer<typeof Followed>;

/** How long those before took, as counted from an instant. All in ms. */
export const Usual = z.object({
  /** What the lengths count from (epoch ms). */
  from: z.int(),
  /** Half of them had come by then. */
  half: z.int(),
  /** So many of so many had come by then. */
  most: z.int(),
  count: z.int(),
  of: z.int(),
  /** When people are warned, unless it has come (epoch ms). */
  warnAt: z.int(),
  /** Whether that was looked at already. */
  warned: z.boolean(),
});
export type Usual = z.infer<typeof Usual>;

/** One occurrence of an expectation, its verdict, and the breach if it was missed. All instants in epoch ms. */
export const Deadline = DeadlineRef.extend({
  timezone: z.string(),
  /** Local date and time as written, `2026-11-21 06:00`: what the date tokens of keys stand for. */
  local: z.string(),
  note: z.string().optional(),
  awaits: Awaited,
  /** Of a follow-up: what came before. */
  after: Followed.optional(),
  /** Evidence counts from after this. */
  opensAt: z.int(),
  dueAt: z.int(),
  /** dueAt + grace: what comes later is late. */
  limitAt: z.int(),
  /** limitAt + settle: when it is judged. */
  checkAt: z.int(),
  /** A late arrival up to this still belongs here; after it, to the next occurrence. */
  lateUntil: z.int(),
  /** Up to this the occurrence before may still need what arrives in our window. */
  contestedUntil: z.int(),
  giveUpAt: z.int(),
  /** Of a `silentFor` deadline: the silence allowed; its dueAt moves on with each sign of life. */
  silence: z.int().optional(),
  /** When others like it came, lately, and when it is later than them; lengths from `from` on. */
  usual: Usual.optional(),
  plannedAt: z.int(),
  status: Status,
  decidedAt: z.int().optional(),
  /** Excused: the holiday. Cancelled: what became of the revision. Undetermined: why it could not be told. */
  cause: z.string().optional(),
  /** When the last piece that was needed came, and how far into grace that was (ms). */
  metAt: z.int().optional(),
  intoGrace: z.int().optional(),
  /** Ids of the evidence that serves it. */
  evidence: z.array(z.string()).optional(),
  /** Of a pending deadline that could not be looked at. */
  inconclusive: Inconclusive.optional(),
  /** Proof that came after the verdict and contradicts it. The verdict stays. */
  correction: z
    .object({ outcome: z.literal('met'), at: z.int(), arrivedAt: z.int(), evidence: z.array(z.string()) })
    .optional(),
  breach: Breach.optional(),
  /** Number of the last transition. */
  seq: z.int(),
  /** Transitions that still have to be handed to the channels. */
  outbox: z.array(Transition),
  /** Counts the writes: a save succeeds only on the version that it read. */
  version: z.int(),
});
export type Deadline = z.infer<typeof Deadline>;

/** `2026-11-21T06:00~r1`: unique within the expectation; evidence is claimed under it. */
export function deadlineId({ occurrence, rev }: Pick<DeadlineRef, 'occurrence' | 'rev'>): string {
  return `${occurrence}~r${rev}`;
}

/** One id from the schedule to the delivery: in the lines of the log, and the beginning of the ids of its alerts. */
export function fullId(ref: DeadlineRef): string {
  return `${ref.team}/${ref.expectation}/${deadlineId(ref)}`;
}

/** The form of what deadlineId writes. */
export const DEADLINE_ID = /^([0-9a-fT:.Z+-]{10,40})~r([1-9][0-9]{0,8})$/;

/** Reads what deadlineId wrote. @returns undefined when the text is no such id */
export function parseDeadlineId(id: string): Pick<DeadlineRef, 'occurrence' | 'rev'> | undefined {
  const match = DEADLINE_ID.exec(id);
  return match?.[1] && match[2] ? { occurrence: match[1], rev: Number(match[2]) } : undefined;
}

export function refOf({ team, expectation, occurrence, rev }: DeadlineRef): DeadlineRef {
  return { team, expectation, occurrence, rev };
}

/** When somebody must next act on the deadline; undefined when nothing is left to do. */
export function actAt(deadline: Deadline): Instant | undefined {
  const { status, outbox } = deadline;
  const next = status === 'pending' ? lookAt(deadline) : openBreach(deadline)?.nextActionAt;
  const times = [next, outbox[0]?.at].filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** When a pending deadline must next be looked at: to warn, or to judge it. */
export function lookAt({ usual, checkAt, inconclusive }: Deadline): Instant {
  const judgeAt = Math.max(checkAt, inconclusive?.lookAt ?? 0);
  return usual && !usual.warned ? Math.min(usual.warnAt, judgeAt) : judgeAt;
}

/** Whether it is the deadline of one run, and not of a job by a time of day. @param id of the run; any when absent */
export function isOfRun({ awaits }: Pick<Deadline, 'awaits'>, id?: string): boolean {
  return awaits.kind === 'run' && awaits.run !== undefined && (id === undefined || awaits.run.id === id);
}

/** Whether its due time comes from `due`, and not from what happened or could not be seen. */
export function isByClock({ awaits, after }: Pick<Deadline, 'awaits' | 'after'>): boolean {
  return after === undefined && !(awaits.kind === 'run' && (awaits.run ?? awaits.found));
}

/** The run that it is about: the one that is awaited, or the one that was seen when it was missed. */
export function runOf({
  awaits,
  breach,
}: Pick<Deadline, 'awaits' | 'breach'>): Omit<RunName & { source: RunSource }, 'startedAt'> | undefined {
  if (awaits.kind !== 'run') return undefined;
  const { source, run: awaited } = awaits;
  if (!awaited) return breach?.run && { source, ...breach.run };
  const { id, job, account, region } = awaited;
  return { source, job, run: id, account, region };
}

export function openBreach({ breach }: Deadline): Breach | undefined {
  return breach?.status === 'open' ? breach : undefined;
}

/** Adds a transition to what the channels must be told. */
export function announce(deadline: Deadline, transition: Omit<Transition, 'seq'>): Deadline {
  const seq = deadline.seq + 1;
  return { ...deadline, seq, outbox: [...deadline.outbox, { ...transition, seq }] };
}
