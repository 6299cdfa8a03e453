import { StateMachine, ExecutionError } from 'aws-local-stepfunctions';
import type { Json } from '../json.ts';
import type { Invoke } from '../lambda.ts';
import { LongTimer } from '../long-timer.ts';
import type { Program } from './definition.ts';
import { runtimeError, TaskError } from './errors.ts';
import type { Slots } from './slots.ts';
import { Suspension, type Tokens } from './suspension.ts';
import { performTask } from './tasks.ts';

/** How an execution ended; `output` is JSON text. */
export type Outcome =
  | { status: 'SUCCEEDED'; output: string }
  | { status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; error?: string | undefined; cause?: string | undefined };

/** What all executions share. */
export interface RunServices {
  invoke: Invoke;
  slots: Slots;
  tokens: Tokens;
  startExecution(request: {
    stateMachineArn: string;
    name?: string | undefined;
    input?: string | undefined;
  }): {
    executionArn: string;
    startDate: number;
  };
  /** The library's States.Timeout. */
  timeoutError: Error;
  /** Waits longer than this enter their state again; below the longest timer of Node. */
  longestWaitMs: number;
  /** An execution fails beyond this many events of history, as on AWS. */
  maxHistoryEvents: number;
}

export interface RunIdentity {
  arn: string;
  name: string;
  input: Json;
  /** RFC 3339. */
  startTime: string;
}

type Library = ReturnType<StateMachine['run']>;

/** One execution, run by the library with the tasks that it reaches performed here. */
export class Run {
  readonly program: Program;
  readonly services: RunServices;
  readonly #identity: RunIdentity;
  readonly #suspensions = new Set<Suspension>();
  #outcome: Outcome | undefined;
  #abort: () => void = () => undefined;
  #token: string | undefined;
  #enteredAt = '';
  #historyEvents = 2;

  constructor(program: Program, identity: RunIdentity, services: RunServices) {
    this.program = program;
    this.services = services;
    this.#identity = identity;
  }

  /** Runs it to its end; never rejects. `limitSeconds`: TIMED_OUT after that. */
  async start(limitSeconds: number | undefined): Promise<Outcome> {
    if (this.#outcome) return this.#outcome;
    const limit =
      limitSeconds === undefined
        ? undefined
        : new LongTimer(limitSeconds * 1000, () => {
            this.stop({ status: 'TIMED_OUT', error: 'States.Timeout' });
          });
    const execution = this.#launch();
    this.#abort = execution.abort;
    try {
      const output = JSON.stringify(await execution.result);
      this.#outcome ??= { status: 'SUCCEEDED', output };
    } catch (error) {
      this.#outcome ??= failure(error);
    }
    limit?.cancel();
    this.#endSuspensions();
    return this.#outcome;
  }

  /** Ends it early with `outcome`, unless it has ended. */
  stop(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#endSuspensions();
    this.#abort();
  }

  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  /** The token that the parameters of the state being entered were given, if they asked; the next one is fresh. */
  takeToken(): string {
    const token = this.#token ?? this.services.tokens.create();
    this.#token = undefined;
    return token;
  }

  /** Opens a wait that ends with this execution at the latest. */
  suspend(): Suspension {
    const suspension = new Suspension((settled) => {
      this.#suspensions.delete(settled);
    });
    this.#suspensions.add(suspension);
    return suspension;
  }

  /** Does `job` in a slot, unless the execution ended before one was free. */
  inSlot<T>(job: () => Promise<T>): Promise<T> {
    return this.services.slots.run(async () => {
      if (this.ended) throw endedError();
      return job();
    });
  }

  /** Counts events of history; see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html. */
  countEvents(events: number): void {
    this.#historyEvents += events;
    if (this.program.spec.type === 'EXPRESS' || this.#historyEvents <= this.services.maxHistoryEvents) return;
    const cause = `The execution reached the maximum number of history events (${this.services.maxHistoryEvents}).`;
    this.stop({ status: 'FAILED', error: 'States.Runtime', cause });
  }

  #launch(): Library {
    const { program } = this;
    const definition = { StartAt: program.startAt, States: this.#watchEntries() };
    const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
    const execution = machine.run(this.#identity.input, {
      context: this.#context(),
      overrides: { taskResourceLocalHandlers: this.#taskHandlers() },
    });
    if (program.spec.type === 'STANDARD') void this.#drain(execution.eventLogs);
    return execution;
  }

  /** The library keeps every event, with its input, until somebody reads it. */
  async #drain(events: Library['eventLogs']): Promise<void> {
    for await (const event of events) {
      if (event.type === 'StateEntered' || event.type === 'StateExited') this.countEvents(1);
    }
  }

  /** The library looks a state up exactly when it enters it. */
  #watchEntries(): Program['states'] {
    return new Proxy(this.program.states, {
      get: (states, name) => {
        this.#enteredAt = new Date().toISOString();
        return typeof name === 'string' ? states[name] : undefined;
      },
    });
  }

  #taskHandlers(): Record<string, (input: Json) => Promise<Json>> {
    return new Proxy<Record<string, (input: Json) => Promise<Json>>>(
      {},
      {
        get: (_, state) => {
          const plan = this.program.plans.get(String(state));
          return plan && ((input: Json) => performTask(this, plan, input));
        },
      },
    );
  }

  /** Accessors must be own properties: the library's JSONPath sees no others. */
  #context() {
    const { arn: Id, name: Name, startTime: StartTime, input: Input } = this.#identity;
    const { arn, spec, stateNames } = this.program;
    const enteredAt = () => this.#enteredAt;
    const token = () => (this.#token ??= this.services.tokens.create());
    return {
      Execution: { Id, Name, RoleArn: ROLE_ARN, RedriveCount: 0 },
      Root: { Input, StartTime },
      StateMachine: { Id: arn, Name: spec.name },
      StateNames: stateNames,
      State: {
        get EnteredTime() {
          return enteredAt();
        },
        get Now() {
          return new Date().toISOString();
        },
      },
      Task: {
        get Token() {
          return token();
        },
      },
    };
  }

  #endSuspensions(): void {
    for (const suspension of this.#suspensions) suspension.reject(endedError());
  }
}

/** Nothing on one machine has a role; DescribeStateMachine must answer one. */
export const ROLE_ARN = 'arn:aws:iam::000000000000:role/overdue';

function endedError(): TaskError {
  return runtimeError('The execution has ended');
}

function failure(error: unknown): Outcome {
  const reason = error instanceof ExecutionError ? error.cause : error;
  if (reason instanceof Error) return { status: 'FAILED', error: reason.name, cause: reason.message };
  return { status: 'FAILED', error: 'States.Runtime', cause: String(reason) };
}
