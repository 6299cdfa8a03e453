import type { RouteConfig } from '@hono/zod-openapi';
import type { z } from 'zod';
import type { Role } from '../../app/ports.ts';
import { Problem } from './problem.ts';
import { PROBLEMS, type ProblemType } from './problem-types.ts';

/** One way in which a request is answered. */
export interface AnswerSpec {
  description: string;
  schema?: z.ZodType;
  headers?: Record<string, string>;
}

/** Whose team a role is needed in: named by the path, the body or the query, the key's own, or all. */
export type TeamSource = 'path' | 'body' | 'query' | 'query or all' | 'own' | 'all';

/** Everything that the document says of one operation. */
export interface Operation {
  method: 'get' | 'put' | 'post' | 'delete';
  /** `/v1/teams/{team}` */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string | undefined;
  needs: { role: Role; of: TeamSource };
  params?: z.ZodObject | undefined;
  query?: z.ZodObject | undefined;
  headers?: z.ZodObject | undefined;
  /** The body as documented. */
  content?: { schema: z.ZodType; required: boolean; asText?: string | undefined } | undefined;
  answers: Readonly<Record<number, AnswerSpec>>;
  /** Problems beside those that every operation of its kind has. */
  problems?: readonly ProblemType[] | undefined;
}

/** The operation as OpenAPI has it, with the problems that can come. */
export function documented(operation: Operation): RouteConfig {
  const { method, path, operationId, tag, summary, params, query, headers, content } = operation;
  return {
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    description: [operation.description, roleSentence(operation.needs)].filter(Boolean).join('\n\n'),
    security: [{ apiKey: [] }],
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(headers ? { headers } : {}),
      ...(content ? { body: bodyOf(content) } : {}),
    },
    responses: { ...answersOf(operation), ...problemsOf(operation) },
  };
}

function bodyOf({ schema, required, asText }: NonNullable<Operation['content']>) {
  return {
    required,
    content: {
      'application/json': { schema },
      ...(asText === undefined ? {} : { [asText]: { schema: { type: 'string' as const } } }),
    },
  };
}

const IN: Record<TeamSource, string> = {
  path: 'in the team',
  body: 'in the team of the body',
  query: "in the team asked for, by default the key's own",
  'query or all': 'in the team asked for; without a team only for operators',
  own: 'in its own team',
  all: 'of an operator (team `*`)',
};

function roleSentence({ role, of }: Operation['needs']): string {
  return `Needs the role \`${role}\` ${IN[of]}.`;
}

function answersOf({ answers }: Operation): RouteConfig['responses'] {
  const entries = Object.entries(answers).map(([status, { description, schema, headers }]) => [
    status,
    {
      description,
      ...(headers ? { headers: headersOf(headers) } : {}),
      ...(schema ? { content: { 'application/json': { schema } } } : {}),
    },
  ]);
  return Object.fromEntries(entries) as RouteConfig['responses'];
}

function headersOf(headers: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
}

/** What is refused before anybody asks what it is about. */
export const GUARDS = ['uri-too-long', 'too-many-requests', 'headers-too-large'] as const;

function problemsOf({ params, content, problems = [] }: Operation): RouteConfig['responses'] {
  const types: ProblemType[] = [
    ...(['not-valid', 'unauthorized', 'forbidden', 'unexpected', 'busy', ...GUARDS] as const),
    ...(params ? (['not-found'] as const) : []),
    ...(content ? (['not-json', 'too-large', 'unsupported-media-type'] as const) : []),
    ...problems,
  ];
  const byStatus = Object.groupBy(types, (type) => PROBLEMS[type].status);
  return Object.fromEntries(Object.entries(byStatus).map(([status, of]) => [status, problemAnswer(of)]));
}

/** The response for some types of problem that have the same status. */
export function problemAnswer(types: readonly ProblemType[]): RouteConfig['responses'][string] {
  const examples: Record<string, { summary: string; value: unknown }> = {};
  for (const type of types) examples[type] = { summary: PROBLEMS[type].title, value: exampleOf(type) };
  return {
    description: types.map((type) => PROBLEMS[type].title).join('; or: '),
    content: { 'application/problem+json': { schema: Problem, examples } },
  };
}

const FAULT = {
  field: 'due.timezone',
  message: 'must be an IANA time zone such as Europe/Berlin or UTC; did you mean Europe/Berlin?',
  given: 'Europe/Berln',
};

function exampleOf(type: ProblemType) {
  const { status, title, example } = PROBLEMS[type];
  const errors = type === 'not-valid' ? { errors: [FAULT] } : {};
  return { type: `/problems/${type}`, title, status, detail: example, ...errors };
}
