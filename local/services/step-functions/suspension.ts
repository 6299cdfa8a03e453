import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws-json.ts';
import type { Json } from '../json.ts';
import { LongTimer } from '../long-timer.ts';

/** A state that waits for a token or for the time; the first of resolve and reject decides. */
export class Suspension {
  readonly promise: Promise<Json>;
  readonly resolve: (output: Json) => void;
  readonly reject: (error: Error) => void;
  #deadline: LongTimer | undefined;
  #pulse: LongTimer | undefined;
  /** Starts the heartbeat's time anew. */
  heartbeat: () => void = () => undefined;

  constructor(onSettled: (suspension: Suspension) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const settle = () => {
      this.#deadline?.cancel();
      this.#pulse?.cancel();
      onSettled(this);
    };
    this.promise = promise;
    this.resolve = (output) => {
      settle();
      resolve(output);
    };
    this.reject = (error) => {
      settle();
      reject(error);
    };
  }

  /** Calls `expire` after `ms`. */
  endAfter(ms: number, expire: () => void): void {
    this.#deadline = new LongTimer(ms, expire);
  }

  /** Calls `expire` when no heartbeat came for `ms`. */
  expectHeartbeat(ms: number, expire: () => void): void {
    this.heartbeat = () => {
      this.#pulse?.cancel();
      this.#pulse = new LongTimer(ms, expire);
    };
    this.heartbeat();
  }
}

/** Random bytes of a token after its prefix: 32 characters. */
const TOKEN_BYTES = 24;

/** The task tokens that something waits for. */
export class Tokens {
  readonly #open = new Map<string, Suspension>();
  /** Tells this process's tokens from those of one before it. */
  readonly #prefix = randomBytes(9).toString('base64url');

  /** Makes a token that nobody can guess and that nobody had before. */
  create(): string {
    return this.#prefix + randomBytes(TOKEN_BYTES).toString('base64url');
  }

  open(token: string, suspension: Suspension): void {
    this.#open.set(token, suspension);
    const close = () => this.#open.delete(token);
    suspension.promise.then(close, close);
  }

  /**
   * Finds what waits for a token. Throws as AWS does: InvalidToken for what never was one, TaskTimedOut when the
   * task is closed; and TaskDoesNotExist for a token from before a restart.
   */
  find(token: string): Suspension {
    const suspension = this.#open.get(token);
    if (suspension) return suspension;
    if (!/^[\w-]{44}$/.test(token)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    if (!token.startsWith(this.#prefix))
      throw new AwsError('TaskDoesNotExist', 'Task does not exist any more');
    throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }
}
