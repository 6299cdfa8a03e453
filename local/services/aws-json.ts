import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WireHandler, WireResponse } from './service.ts';

/** An error of an AWS API: `name` is its code on the wire, `status` its HTTP status. */
export class AwsError extends Error {
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

/** One action of a service: takes the parsed JSON body, answers the members of the response. */
export type Action = (body: unknown) => unknown;

/** Parses what came over the wire; throws the ValidationException that AWS answers on a malformed request. */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `'${issue.path.join('.')}': ${issue.message}`);
  throw new AwsError(
    'ValidationException',
    `${faults.length} validation error detected: ${faults.join('; ')}`,
  );
}

/** Parses a JSON text, or throws what `fault` makes. */
export function parseJson(text: string, fault: () => Error): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fault();
  }
}

/**
 * Speaks AWS JSON 1.0 or 1.1: one POST, the action in `X-Amz-Target: <prefix>.<Action>`, errors as `__type`.
 * See https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html.
 */
export function awsJsonHandler(
  version: '1.0' | '1.1',
  prefix: string,
  actions: Readonly<Record<string, Action>>,
): WireHandler {
  const contentType = `application/x-amz-json-${version}`;
  const answer = (status: number, body: unknown): WireResponse => ({
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  });
  return async (request) => {
    try {
      const name = (request.headers['x-amz-target'] ?? '').replace(`${prefix}.`, '');
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (!action)
        throw new AwsError('UnsupportedOperation', `${prefix}.${name} is not served on one machine`);
      const malformed = () => new AwsError('SerializationException', 'The body is not JSON');
      return answer(200, await action(parseJson(request.body || '{}', malformed)));
    } catch (error) {
      const { status, code, message } = faultOf(error);
      return answer(status, { __type: code, message });
    }
  };
}

/** How an error is told: AwsError as it says, anything else as a fault of the service. */
export function faultOf(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof AwsError) return { status: error.status, code: error.name, message: error.message };
  return {
    status: 500,
    code: 'InternalFailure',
    message: error instanceof Error ? error.message : String(error),
  };
}
