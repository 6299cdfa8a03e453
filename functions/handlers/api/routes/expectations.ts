import { z } from '@hono/zod-openapi';
import { listExpectations, readExpectation, readRevisions } from '../../../app/expectations/read.ts';
import { renewToken } from '../../../app/expectations/register.ts';
import {
  ExpectationAnswer,
  expectationAnswer,
  RevisionAnswer,
  revisionAnswer,
} from '../answers/expectation.ts';
import { etag } from '../conditions.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { ExpectationPath, PageQuery, pageOf, TeamPath } from '../fields.ts';

const TokenAnswer = z.object({
  pingUrl: z.url().openapi({ description: 'The one-line address. The one before has stopped working' }),
});

/** `/v1/teams/{team}/expectations`: what is registered, and its history. Changes are in expectation-changes.ts. */
export function expectationRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
  revisionsRoute(api);
  tokenRoute(api);
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations',
      operationId: 'listExpectations',
      tag: 'Expectations',
      summary: 'The expectations of a team',
      needs: { role: 'viewer', of: 'path' },
      params: TeamPath,
      query: PageQuery,
      answers: { 200: { description: 'Expectations by id', schema: pageOf(ExpectationAnswer) } },
    },
    async ({ ctx, params, query }) => {
      const { items, cursor } = await listExpectations(ctx, params.team, query);
      const body = { items: items.map(expectationAnswer), ...(cursor === undefined ? {} : { cursor }) };
      return { status: 200, body };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}',
      operationId: 'readExpectation',
      tag: 'Expectations',
      summary: 'One expectation as it is registered',
      needs: { role: 'viewer', of: 'path' },
      params: ExpectationPath,
      answers: {
        200: { description: 'The expectation', schema: ExpectationAnswer, headers: { ETag: 'Its revision' } },
      },
    },
    async ({ ctx, params }) => {
      const registration = await readExpectation(ctx, params);
      const headers = { ETag: etag(registration.revision) };
      return { status: 200, headers, body: expectationAnswer(registration) };
    },
  );
}

function revisionsRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}/revisions',
      operationId: 'listRevisions',
      tag: 'Expectations',
      summary: 'Who changed what, when and why',
      description: 'The newest first. They can be read after the expectation was deleted, too.',
      needs: { role: 'viewer', of: 'path' },
      params: ExpectationPath,
      answers: {
        200: { description: 'Every revision', schema: z.object({ items: z.array(RevisionAnswer) }) },
      },
    },
    async ({ ctx, params }) => {
      const revisions = await readRevisions(ctx, params);
      return { status: 200, body: { items: revisions.map(revisionAnswer) } };
    },
  );
}

function tokenRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/teams/{team}/expectations/{id}/token',
      operationId: 'renewToken',
      tag: 'Check-ins',
      summary: 'A new one-line address for check-ins',
      needs: { role: 'editor', of: 'path' },
      params: ExpectationPath,
      answers: { 200: { description: 'The new address, shown this once', schema: TokenAnswer } },
      problems: ['conflict'],
    },
    async ({ ctx, params }) => {
      const token = await renewToken(ctx, params);
      return { status: 200, body: { pingUrl: `${ctx.publicUrl}/ping/${token}` } };
    },
  );
}
