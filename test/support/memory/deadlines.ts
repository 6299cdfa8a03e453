import type {
  BreachQuery,
  DeadlineQuery,
  Deadlines,
  DeadlinesAround,
  ExpectationRef,
  Page,
  Paging,
} from '../../../functions/app/ports.ts';
import {
  actAt,
  deadlineId,
  isOfRun,
  type Deadline,
  type DeadlineRef,
  type Status,
} from '../../../functions/core/deadline.ts';
import type { Registration } from '../../../functions/core/registration.ts';
import { DAY, type Instant } from '../../../functions/core/time.ts';
import type { MemoryRegistrations } from './registrations.ts';
import { keyOf, pageOf, VersionedTable } from './table.ts';

const NEWEST = 60 * DAY;

/** Deadlines in memory, each with its verdict and its breach on one item. */
export class MemoryDeadlines implements Deadlines {
  readonly #items = new VersionedTable<Deadline>(partitionOf, ({ dueAt }) => dueAt);
  /** Those with something to do. */
  readonly #open = new Map<string, { deadline: Deadline; at: Instant }>();
  readonly #registrations: MemoryRegistrations;

  constructor(registrations: MemoryRegistrations) {
    this.#registrations = registrations;
  }

  async get(ref: DeadlineRef): Promise<Deadline | undefined> {
    await Promise.resolve();
    return this.#items.get(keyOfDeadline(ref));
  }

  async getWithRegistration(
    ref: DeadlineRef,
  ): Promise<{ deadline: Deadline | undefined; registration: Registration | undefined }> {
    await Promise.resolve();
    const { team, expectation: id } = ref;
    return {
      deadline: this.#items.get(keyOfDeadline(ref)),
      registration: this.#registrations.now({ team, id }),
    };
  }

  async create(deadline: Deadline): Promise<boolean> {
    await Promise.resolve();
    const created = this.#items.insert(keyOfDeadline(deadline), { ...deadline, version: 1 });
    if (created) this.#note(deadline);
    return created;
  }

  async save(deadline: Deadline): Promise<Deadline | undefined> {
    await Promise.resolve();
    // Version 0 was never stored: a save is of something that was read.
    const saved = deadline.version === 0 ? undefined : this.#items.swap(keyOfDeadline(deadline), deadline);
    if (saved) this.#note(saved);
    return saved;
  }

  async touch(ref: DeadlineRef): Promise<Deadline | undefined> {
    await Promise.resolve();
    const current = this.#items.get(keyOfDeadline(ref));
    return current && this.#items.swap(keyOfDeadline(ref), current);
  }

  async between(ref: ExpectationRef, query: DeadlinesAround): Promise<Deadline[]> {
    await Promise.resolve();
    const { run, without } = query;
    const found = this.#of(ref, query).filter(
      (one) =>
        (run === undefined || (isOfRun(one) && one.occurrence.endsWith(`Z.${run}`))) &&
        !(without && isOfRun(one)),
    );
    return found.sort((a, b) => a.dueAt - b.dueAt || (idOf(a) < idOf(b) ? -1 : 1));
  }

  async page(
    ref: ExpectationRef,
    query: DeadlineQuery & { status?: Status | undefined },
    paging: Paging,
  ): Promise<Page<Deadline>> {
    await Promise.resolve();
    // As a table would: from the newest on, and no further than the page needs.
    for (let span = NEWEST; ; span *= 8) {
      const from = query.to === Infinity ? query.from : Math.max(query.from, query.to - span);
      const found = this.#of(ref, { ...query, from }).filter(
        (one) => (query.status ?? one.status) === one.status,
      );
      const page = newestFirst(found, paging, ['deadlines', ref.team, ref.id, query]);
      if (page.items.length === paging.limit && page.cursor !== undefined) return page;
      if (from === query.from) return page;
    }
  }

  async breaches(query: BreachQuery, paging: Paging): Promise<Page<Deadline>> {
    await Promise.resolve();
    const { team, expectation, status, severity } = query;
    const fits = (wanted: string | undefined, given: string) => wanted === undefined || wanted === given;
    const found = this.all().filter(
      (one) =>
        one.breach !== undefined &&
        isWithin(one, query) &&
        fits(team, one.team) &&
        fits(expectation, one.expectation) &&
        fits(status, one.breach.status) &&
        fits(severity, one.breach.severity),
    );
    return newestFirst(found, paging, ['breaches', query]);
  }

  all(): Deadline[] {
    return this.#items.all();
  }

  /** Those of which something is to be done by an instant, and when. */
  open(until: Instant): { deadline: Deadline; at: Instant }[] {
    const found: { deadline: Deadline; at: Instant }[] = [];
    for (const one of this.#open.values()) if (one.at <= until) found.push(one);
    return found;
  }

  /** When the first of them is to be done; Infinity when there is none. */
  get next(): Instant {
    let earliest = Infinity;
    for (const { at } of this.#open.values()) if (at < earliest) earliest = at;
    return earliest;
  }

  #note(deadline: Deadline): void {
    const key = keyOfDeadline(deadline);
    const at = actAt(deadline);
    if (at === undefined) this.#open.delete(key);
    else this.#open.set(key, { deadline, at });
  }

  #of({ team, id }: ExpectationRef, query: DeadlineQuery): Deadline[] {
    return this.#items.within(keyOf(team, id), query.from, query.to).filter((one) => isWithin(one, query));
  }
}

function partitionOf({ team, expectation }: Deadline): string {
  return keyOf(team, expectation);
}

function newestFirst(found: readonly Deadline[], paging: Paging, query: unknown): Page<Deadline> {
  const position = (one: Deadline) => [one.dueAt, idOf(one)] as const;
  return pageOf(found, paging, { query, position, descending: true });
}

function isWithin({ dueAt }: Deadline, { from, to }: DeadlineQuery): boolean {
  return from <= dueAt && dueAt < to;
}

function idOf(deadline: Deadline): string {
  return `${deadline.team}/${deadline.expectation}/${deadlineId(deadline)}`;
}

/** Key of a deadline and of what hangs on it. */
export function keyOfDeadline({ team, expectation, occurrence, rev }: DeadlineRef): string {
  return keyOf(team, expectation, occurrence, rev);
}
