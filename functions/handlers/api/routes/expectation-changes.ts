import { z } from '@hono/zod-openapi';
import type { FieldProblem } from '../../../app/errors.ts';
import { Invalid } from '../../../app/errors.ts';
import { put, tryPut } from '../../../app/expectations/put.ts';
import { changeStatus, create, type Registered } from '../../../app/expectations/register.ts';
import { validate } from '../../../app/expectations/validate.ts';
import type { Context, ExpectationRef } from '../../../app/ports.ts';
import {
  ChangedExpectation,
  ExpectationAnswer,
  ExpectationBody,
  expectationAnswer,
} from '../answers/expectation.ts';
import { PreviewAnswer, previewAnswer } from '../answers/preview.ts';
import { ConditionHeaders, conditionOf, etag, IfMatchHeaders, revisionOf } from '../conditions.ts';
import { endpoint, type Call } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { ExpectationPath, flag, WhyQuery } from '../fields.ts';
import { demandSound } from '../problem.ts';

const DryRunAnswer = z
  .object({
    dryRun: z.literal(true),
    creates: z.boolean(),
    changed: z.array(z.string()).openapi({ description: 'Fields that would change' }),
    replansDeadlines: z
      .boolean()
      .openapi({ description: 'Whether deadlines that lie ahead would be cancelled and planned anew' }),
    warnings: z.array(z.string()),
    preview: PreviewAnswer,
  })
  .openapi('DryRun');

const PutQuery = WhyQuery.extend({ dryRun: flag('Answer what would change, and change nothing') });

/** Registering, replacing, pausing, resuming and deleting expectations. */
export function expectationChangeRoutes(api: Api): void {
  createRoute(api);
  putRoute(api);
  removeRoute(api);
  statusRoute(api, 'pause');
  statusRoute(api, 'resume');
}

function createRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/expectations',
      operationId: 'createExpectation',
      tag: 'Expectations',
      summary: 'Register an expectation',
      needs: { role: 'editor', of: 'body' },
      query: WhyQuery,
      json: ExpectationBody,
      answers: {
        201: {
          description: 'It is registered and its first deadlines are planned',
          schema: ChangedExpectation,
          headers: { Location: 'Its address', ETag: 'Its revision' },
        },
      },
      problems: ['conflict'],
    },
    async ({ ctx, principal, query, json }) => {
      const registered = await create(ctx, json, { by: principal.actor, why: query.why });
      const { team, id } = registered.registration;
      const location = `/v1/teams/${team}/expectations/${id}`;
      return { status: 201, ...changedAnswer(ctx, registered, { Location: location }) };
    },
  );
}

function putRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'put',
      path: '/v1/teams/{team}/expectations/{id}',
      operationId: 'putExpectation',
      tag: 'Expectations',
      summary: 'Register an expectation, or replace it',
      description:
        'The same body again changes nothing and makes no revision. `team` and `id` may be left out of the body; if they are there, they must be those of the address.',
      needs: { role: 'editor', of: 'path' },
      params: ExpectationPath,
      query: PutQuery,
      headers: ConditionHeaders,
      json: ExpectationBody,
      answers: {
        200: {
          description: 'It is replaced, or is as it was; of a dry run what would change',
          schema: z.union([ChangedExpectation, DryRunAnswer]),
          headers: { ETag: 'Its revision' },
        },
        201: { description: 'It is created', schema: ChangedExpectation, headers: { ETag: 'Its revision' } },
      },
      problems: ['precondition-failed'],
    },
    async (call) => {
      const { ctx, principal, params: ref, query } = call;
      const condition = conditionOf(call.headers);
      const body = await withPathNames(ctx, call.json, ref);
      if (query.dryRun) return { status: 200, body: await dryRun(ctx, body, { ref, condition }) };
      const write = { by: principal.actor, why: query.why };
      const registered = await put(ctx, body, { ref, condition, ...write });
      return { status: registered.created ? 201 : 200, ...changedAnswer(ctx, registered) };
    },
  );
}

