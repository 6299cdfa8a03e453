import { z } from '@hono/zod-openapi';
import { previewBody, previewRegistered } from '../../../app/expectations/preview.ts';
import { ExpectationBody } from '../answers/expectation.ts';
import { PreviewAnswer, previewAnswer } from '../answers/preview.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { ExpectationPath, instant, wholeNumber } from '../fields.ts';

/** Beyond it no public holidays are known. */
const LAST_YEAR = 2199;

const PreviewQuery = z.strictObject({
  count: wholeNumber(1, 366, 10, 'How many deadlines'),
  after: instant('Only what falls due after this. Default: now', LAST_YEAR),
});

/** What would be due when: of a body that is not registered, and of an expectation that is. */
export function previewRoutes(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/preview',
      operationId: 'previewBody',
      tag: 'Previews',
      summary: 'The next deadlines of a body, without registering it',
      description: 'The body is checked as if it were registered.',
      needs: { role: 'viewer', of: 'body' },
      query: PreviewQuery,
      json: ExpectationBody,
      answers: { 200: { description: 'The next deadlines', schema: PreviewAnswer } },
    },
    async ({ ctx, query, json }) => {
      const preview = await previewBody(ctx, json, query.after ?? ctx.now(), query.count);
      return { status: 200, body: previewAnswer(preview) };
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}/preview',
      operationId: 'previewExpectation',
      tag: 'Previews',
      summary: 'The next deadlines of an expectation',
      needs: { role: 'viewer', of: 'path' },
      params: ExpectationPath,
      query: PreviewQuery,
      answers: { 200: { description: 'The next deadlines', schema: PreviewAnswer } },
    },
    async ({ ctx, params, query }) => {
      const preview = await previewRegistered(ctx, params, query.after ?? ctx.now(), query.count);
      return { status: 200, body: previewAnswer(preview) };
    },
  );
}
