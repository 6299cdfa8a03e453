import { DeliveryFailed } from '../../../functions/app/errors.ts';
import type {
  Counted,
  Lifecycles,
  Log,
  Metrics,
  Nudges,
  ObjectStore,
  RunQuery,
  Runs,
  Schedules,
  Senders,
  Timed,
  Todo,
  Todos,
} from '../../../functions/app/ports.ts';
import type { Message } from '../../../functions/core/alert.ts';
import type { ChannelTarget } from '../../../functions/core/channel.ts';
import { actAt } from '../../../functions/core/calendar.ts';
import { refOf, type DeadlineRef } from '../../../functions/core/deadline.ts';
import { literalPrefix } from '../../../functions/core/key-pattern.ts';
import type { Look, SeenObject } from '../../../functions/core/look.ts';
import { isLaterTry, type Run, type RunLook } from '../../../functions/core/run.ts';
import type { Instant, Milliseconds } from '../../../functions/core/time.ts';
import type { MemoryAlerts } from './alerts.ts';
import type { MemoryOwnCalendars } from './directory.ts';
import { keyOfDeadline, type MemoryDeadlines } from './deadlines.ts';
import type { MemoryRegistrations } from './registrations.ts';
import { copy, keyOf, Table } from './table.ts';

/** Schedules in memory: what would call the checker, and when. Nothing fires by itself. */
export class MemorySchedules implements Schedules {
  readonly #items = new Table<{ ref: DeadlineRef; at: Instant }>();

  async put(ref: DeadlineRef, at: Instant): Promise<void> {
    await Promise.resolve();
    this.#items.put(keyOfDeadline(ref), { ref: refOf({ ...ref }), at });
  }

  async remove(ref: DeadlineRef): Promise<void> {
    await Promise.resolve();
    this.#items.remove(keyOfDeadline(ref));
  }

  /** What is scheduled, the earliest first. */
  all(): { ref: DeadlineRef; at: Instant }[] {
    return this.#items.all().toSorted((a, b) => a.at - b.at);
  }

  /** What is due, which is taken out: a schedule fires once. */
  take(until: Instant): DeadlineRef[] {
    const due = this.all().filter(({ at }) => at <= until);
    for (const { ref } of due) this.#items.remove(keyOfDeadline(ref));
    return due.map(({ ref }) => ref);
  }
}

/** Lifecycles in memory: which were started and which tokens were sent back. Nothing runs by itself. */
export class MemoryLifecycles implements Lifecycles {
  readonly #started = new Table<{ ref: DeadlineRef; generation: number }>();
  readonly woken: string[] = [];

  async start(ref: DeadlineRef, generation: number): Promise<void> {
    await Promise.resolve();
    this.#started.insert(keyOf(keyOfDeadline(ref), generation), { ref: refOf({ ...ref }), generation });
  }

  async wake(taskToken: string): Promise<void> {
    await Promise.resolve();
    this.woken.push(taskToken);
  }

  /** In the order of their starts. */
  get started(): { ref: DeadlineRef; generation: number }[] {
    return this.#started.all();
  }
}

/** Buckets in memory. */
export class MemoryObjects implements ObjectStore {
  readonly #buckets = new Map<string, { covered: boolean; objects: Map<string, SeenObject> }>();
  /** While set, no look succeeds: `access denied`. */
  cause: string | undefined;

  /** @param covered whether the bucket tells every change by an event */
  createBucket(bucket: string, covered = true): void {
    this.#buckets.set(bucket, { covered, objects: new Map() });
  }

  put(bucket: string, object: SeenObject): void {
    if (!this.#buckets.has(bucket)) this.createBucket(bucket);
    this.#buckets.get(bucket)?.objects.set(object.key, copy(object));
  }

  remove(bucket: string, key: string): void {
    this.#buckets.get(bucket)?.objects.delete(key);
  }

  async look(bucket: string, glob: string, now: Instant): Promise<Look> {
    await Promise.resolve();
    const found = this.#buckets.get(bucket);
    if (this.cause !== undefined) return { ok: false, at: now, cause: this.cause };
    if (!found) return { ok: false, at: now, cause: `the bucket ${bucket} does not exist` };
    const prefix = literalPrefix(glob);
    const objects: SeenObject[] = [];
    for (const [key, object] of found.objects) if (key.startsWith(prefix)) objects.push(copy(object));
    return { ok: true, at: now, objects, covered: found.covered };
  }
}

/** Services that run jobs, in memory: what they would answer. */
export class MemoryRuns implements Runs {
  readonly #runs = new Map<string, Run>();
  /** While set, no look succeeds: `access denied`. */
  cause: string | undefined;
  /** When runs were asked for. */
  readonly asked: Instant[] = [];

  /** What is known of a run now; a later word replaces an earlier one. */
  put(run: Run): void {
    this.#runs.set(`${run.source} ${run.run}`, copy(run));
  }

  /** The service keeps it no more. */
  forget({ source, run }: Pick<Run, 'source' | 'run'>): void {
    this.#runs.delete(`${source} ${run}`);
  }

