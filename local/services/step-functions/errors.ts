import { StateMachine, ExecutionError } from 'aws-local-stepfunctions';

/** An error of a task: `name` is what ErrorEquals matches, `message` the Cause. A terminal one passes Retry and Catch. */
export class TaskError extends Error {
  /** Read by the library. */
  readonly isRetryable: boolean;
  /** Read by the library. */
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, options: { terminal: boolean } = { terminal: false }) {
    super(cause);
    this.name = name;
    this.isRetryable = !options.terminal;
    this.isCatchable = !options.terminal;
  }
}

/** States.Runtime: a definition and its data do not fit; neither Retry nor Catch sees it. */
export function runtimeError(cause: string): TaskError {
  return new TaskError('States.Runtime', cause, { terminal: true });
}

/**
 * Gives the library's own States.Timeout, which it does not export: only this class is exempt from
 * States.TaskFailed. One instance serves every timeout.
 */
export async function libraryTimeout(): Promise<Error> {
  const States = { T: { Type: 'Task', Resource: 'probe', TimeoutSeconds: 0.001, End: true } } as const;
  const probe = new StateMachine({ StartAt: 'T', States }, { validationOptions: { noValidate: true } });
  const never = () => new Promise<never>(() => undefined);
  try {
    await probe.run({}, { overrides: { taskResourceLocalHandlers: { T: never } } }).result;
  } catch (error) {
    if (error instanceof ExecutionError && error.cause instanceof Error) return error.cause;
    throw error;
  }
  throw new Error('aws-local-stepfunctions no longer times out a task');
}
