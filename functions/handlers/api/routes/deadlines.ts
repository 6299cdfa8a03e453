import { z } from '@hono/zod-openapi';
import { listDeadlines, readDeadline } from '../../../app/deadlines/read.ts';
import { Status } from '../../../core/deadline.ts';
import { DAY } from '../../../core/time.ts';
import { DeadlineAnswer, deadlineAnswer } from '../answers/deadline.ts';
import { TimelineAnswer, timelineAnswer } from '../answers/timeline.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { DeadlinePath, ExpectationPath, RangeQuery, rangeOf as rangeSchema } from '../fields.ts';
import { inRange, rangeOf } from '../range.ts';

const AHEAD = 7 * DAY;

/** Evidence shown with a deadline: in a list, and with one alone. */
const IN_LIST = 20;
const ALONE = 100;

const DeadlineWithTimeline = DeadlineAnswer.extend({
  evidenceNotKept: z.int().optional().openapi({
    description:
      'About how much more came: it could change nothing any more, and was counted instead of kept. It is half of it at least, and what was delivered twice may be counted twice',
  }),
  timeline: TimelineAnswer,
}).openapi('DeadlineWithTimeline');

/** `…/deadlines`: every occurrence of an expectation with its verdict. */
export function deadlineRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}/deadlines',
      operationId: 'listDeadlines',
      tag: 'Deadlines',
      summary: 'Deadlines of an expectation with their verdicts and evidence',
      description: `The newest first. Without \`from\` and \`to\`: from 30 days ago to 7 days ahead. Of what lies ahead only the next deadlines are stored; the preview has more. Each comes with its newest ${IN_LIST} pieces of evidence.`,
      needs: { role: 'viewer', of: 'path' },
      params: ExpectationPath,
      query: RangeQuery.extend({ status: Status.optional() }),
      answers: { 200: { description: 'A page of deadlines', schema: rangeSchema(DeadlineAnswer) } },
    },
    async ({ ctx, params, query }) => {
      const range = rangeOf(query, ctx.now(), AHEAD);
      const { from, to, cursor } = range;
      const wanted = { from, to, status: query.status };
      const page = await listDeadlines(ctx, params, wanted, { limit: query.limit, cursor });
      return { status: 200, body: inRange(page, range, (view) => deadlineAnswer(view, IN_LIST, false)) };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}/deadlines/{deadline}',
      operationId: 'readDeadline',
      tag: 'Deadlines',
      summary: 'One deadline with everything that happened to it',
      needs: { role: 'viewer', of: 'path' },
      params: DeadlinePath,
      answers: { 200: { description: 'The deadline', schema: DeadlineWithTimeline } },
    },
    async ({ ctx, params: { team, id, deadline } }) => {
      const view = await readDeadline(ctx, { team, expectation: id, ...deadline });
      const timeline = timelineAnswer(view.timeline);
      const notKept = view.left > 0 ? { evidenceNotKept: view.left } : {};
      return { status: 200, body: { ...deadlineAnswer(view, ALONE, true), ...notKept, timeline } };
    },
  );
}
