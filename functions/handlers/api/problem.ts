import { z } from '@hono/zod-openapi';
import {
  Conflict,
  Contention,
  Forbidden,
  Invalid,
  NotFound,
  PreconditionFailed,
  RequestError,
  Unauthorized,
  type FieldProblem,
} from '../../app/errors.ts';
import { PROBLEMS, type ProblemType } from './problem-types.ts';

/** A refusal that is about HTTP itself. */
export class HttpProblem extends RequestError {
  override name = 'HttpProblem';
  readonly type: ProblemType;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ProblemType, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.type = type;
    this.headers = headers;
  }
}

/** The answer to a request that was refused or failed (RFC 9457). */
export const Problem = z
  .strictObject({
    type: z.string().openapi({ example: '/problems/not-valid', description: 'Address of an explanation' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What was wrong with this request' }),
    errors: z
      .array(
        z.strictObject({
          field: z.string().openapi({ example: 'due.timezone' }),
          message: z.string().openapi({
            example: 'must be an IANA time zone such as Europe/Berlin or UTC; did you mean Europe/Berlin?',
          }),
          given: z.unknown().optional().openapi({ example: 'Europe/Berln' }),
        }),
      )
      .optional()
      .openapi({ description: 'Every faulty field of path, query, headers and body' }),
    requestId: z
      .string()
      .optional()
      .openapi({ description: 'Of an unexpected fault: what to look for in the log' }),
  })
  .openapi('Problem');

type Problem = z.infer<typeof Problem>;

/** One fault for every kind of error that a use-case throws. */
const TYPES = [
  [Invalid, 'not-valid'],
  [Unauthorized, 'unauthorized'],
  [Forbidden, 'forbidden'],
  [NotFound, 'not-found'],
  [Conflict, 'conflict'],
  [PreconditionFailed, 'precondition-failed'],
] as const;

/** The type of problem that an error means for the client. */
export function problemTypeOf(error: unknown): ProblemType {
  if (error instanceof HttpProblem) return error.type;
  if (error instanceof Contention) return 'busy';
  return TYPES.find(([kind]) => error instanceof kind)?.[1] ?? 'unexpected';
}

/** Nothing of an unexpected error but the id under which it is in the log. */
export function problemOf(error: unknown, requestId: string): Problem {
  const type = problemTypeOf(error);
  const { status, title, help } = PROBLEMS[type];
  const head = { type: `/problems/${type}`, title, status };
  if (!(error instanceof RequestError)) return { ...head, detail: help, requestId };
  const { message: detail, problems } = error;
  return { ...head, detail, ...(problems.length > 0 ? { errors: problems.map(errorOf) } : {}) };
}

function errorOf({ field, message, given }: FieldProblem) {
  return { field, message, ...(given === undefined ? {} : { given }) };
}

/** Headers that the problem calls for. */
export function headersOf(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof Unauthorized) return { 'WWW-Authenticate': 'Bearer realm="Overdue"' };
  if (error instanceof Contention) return { 'Retry-After': '1' };
  return error instanceof HttpProblem ? error.headers : {};
}

/** @throws Invalid unless there is nothing to complain of */
export function demandSound(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return;
  throw new Invalid(
    problems.length === 1 ? '1 field is not valid' : `${problems.length} fields are not valid`,
    problems,
  );
}
