import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import { parseDefinition, type Definition, type Page } from './requests.ts';

/** A schedule as it is kept; instants in ms of the epoch. */
export interface Schedule {
  /** Grows in order of creation. */
  id: number;
  /** Grows with every update: tells a delivery under way that it belongs to an older definition. */
  revision: number;
  group: string;
  name: string;
  definition: Definition;
  clientToken: string | null;
  createdAt: number;
  modifiedAt: number;
  /** When to deliver next; null when nothing is left to deliver. */
  due: number | null;
  /** The time that the delivery is for. */
  occurrence: number | null;
  /** Failed attempts of this delivery. */
  attempts: number;
  firstAttemptAt: number | null;
}

export interface Group {
  name: string;
  createdAt: number;
}

/** What changes when a delivery succeeds or fails. */
export type Progress = Pick<Schedule, 'due' | 'occurrence' | 'attempts' | 'firstAttemptAt'>;
export type NewSchedule = Pick<
  Schedule,
  'group' | 'name' | 'definition' | 'clientToken' | 'due' | 'occurrence'
>;

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, createdAt INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT, revision INTEGER NOT NULL DEFAULT 0,
    "group" TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, state TEXT NOT NULL, clientToken TEXT,
    createdAt INTEGER NOT NULL, modifiedAt INTEGER NOT NULL,
    due INTEGER, occurrence INTEGER, attempts INTEGER NOT NULL DEFAULT 0, firstAttemptAt INTEGER,
    UNIQUE ("group", name)) STRICT;
  CREATE INDEX IF NOT EXISTS schedulesDue ON schedules (due, id) WHERE due IS NOT NULL;
`;

const integer = z.int();
const row = z.object({
  id: integer,
  revision: integer,
  group: z.string(),
  name: z.string(),
  definition: z.string().transform(parseDefinition),
  clientToken: z.string().nullable(),
  createdAt: integer,
  modifiedAt: integer,
  due: integer.nullable(),
  occurrence: integer.nullable(),
  attempts: integer,
  firstAttemptAt: integer.nullable(),
});
const groupRow = z.object({ name: z.string(), createdAt: integer });
const dueRow = z.object({ due: integer });

type Row = Record<string, SQLOutputValue> | undefined;

/** The schedules and groups, in one SQLite file: what was accepted survives a SIGKILL. */
export class ScheduleStore {
  readonly #db: DatabaseSync;
  readonly #sql;

  /** `file`: path of the database, made if missing. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(TABLES);
    this.#sql = prepareStatements(this.#db);
    this.addGroup('default', Date.now());
  }

  insert(schedule: NewSchedule, now: number): void {
    const { group, name, definition, clientToken, due, occurrence } = schedule;
    const text = JSON.stringify(definition);
    this.#sql.insert.run(group, name, text, definition.State, clientToken, now, now, due, occurrence);
  }

  /** Gives a schedule its new definition; its creation stays. */
  replace(schedule: NewSchedule, now: number): void {
    const { group, name, definition, due, occurrence } = schedule;
    this.#sql.replace.run(JSON.stringify(definition), definition.State, now, due, occurrence, group, name);
  }

  find(group: string, name: string): Schedule | undefined {
    return parseRow(this.#sql.find.get(group, name));
  }

  /** Returns whether there was one. */
  delete(group: string, name: string): boolean {
    return this.#sql.delete.run(group, name).changes > 0;
  }

  /** What is due at `now`, the longest due first, then in order of creation. */
  due(now: number, limit: number): Schedule[] {
    return this.#sql.due.all(now, limit).map((found) => row.parse(found));
  }

  /** The next due time after `now`. */
  nextDue(now: number): number | undefined {
    const found = this.#sql.nextDue.get(now);
    return found && dueRow.parse(found).due;
  }

  /** Writes down what became of a delivery, unless the schedule was updated meanwhile. */
  progress(schedule: Schedule, progress: Progress): void {
    const { due, occurrence, attempts, firstAttemptAt } = progress;
    this.#sql.progress.run(due, occurrence, attempts, firstAttemptAt, schedule.id, schedule.revision);
  }

  /** Removes a completed schedule, unless it was updated meanwhile. */
  complete(schedule: Schedule): void {
    this.#sql.complete.run(schedule.id, schedule.revision);
  }

  /** One more than the page's limit when there are more; by group and name. */
  list({ group, prefix, state, limit, after }: Page): Schedule[] {
    const range = [
      ...after,
      group ?? null,
      group ?? null,
      prefix,
      prefix,
      state ?? null,
      state ?? null,
      limit + 1,
    ];
    return this.#sql.list.all(...range).map((found) => row.parse(found));
  }

  addGroup(name: string, now: number): boolean {
    return this.#sql.addGroup.run(name, now).changes > 0;
  }

  findGroup(name: string): Group | undefined {
    const found = this.#sql.findGroup.get(name);
    return found && groupRow.parse(found);
  }

  listGroups({ prefix, limit, after }: Page): Group[] {
    return this.#sql.listGroups
      .all(after[0], prefix, prefix, limit + 1)
      .map((found) => groupRow.parse(found));
  }

  /** Removes a group with its schedules. */
  deleteGroup(name: string): void {
    this.#db.exec('BEGIN');
    this.#sql.deleteMembers.run(name);
    this.#sql.deleteGroup.run(name);
    this.#db.exec('COMMIT');
  }

  close(): void {
    this.#db.close();
  }
}

function parseRow(found: Row): Schedule | undefined {
  return found && row.parse(found);
}

function prepareStatements(db: DatabaseSync) {
  return {
    insert: db.prepare(
      `INSERT INTO schedules ("group", name, definition, state, clientToken, createdAt, modifiedAt, due, occurrence)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    replace: db.prepare(
      `UPDATE schedules SET definition = ?, state = ?, modifiedAt = ?, due = ?, occurrence = ?,
         attempts = 0, firstAttemptAt = NULL, revision = revision + 1 WHERE "group" = ? AND name = ?`,
    ),
    find: db.prepare('SELECT * FROM schedules WHERE "group" = ? AND name = ?'),
    delete: db.prepare('DELETE FROM schedules WHERE "group" = ? AND name = ?'),
    due: db.prepare('SELECT * FROM schedules WHERE due <= ? ORDER BY due, id LIMIT ?'),
    nextDue: db.prepare('SELECT due FROM schedules WHERE due > ? ORDER BY due LIMIT 1'),
    progress: db.prepare(
      `UPDATE schedules SET due = ?, occurrence = ?, attempts = ?, firstAttemptAt = ? WHERE id = ? AND revision = ?`,
    ),
    complete: db.prepare('DELETE FROM schedules WHERE id = ? AND revision = ?'),
    list: db.prepare(
      `SELECT * FROM schedules WHERE ("group", name) > (?, ?) AND (? IS NULL OR "group" = ?)
         AND substr(name, 1, length(?)) = ? AND (? IS NULL OR state = ?) ORDER BY "group", name LIMIT ?`,
    ),
    addGroup: db.prepare('INSERT OR IGNORE INTO groups (name, createdAt) VALUES (?, ?)'),
    findGroup: db.prepare('SELECT * FROM groups WHERE name = ?'),
    listGroups: db.prepare(
      'SELECT * FROM groups WHERE name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?',
    ),
    deleteMembers: db.prepare('DELETE FROM schedules WHERE "group" = ?'),
    deleteGroup: db.prepare('DELETE FROM groups WHERE name = ?'),
  };
}
