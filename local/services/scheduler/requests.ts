import { z } from 'zod';
import { AwsError, parseRequest } from '../aws-json.ts';
import { parseExpression, type Timing } from './expression.ts';

const MAX_INPUT_BYTES = 262_144;
const name = z.string().regex(/^[0-9a-zA-Z\-_.]{1,64}$/);
const clientToken = z.string().regex(/^[a-zA-Z0-9\-_]{1,64}$/);

const target = z.object({
  Arn: z.string().min(1).max(1600),
  RoleArn: z.string().regex(/^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@/-]+$/),
  Input: z.string().min(1).optional(),
  DeadLetterConfig: z
    .object({
      Arn: z
        .string()
        .regex(/^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+$/)
        .optional(),
    })
    .optional(),
  RetryPolicy: z
    .object({
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
      MaximumRetryAttempts: z.int().min(0).max(185).optional(),
    })
    .optional(),
});

const window = z.discriminatedUnion('Mode', [
  z.object({ Mode: z.literal('OFF'), MaximumWindowInMinutes: z.undefined().optional() }),
  z.object({ Mode: z.literal('FLEXIBLE'), MaximumWindowInMinutes: z.int().min(1).max(1440) }),
]);

const definition = z.object({
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.string().min(1).max(50).default('UTC'),
  FlexibleTimeWindow: window,
  Target: target,
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  Description: z.string().max(512).optional(),
  StartDate: z.number().optional(),
  EndDate: z.number().optional(),
});

/** What a schedule does, as the API names it; dates in seconds of the epoch. */
export type Definition = z.infer<typeof definition>;

export interface ScheduleRequest {
  name: string;
  group: string;
  definition: Definition;
  timing: Timing;
  clientToken: string | undefined;
}

const envelope = z.object({ GroupName: name.default('default'), ClientToken: clientToken.optional() });

/** Reads the body of CreateSchedule and UpdateSchedule; throws ValidationException. */
export function parseSchedule(scheduleName: string, body: unknown): ScheduleRequest {
  const { GroupName, ClientToken } = parseRequest(envelope, body);
  const parsed = parseRequest(definition, body);
  checkTarget(parsed.Target.Arn, parsed.Target.Input);
  const timing = parseExpression(parsed.ScheduleExpression, parsed.ScheduleExpressionTimezone);
  return {
    name: parseName(scheduleName),
    group: GroupName,
    definition: parsed,
    timing,
    clientToken: ClientToken,
  };
}

/** A definition as it was stored. */
export function parseDefinition(text: string): Definition {
  return definition.parse(JSON.parse(text));
}

/** The name of a schedule or group; throws ValidationException. */
export function parseName(value: string | null): string {
  return parseRequest(name, value ?? undefined);
}

const page = z.object({
  ScheduleGroup: name.optional(),
  NamePrefix: name.optional(),
  State: z.enum(['ENABLED', 'DISABLED']).optional(),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
  NextToken: z.string().max(2048).optional(),
});
const position = z.tuple([z.string(), z.string()]);

export interface Page {
  group: string | undefined;
  prefix: string;
  state: 'ENABLED' | 'DISABLED' | undefined;
  limit: number;
  /** Group and name of the last item of the page before. */
  after: [string, string];
}

/** Reads the query of ListSchedules and ListScheduleGroups; throws ValidationException. */
export function parsePage(query: URLSearchParams): Page {
  const parsed = parseRequest(page, Object.fromEntries(query));
  return {
    group: parsed.ScheduleGroup,
    prefix: parsed.NamePrefix ?? '',
    state: parsed.State,
    limit: parsed.MaxResults,
    after: parsed.NextToken === undefined ? ['', ''] : decodePosition(parsed.NextToken),
  };
}

/** The NextToken for the page after `last`. */
export function encodePosition(last: readonly [string, string]): string {
  return Buffer.from(JSON.stringify(last)).toString('base64url');
}

function decodePosition(token: string): [string, string] {
  try {
    return position.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
  } catch {
    throw new AwsError('ValidationException', 'Invalid NextToken.');
  }
}

function checkTarget(arn: string, input: string | undefined): void {
  if (!/^arn:aws(-[a-z]+)?:(states:[^:]+:\d{12}:stateMachine|lambda:[^:]+:\d{12}:function):.+$/.test(arn)) {
    throw new AwsError('ValidationException', `Target ${arn} is not served on one machine.`);
  }
  if (input === undefined) return;
  if (Buffer.byteLength(input) > MAX_INPUT_BYTES)
    throw new AwsError('ValidationException', 'Input is too long.');
  try {
    JSON.parse(fillAttributes(input, () => '0'));
  } catch {
    throw new AwsError('ValidationException', 'Invalid Input: it is not well-formed JSON.');
  }
}

/**
 * Replaces the context attributes `<aws.scheduler.…>` of an Input.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html.
 */
export function fillAttributes(input: string, valueOf: (attribute: string) => string): string {
  return input.replace(
    /<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>/g,
    (_, attribute: string) => valueOf(attribute),
  );
}
