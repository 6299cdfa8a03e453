import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { parseJsonText } from '../json.ts';

/** An event in EventBridge's envelope. */
export interface BusEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** ISO 8601 in UTC, whole seconds. */
  time: string;
  region: string;
  resources: readonly string[];
  detail: object;
}

/** A delivery of one event to one target that is still to be made; instants in ms of the epoch. */
export interface PendingDelivery {
  id: number;
  target: string;
  event: BusEvent;
  due: number;
  /** Failed so far. */
  attempts: number;
  firstAttemptAt: number | null;
}

/** An event with the targets that it goes to. */
export interface Accepted {
  event: BusEvent;
  targets: readonly string[];
}

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY AUTOINCREMENT, acceptedAt INTEGER NOT NULL,
    body TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS eventsAccepted ON events (acceptedAt);
  CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT,
    seq INTEGER NOT NULL REFERENCES events (seq), target TEXT NOT NULL,
    due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, firstAttemptAt INTEGER, UNIQUE (seq, target)) STRICT;
  CREATE INDEX IF NOT EXISTS deliveriesDue ON deliveries (due, id);
`;

const envelope = z.object({
  version: z.literal('0'),
  id: z.string(),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.looseObject({}),
});
const body = z.string().transform((text) => envelope.parse(parseJsonText(text)));
const pendingRow = z.object({
  id: z.int(),
  target: z.string(),
  event: body,
  due: z.int(),
  attempts: z.int(),
  firstAttemptAt: z.int().nullable(),
});
const eventRow = z.object({ seq: z.int(), acceptedAt: z.int(), event: body });
const dueRow = z.object({ due: z.int() });

/** Accepted events and what of them is still to be delivered, in one SQLite file that survives a SIGKILL. */
export class Journal {
  readonly #db: DatabaseSync;
  readonly #sql;

  /** `file`: path of the database, made if missing. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(TABLES);
    this.#sql = prepareStatements(this.#db);
  }

  /** Writes all or nothing. */
  add(accepted: readonly Accepted[], now: number): void {
    this.#transact(() => {
      for (const { event, targets } of accepted) {
        const { lastInsertRowid: seq } = this.#sql.addEvent.run(now, JSON.stringify(event));
        for (const target of targets) this.#sql.addDelivery.run(seq, target, now);
      }
    });
  }

  /** Makes every event accepted since `since` due again for what `targetsOf` says, in order; returns how many. */
  replay(since: number, targetsOf: (event: BusEvent) => readonly string[]): number {
    let replayed = 0;
    this.#transact(() => {
      for (const found of this.#sql.eventsSince.iterate(since)) {
        const { seq, acceptedAt, event } = eventRow.parse(found);
        for (const target of targetsOf(event)) this.#sql.addDelivery.run(seq, target, acceptedAt);
        replayed++;
      }
    });
    return replayed;
  }

  due(now: number, limit: number): PendingDelivery[] {
    return this.#sql.due.all(now, limit).map((found) => pendingRow.parse(found));
  }

  nextDue(now: number): number | undefined {
    const found = this.#sql.nextDue.get(now);
    return found && dueRow.parse(found).due;
  }

  /** The delivery was made or given up. */
  remove(id: number): void {
    this.#sql.removeDelivery.run(id);
  }

  retry(id: number, due: number, attempts: number, firstAttemptAt: number): void {
    this.#sql.retry.run(due, attempts, firstAttemptAt, id);
  }

  /** Forgets events accepted before `before` that nobody waits for. */
  prune(before: number): void {
    this.#sql.prune.run(before);
  }

  close(): void {
    this.#db.close();
  }

  #transact(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function prepareStatements(db: DatabaseSync) {
  return {
    addEvent: db.prepare('INSERT INTO events (acceptedAt, body) VALUES (?, ?)'),
    addDelivery: db.prepare('INSERT OR IGNORE INTO deliveries (seq, target, due) VALUES (?, ?, ?)'),
    eventsSince: db.prepare(
      'SELECT seq, acceptedAt, body AS event FROM events WHERE acceptedAt >= ? ORDER BY seq',
    ),
    due: db.prepare(
      `SELECT id, target, body AS event, due, attempts, firstAttemptAt FROM deliveries JOIN events USING (seq)
       WHERE due <= ? ORDER BY due, id LIMIT ?`,
    ),
    nextDue: db.prepare('SELECT due FROM deliveries WHERE due > ? ORDER BY due LIMIT 1'),
    removeDelivery: db.prepare('DELETE FROM deliveries WHERE id = ?'),
    retry: db.prepare('UPDATE deliveries SET due = ?, attempts = ?, firstAttemptAt = ? WHERE id = ?'),
    prune: db.prepare(
      'DELETE FROM events WHERE acceptedAt < ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.seq = events.seq)',
    ),
  };
}
