import type { Milliseconds } from '../core/time.ts';

/** One faulty field: where it is, what is allowed, and what was given. */
export interface FieldProblem {
  /** Path of the field in the body or query, `due.timezone`. */
  field: string;
  message: string;
  given?: unknown;
}

/** A request that cannot be done, in words for the person who made it. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly problems: readonly FieldProblem[];

  constructor(message: string, problems: readonly FieldProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

/** The input breaks a rule; lists every faulty field. */
export class Invalid extends RequestError {
  override name = 'Invalid';
}

export class NotFound extends RequestError {
  override name = 'NotFound';
}

/** It exists already, or its state does not allow it. */
export class Conflict extends RequestError {
  override name = 'Conflict';
}

/** Somebody else changed it since it was read. */
export class PreconditionFailed extends RequestError {
  override name = 'PreconditionFailed';
}

export class Forbidden extends RequestError {
  override name = 'Forbidden';
}

export class Unauthorized extends RequestError {
  override name = 'Unauthorized';
}

/** The cursor is garbage or belongs to another query. */
export class InvalidCursor extends Invalid {
  override name = 'InvalidCursor';

  constructor(message = 'the cursor does not belong to this query') {
    super(message, [
      { field: 'cursor', message: 'must be the cursor of the page before, with the same query' },
    ]);
  }
}

/** Others kept writing the same item; whoever called tries again. */
export class Contention extends Error {
  override name = 'Contention';
}

/**
 * A message that did not reach its channel. The text is for people and for the timeline: it names the host or the
 * service and what it answered, never a secret or the path of a URL.
 */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
  /** The pause that the receiver asked for; at most LONGEST_RETRY_AFTER. */
  readonly retryAfter?: Milliseconds;
  /** Whether the receiver was there and refused what the message says: another one it may take. */
  readonly isRefusal: boolean;

  constructor(
    message: string,
    { retryAfter, isRefusal = false }: { retryAfter?: Milliseconds | undefined; isRefusal?: boolean } = {},
  ) {
    super(message);
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    this.isRefusal = isRefusal;
  }
}