async function dryRun(
  ctx: Context,
  body: unknown,
  wanted: Parameters<typeof tryPut>[2],
): Promise<z.infer<typeof DryRunAnswer>> {
  const { difference, preview } = await tryPut(ctx, body, wanted);
  return { dryRun: true, ...difference, preview: previewAnswer(preview) };
}

/** The body with the names of the path. @throws Invalid when it has others, with everything else that is wrong */
async function withPathNames(ctx: Context, json: unknown, { team, id }: ExpectationRef): Promise<unknown> {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return json;
  const body = { ...json, team, id };
  const differing = Object.entries({ team, id }).flatMap(([field, named]): FieldProblem[] => {
    const given = (json as Record<string, unknown>)[field];
    return given === undefined || given === named
      ? []
      : [{ field, message: `must be ${named} as in the address, or absent`, given }];
  });
  if (differing.length > 0) demandSound([...differing, ...(await faultsOf(ctx, body))]);
  return body;
}

async function faultsOf(ctx: Context, body: unknown): Promise<readonly FieldProblem[]> {
  try {
    await validate(ctx, body);
    return [];
  } catch (error) {
    if (error instanceof Invalid) return error.problems;
    throw error;
  }
}

function removeRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/teams/{team}/expectations/{id}',
      operationId: 'removeExpectation',
      tag: 'Expectations',
      summary: 'Delete an expectation',
      description:
        'What falls due from now on is cancelled, what is due already is still judged, open breaches are closed. The history stays; the same id can be registered again and goes on with the next revision.',
      needs: { role: 'editor', of: 'path' },
      params: ExpectationPath,
      query: WhyQuery,
      headers: IfMatchHeaders,
      answers: { 204: { description: 'It is deleted' } },
      problems: ['precondition-failed'],
    },
    async (call) => {
      await changeStatus(call.ctx, call.params, 'deleted', writeOf(call));
      return { status: 204 };
    },
  );
}

function statusRoute(api: Api, verb: 'pause' | 'resume'): void {
  const summary = {
    pause: 'Pause an expectation: what falls due from now on is cancelled',
    resume: 'Resume an expectation: deadlines are planned from now on',
  };
  endpoint(
    api,
    {
      method: 'post',
      path: `/v1/teams/{team}/expectations/{id}/${verb}`,
      operationId: `${verb}Expectation`,
      tag: 'Expectations',
      summary: summary[verb],
      description: 'Doing it twice changes nothing the second time.',
      needs: { role: 'editor', of: 'path' },
      params: ExpectationPath,
      query: WhyQuery,
      headers: IfMatchHeaders,
      answers: {
        200: { description: 'The expectation', schema: ExpectationAnswer, headers: { ETag: 'Its revision' } },
      },
      problems: ['precondition-failed'],
    },
    async (call) => {
      const status = verb === 'pause' ? 'paused' : 'active';
      const registration = await changeStatus(call.ctx, call.params, status, writeOf(call));
      const headers = { ETag: etag(registration.revision) };
      return { status: 200, headers, body: expectationAnswer(registration) };
    },
  );
}

type Change = Call<typeof ExpectationPath, typeof WhyQuery, typeof IfMatchHeaders>;

function writeOf({ principal, query, headers }: Change) {
  return { by: principal.actor, why: query.why, ifRevision: revisionOf(headers['If-Match']) };
}

function changedAnswer(
  ctx: Context,
  { registration, warnings, token }: Registered,
  headers: Record<string, string> = {},
) {
  const body: z.infer<typeof ChangedExpectation> = {
    ...expectationAnswer(registration),
    warnings,
    ...(token === undefined ? {} : { pingUrl: `${ctx.publicUrl}/ping/${token}` }),
  };
  return { body, headers: { ETag: etag(registration.revision), ...headers } };
}
