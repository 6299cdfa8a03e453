import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { AwsError } from '../aws-json.ts';
import { parseJsonText, type Json } from '../json.ts';
import type { Invoke } from '../lambda.ts';
import { compile, type Program, type StateMachineSpec } from './definition.ts';
import { Executions, type ExecutionRecord } from './executions.ts';
import { Run, type Outcome, type RunServices } from './run.ts';
import { Slots } from './slots.ts';
import { Tokens } from './suspension.ts';

/** Longest run of an Express execution. */
const EXPRESS_SECONDS = 300;

const CLOSE_MS = 5000;

export interface StepFunctionsOptions {
  stateMachines: readonly StateMachineSpec[];
  invoke: Invoke;
  region: string;
  accountId: string;
  /** Functions run at once for the executions of one state machine; 16 if not given. */
  maxRunning?: number;
  /** Closed executions kept; 10,000 if not given. */
  maxClosed?: number;
  /** History events of a Standard execution; 25,000 as on AWS if not given. */
  maxHistoryEvents?: number;
  /** Longest wait in ms that needs no second entry into its state; 20 days if not given, shorter in tests. */
  longestWaitMs?: number;
  /** Told of every execution that ends, the only trace of an Express one. */
  onClosed?: (record: Readonly<ExecutionRecord>) => void;
}

export interface StartRequest {
  stateMachineArn: string;
  name?: string | undefined;
  /** JSON text; `{}` if not given. */
  input?: string | undefined;
}

/** Starts and ends the executions of a fixed set of state machines. */
export class Engine {
  readonly programs: ReadonlyMap<string, Program>;
  readonly executions: Executions;
  readonly tokens = new Tokens();
  /** ms of the epoch. */
  readonly startedAt = Date.now();
  readonly #options: StepFunctionsOptions;
  /** By state machine, each with slots of its own: no machine's crowd holds up the executions of another. */
  readonly #services: ReadonlyMap<string, RunServices>;
  /** Express executions have no record, but end with the service. */
  readonly #expressRuns = new Set<Run>();
  #closing = false;

  constructor(options: StepFunctionsOptions, timeoutError: Error) {
    this.#options = options;
    this.executions = new Executions(options.maxClosed ?? 10_000);
    const prefix = `arn:aws:states:${options.region}:${options.accountId}:stateMachine:`;
    this.programs = new Map(
      options.stateMachines.map((spec) => [prefix + spec.name, compile(spec, prefix + spec.name)]),
    );
    const shared: Omit<RunServices, 'slots'> = {
      invoke: options.invoke,
      tokens: this.tokens,
      startExecution: (request) => this.startExecution(request),
      timeoutError,
      longestWaitMs: options.longestWaitMs ?? 20 * 86_400_000,
      maxHistoryEvents: options.maxHistoryEvents ?? 25_000,
    };
    this.#services = new Map(
      [...this.programs.keys()].map((arn) => [
        arn,
        { ...shared, slots: new Slots(options.maxRunning ?? 16) },
      ]),
    );
  }

  #servicesOf(program: Program): RunServices {
    const services = this.#services.get(program.arn);
    if (!services) throw new TypeError(`not a state machine of this engine: ${program.arn}`);
    return services;
  }

  /** Throws StateMachineDoesNotExist. */
  program(stateMachineArn: string): Program {
    const program = this.programs.get(stateMachineArn);
    if (program) return program;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }

  /**
   * Starts an execution, or for Standard finds the running one of the same name and input.
   * `startDate` in ms of the epoch. Throws AwsError: StateMachineDoesNotExist, InvalidName, InvalidExecutionInput,
   * ExecutionAlreadyExists.
   */
  startExecution(request: StartRequest): { executionArn: string; startDate: number } {
    if (this.#closing) throw new AwsError('ServiceUnavailable', 'The service is stopping', 503);
    const program = this.program(request.stateMachineArn);
    const { name = randomUUID(), input: text = '{}' } = request;
    checkName(name);
    const input = parseInput(text);
    const express = program.spec.type === 'EXPRESS';
    const same = express ? undefined : this.executions.findSame(program, name, text);
    if (same) return { executionArn: same.executionArn, startDate: same.startDate };
    const record: ExecutionRecord = {
      executionArn: executionArn(program, name),
      stateMachineArn: program.arn,
      name,
      status: 'RUNNING',
      startDate: Date.now(),
      input: text,
    };
    this.#launch(program, record, input);
    return { executionArn: record.executionArn, startDate: record.startDate };
  }

  /** Aborts an execution; gives its stop date in ms. Ended ones stay as they ended. Throws ExecutionDoesNotExist. */
  stopExecution(arn: string, reason: { error?: string | undefined; cause?: string | undefined }): number {
    const { record, run } = this.executions.get(arn);
    if (run) {
      run.stop({ status: 'ABORTED', error: reason.error, cause: reason.cause });
      this.#close(record, { status: 'ABORTED', error: reason.error, cause: reason.cause });
    }
    return record.stopDate ?? Date.now();
  }

  /** Starts nothing more, ends all and waits for the functions that are running, at most `CLOSE_MS`. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const run of [...this.executions.running(), ...this.#expressRuns]) run.stop({ status: 'ABORTED' });
    const idle = Promise.all([...this.#services.values()].map(({ slots }) => slots.idle()));
    await Promise.race([idle, setTimeout(CLOSE_MS, undefined, { ref: false })]);
  }

  #launch(program: Program, record: ExecutionRecord, input: Json): void {
    const { executionArn: arn, name, startDate } = record;
    const identity = { arn, name, input, startTime: new Date(startDate).toISOString() };
    const services = this.#servicesOf(program);
    const run = new Run(program, identity, services);
    const express = program.spec.type === 'EXPRESS';
    if (express) this.#expressRuns.add(run);
    else this.executions.add(record, run);
    const limit = express
      ? Math.min(EXPRESS_SECONDS, program.timeoutSeconds ?? Infinity)
      : program.timeoutSeconds;
    // The slot is for beginning only; each function that the execution invokes takes its own.
    void services.slots.run(() => {
      void run.start(limit).then((outcome) => {
        this.#expressRuns.delete(run);
        this.#close(record, outcome);
      });
      return Promise.resolve();
    });
  }

  #close(record: ExecutionRecord, outcome: Outcome): void {
    if (record.status !== 'RUNNING') return;
    Object.assign(record, outcome, { stopDate: Date.now() });
    this.executions.close(record);
    this.#options.onClosed?.(record);
  }
}

function executionArn(program: Program, name: string): string {
  if (program.spec.type === 'STANDARD')
    return `${program.arn.replace(':stateMachine:', ':execution:')}:${name}`;
  return `${program.arn.replace(':stateMachine:', ':express:')}:${name}:${randomUUID()}`;
}

/** The characters that StartExecution refuses; see its API reference. */
function checkName(name: string): void {
  const refused = /[\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/]/u;
  if (name.length >= 1 && name.length <= 80 && !refused.test(name)) return;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

function parseInput(text: string): Json {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
}
