import type { EvidenceStore, ExpectationRef, Timeline, TimelineEntry } from '../../../functions/app/ports.ts';
import type { DeadlineRef } from '../../../functions/core/deadline.ts';
import type { Evidence } from '../../../functions/core/evidence.ts';
import { keyOfDeadline } from './deadlines.ts';
import { keyOf, Table } from './table.ts';

interface Stored {
  partition: string;
  evidence: Evidence;
}

/** Evidence in memory: appended once under its id, then changed only by its claim. */
export class MemoryEvidence implements EvidenceStore {
  readonly #items = new Table<Stored>(
    ({ partition }) => partition,
    ({ evidence }) => evidence.at,
  );
  readonly #left = new Map<string, number>();

  async record(ref: ExpectationRef, evidence: Evidence): Promise<boolean> {
    await Promise.resolve();
    return this.#record(ref, evidence);
  }

  async between(ref: ExpectationRef, from: number, to: number, key?: string): Promise<Evidence[]> {
    await Promise.resolve();
    return this.#of(ref, from, to).filter(({ keyed }) => keyed?.key === key);
  }

  async claim(ref: ExpectationRef, evidence: Evidence, deadline: string): Promise<boolean> {
    await Promise.resolve();
    const { claimedBy: _unclaimed, ...fresh } = evidence;
    this.#record(ref, fresh);
    const known = this.#items.get(factKey(ref, evidence))?.evidence;
    if (!known || (known.claimedBy ?? deadline) !== deadline) return false;
    this.#put(ref, { ...known, claimedBy: deadline });
    return true;
  }

  async release(ref: ExpectationRef, evidence: Evidence, deadline: string): Promise<void> {
    await Promise.resolve();
    const known = this.#items.get(factKey(ref, evidence))?.evidence;
    if (known?.claimedBy !== deadline) return;
    const { claimedBy: _released, ...free } = known;
    this.#put(ref, free);
  }

  async leave({ team, id }: ExpectationRef, deadline: string, count: number): Promise<void> {
    await Promise.resolve();
    const key = keyOf(team, id, deadline);
    this.#left.set(key, (this.#left.get(key) ?? 0) + count);
  }

  async left({ team, id }: ExpectationRef, deadlines: readonly string[]): Promise<number[]> {
    await Promise.resolve();
    return deadlines.map((deadline) => this.#left.get(keyOf(team, id, deadline)) ?? 0);
  }

  /** Everything recorded for an expectation with from <= at <= to, by time. */
  of(ref: ExpectationRef, from = -Infinity, to = Infinity): Evidence[] {
    return this.#of(ref, from, to);
  }

  #of(ref: ExpectationRef, from: number, to: number): Evidence[] {
    return this.#items
      .within(partitionOf(ref), from, to)
      .map(({ evidence }) => evidence)
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #record(ref: ExpectationRef, evidence: Evidence): boolean {
    return this.#items.insert(factKey(ref, evidence), { partition: partitionOf(ref), evidence });
  }

  #put(ref: ExpectationRef, evidence: Evidence): void {
    this.#items.put(factKey(ref, evidence), { partition: partitionOf(ref), evidence });
  }
}

function partitionOf({ team, id }: ExpectationRef): string {
  return keyOf(team, id);
}

function factKey({ team, id }: ExpectationRef, evidence: Evidence): string {
  return keyOf(team, id, evidence.keyed?.key ?? '', evidence.at, evidence.id);
}

/** Timelines in memory. A transition is there once, a delivery once for each channel, as it stands. */
export class MemoryTimeline implements Timeline {
  readonly #items = new Table<{ deadline: string; order: number; entry: TimelineEntry }>(
    ({ deadline }) => deadline,
  );
  #count = 0;

  async add(ref: DeadlineRef, entry: TimelineEntry): Promise<void> {
    await Promise.resolve();
    this.put(ref, entry);
  }

  async of(ref: DeadlineRef): Promise<TimelineEntry[]> {
    await Promise.resolve();
    return this.#items
      .of(keyOfDeadline(ref))
      .toSorted((a, b) => a.entry.at - b.entry.at || a.order - b.order)
      .map(({ entry }) => entry);
  }

  /** As add, without waiting: for the queue of alerts, which writes the same table. */
  put(ref: DeadlineRef, entry: TimelineEntry): void {
    const deadline = keyOfDeadline(ref);
    this.#count += 1;
    const key = keyOf(deadline, entry.kind, ...this.#name(entry));
    const order = this.#items.get(key)?.order ?? this.#count;
    this.#items.put(key, { deadline, order, entry });
  }

  #name(entry: TimelineEntry): (string | number)[] {
    switch (entry.kind) {
      case 'transition':
        return [entry.seq];
      case 'delivery':
        return [entry.seq, entry.channel];
      default:
        return [this.#count];
    }
  }
}
