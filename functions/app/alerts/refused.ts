import type { QueuedAlert } from '../ports.ts';
import type { DeliveryFailed } from '../errors.ts';

export type Entry = { key: string; queued: QueuedAlert };

/** An alert that the channel refused when it was sent alone. */
export interface Refused {
  entry: Entry;
  /** Id of the message that was refused. */
  message: string;
  failure: DeliveryFailed;
}

/** Refused ones that are found before the channel takes a message: twice as many with each failure before. */
const FEW = 4;
const MOST = 64;

/**
 * What a flush learns about alerts that their channel refuses for what they say. That it is the alert and not the
 * channel, shows when the channel takes another message meanwhile. A process that dies forgets it, and the next one
 * learns it again.
 */
export class RefusedAlerts {
  readonly #most: number;
  #isTaking = false;
  #refused: Refused[] = [];
  #suspects: ReadonlySet<string> = new Set();

  /** @param failures in a row, of the channel */
  constructor(failures: number) {
    this.#most = Math.min(FEW * 2 ** failures, MOST);
  }

  get entries(): Entry[] {
    return this.#refused.map(({ entry }) => entry);
  }

  get last(): Refused | undefined {
    return this.#refused.at(-1);
  }

  has(key: string): boolean {
    return this.#refused.some(({ entry }) => entry.key === key);
  }

  /** A message of several was refused: one of them is at fault. */
  suspect(entries: readonly Entry[]): void {
    this.#suspects = new Set(entries.map(({ key }) => key));
  }

  /** What of all that waits is sent next: while there are suspects, none is with others that may do well. */
  next(waiting: readonly Entry[]): readonly Entry[] {
    const unknown = waiting.filter(({ key }) => !this.has(key));
    const suspects = unknown.filter(({ key }) => this.#suspects.has(key));
    return suspects.length > 0 ? suspects : unknown;
  }

  add(refused: Refused): void {
    this.#refused.push(refused);
  }

  /** The channel has taken a message. */
  taken(): void {
    this.#isTaking = true;
  }

  /** So many were refused, and none taken, that it seems to be the channel. */
  get isChannel(): boolean {
    return !this.#isTaking && this.#refused.length >= this.#most;
  }

  /** Those of which it is known that the channel takes others, once. */
  proven(): readonly Refused[] {
    return this.#isTaking ? this.#refused.splice(0) : [];
  }
}
