import { AwsError } from '../aws-json.ts';
import type { Program } from './definition.ts';
import type { Outcome, Run } from './run.ts';

export type ExecutionStatus = 'RUNNING' | Outcome['status'];

/** One execution as DescribeExecution tells it; dates in ms of the epoch, input and output JSON text. */
export interface ExecutionRecord {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: ExecutionStatus;
  startDate: number;
  stopDate?: number;
  input: string;
  output?: string;
  error?: string | undefined;
  cause?: string | undefined;
}

interface Entry {
  record: ExecutionRecord;
  /** Grows with each start: the cursor of ListExecutions. */
  number: number;
  run: Run | undefined;
}

/** The executions of Standard state machines: all open ones and the last `maxClosed` closed ones. */
export class Executions {
  readonly #maxClosed: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byMachine = new Map<string, Map<string, Entry>>();
  readonly #closed = new Set<Entry>();
  #started = 0;

  constructor(maxClosed: number) {
    this.#maxClosed = maxClosed;
  }

  /**
   * Gives the running execution of this name and input, or undefined when the name is free.
   * Throws ExecutionAlreadyExists; AWS keeps a name for 90 days, here while the record is kept.
   */
  findSame(program: Program, name: string, input: string): ExecutionRecord | undefined {
    const record = this.#byMachine.get(program.arn)?.get(name)?.record;
    if (!record) return undefined;
    if (record.status === 'RUNNING' && record.input === input) return record;
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${record.executionArn}'`);
  }

  add(record: ExecutionRecord, run: Run): void {
    const entry: Entry = { record, run, number: ++this.#started };
    this.#entries.set(record.executionArn, entry);
    const siblings = this.#byMachine.get(record.stateMachineArn) ?? new Map<string, Entry>();
    this.#byMachine.set(record.stateMachineArn, siblings.set(record.name, entry));
  }

  /** Writes the outcome down and forgets the oldest closed execution beyond the limit. */
  close(record: ExecutionRecord): void {
    const entry = this.#entries.get(record.executionArn);
    if (!entry) return;
    entry.run = undefined;
    this.#closed.add(entry);
    if (this.#closed.size <= this.#maxClosed) return;
    for (const oldest of this.#closed) {
      this.#closed.delete(oldest);
      this.#entries.delete(oldest.record.executionArn);
      this.#byMachine.get(oldest.record.stateMachineArn)?.delete(oldest.record.name);
      return;
    }
  }

  /** Throws ExecutionDoesNotExist. */
  get(executionArn: string): Entry {
    const entry = this.#entries.get(executionArn);
    if (!entry) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    return entry;
  }

  /** The newest first, those started before `below` only; one more than `limit` when there are more. */
  list(stateMachineArn: string, status: string | undefined, below: number, limit: number): Entry[] {
    const entries = [...(this.#byMachine.get(stateMachineArn)?.values() ?? [])];
    return entries
      .reverse()
      .filter((entry) => entry.number < below && (status === undefined || entry.record.status === status))
      .slice(0, limit + 1);
  }

  *running(): Generator<Run> {
    for (const { run } of this.#entries.values()) if (run) yield run;
  }
}