  async latest({ source, job, since }: RunQuery, now: Instant): Promise<RunLook> {
    await Promise.resolve();
    this.asked.push(now);
    if (this.cause !== undefined) return { ok: false, at: now, cause: this.cause };
    const runs: Run[] = [];
    for (const run of this.#runs.values())
      if (run.job === job && run.source === source && (run.endedAt ?? now) > since) runs.push(copy(run));
    return { ok: true, at: now, runs };
  }

  async refusal({ job }: Omit<RunQuery, 'since'>): Promise<string | undefined> {
    await Promise.resolve();
    return job.endsWith('express') ? 'is an Express state machine' : undefined;
  }

  async one({ source, run }: Pick<Run, 'source' | 'run'>, now: Instant): Promise<RunLook> {
    await Promise.resolve();
    if (this.cause !== undefined) return { ok: false, at: now, cause: this.cause };
    const tries = [...this.#runs.values()].filter(
      (known) => known.source === source && (known.run === run || isLaterTry(known, run)),
    );
    return { ok: true, at: now, runs: tries.map(copy) };
  }
}

/** Nudges that were sent. Nothing flushes by itself. */
export class MemoryNudges implements Nudges {
  readonly sent: { team: string; channels: readonly string[]; delay: Milliseconds }[] = [];

  async send(team: string, channels: readonly string[], delay: Milliseconds = 0): Promise<void> {
    await Promise.resolve();
    this.sent.push({ team, channels: [...channels], delay });
  }
}

/** Keeps what was sent. */
export class MemorySenders implements Senders {
  readonly sent: { target: ChannelTarget; message: Message }[] = [];
  /** Why sending fails now; undefined while it works. */
  failure: string | undefined;
  /** The pause that the receiver asks for with it. */
  retryAfter: Milliseconds | undefined;
  /** What the receiver has against a message. */
  refuses: (message: Message) => string | undefined = () => undefined;
  /** What this deployment has against a target. */
  problem: (target: ChannelTarget) => string | undefined = () => undefined;

  async send(target: ChannelTarget, message: Message): Promise<void> {
    await Promise.resolve();
    const { failure, retryAfter } = this;
    if (failure !== undefined) throw new DeliveryFailed(failure, { retryAfter });
    const refused = this.refuses(message);
    if (refused !== undefined) throw new DeliveryFailed(refused, { isRefusal: true });
    this.sent.push(copy({ target, message }));
  }
}

/** What the log was told. */
export class MemoryLog implements Log {
  readonly lines: { level: 'info' | 'warn' | 'error'; message: string; facts: Record<string, unknown> }[] =
    [];

  info(message: string, facts: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'info', message, facts });
  }

  warn(message: string, facts: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'warn', message, facts });
  }

  error(message: string, facts: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'error', message, facts });
  }
}

/** The to-do index, computed from what the other stores hold. */
/** Everything that was counted: counts are summed, times listed in milliseconds. */
export class MemoryMetrics implements Metrics {
  readonly counts: Partial<Record<Counted, number>> = {};
  readonly times: { name: Timed; length: number }[] = [];

  count(name: Counted, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  time(name: Timed, length: number): void {
    this.times.push({ name, length });
  }
}

export class MemoryTodos implements Todos {
  readonly shards = 4;
  readonly #stores: {
    deadlines: MemoryDeadlines;
    registrations: MemoryRegistrations;
    ownCalendars: MemoryOwnCalendars;
    alerts: MemoryAlerts;
  };

  constructor(stores: {
    deadlines: MemoryDeadlines;
    registrations: MemoryRegistrations;
    ownCalendars: MemoryOwnCalendars;
    alerts: MemoryAlerts;
  }) {
    this.#stores = stores;
  }

  async due(shard: number, until: Instant, limit: number): Promise<Todo[]> {
    await Promise.resolve();
    return this.all(until)
      .filter(({ key }) => shardOf(key) % this.shards === shard)
      .slice(0, limit)
      .map(({ todo }) => todo);
  }

  /** Everything that is still to be done by an instant, the earliest first. */
  all(until: Instant = Infinity): { at: Instant; key: string; todo: Todo }[] {
    const { deadlines, registrations, ownCalendars, alerts } = this.#stores;
    const entries: { at: Instant; key: string; todo: Todo }[] = [];
    const add = (at: Instant, todo: Todo) => entries.push({ at, key: JSON.stringify(todo), todo });
    for (const { deadline, at } of deadlines.open(until)) add(at, { kind: 'deadline', ref: refOf(deadline) });
    for (const { team, id, planAt } of registrations.all())
      if (planAt !== undefined && planAt <= until) add(planAt, { kind: 'registration', ref: { team, id } });
    for (const calendar of ownCalendars.all()) {
      const { team, name } = calendar;
      const at = actAt(calendar);
      if (at !== undefined && at <= until) add(at, { kind: 'calendar', team, name });
    }
    for (const { team, channel, at } of alerts.due())
      if (at <= until) add(at, { kind: 'channel', team, channel });
    return entries.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }
}

function shardOf(key: string): number {
  return Array.from(key).reduce((sum, char) => sum + char.charCodeAt(0), 0);
}
