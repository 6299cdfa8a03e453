import { z } from '@hono/zod-openapi';
import { acknowledge, closeBreach, note } from '../../../app/breaches/close.ts';
import { listBreaches, readBreach } from '../../../app/breaches/read.ts';
import type { Context } from '../../../app/ports.ts';
import { BreachStatus, MISSED_AHEAD, type DeadlineRef } from '../../../core/deadline.ts';
import { Id, Severity } from '../../../core/expectation.ts';
import { lines } from '../../../core/text.ts';
import { BreachAnswer, breachAnswer } from '../answers/deadline.ts';
import { TimelineAnswer, timelineAnswer } from '../answers/timeline.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { DeadlinePath, RangeQuery, rangeOf as rangeSchema } from '../fields.ts';
import { inRange, rangeOf } from '../range.ts';

const BreachWithTimeline = BreachAnswer.extend({ timeline: TimelineAnswer }).openapi('BreachWithTimeline');

const Text = lines(2000).meta({ example: 'ACME has been called; it comes at nine' });
const OptionalText = z.strictObject({ text: Text.optional() });
const RequiredText = z.strictObject({ text: Text });

/** `/v1/breaches` and `…/breaches/{deadline}`: what was missed, and what people do about it. */
export function breachRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
  actionRoute(api, 'acknowledge', OptionalText, {
    summary: 'Somebody takes care: reminders stop',
    description: 'Again, or by another person, changes nothing.',
    act: (ctx, ref, actor, { text }) => acknowledge(ctx, ref, actor, text),
  });
  actionRoute(api, 'close', OptionalText, {
    summary: 'End a breach that is open',
    description: 'The verdict stays `missed`. The channels are told who closed it.',
    act: (ctx, ref, actor, { text }) => closeBreach(ctx, ref, actor, text),
  });
  actionRoute(api, 'notes', RequiredText, {
    summary: 'Add a note to the timeline',
    description: 'Also to a breach that has ended.',
    act: async (ctx, ref, actor, { text }) => {
      await readBreach(ctx, ref);
      await note(ctx, ref, actor, text);
    },
  });
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/breaches',
      operationId: 'listBreaches',
      tag: 'Breaches',
      summary: 'What was missed',
      description:
        'By when they were due, the newest first. Without `from` and `to`: those due in the last 30 days, and what has failed before it was due.',
      needs: { role: 'viewer', of: 'query or all' },
      query: RangeQuery.extend({
        team: Id.optional().openapi({ description: 'One team; all teams only for operators' }),
        expectation: Id.optional(),
        status: BreachStatus.optional(),
        severity: Severity.optional(),
      }),
      answers: { 200: { description: 'A page of breaches', schema: rangeSchema(BreachAnswer) } },
    },
    async ({ ctx, query: { team, expectation, status, severity, limit, ...asked } }) => {
      const range = rangeOf(asked, ctx.now(), MISSED_AHEAD);
      const { from, to, cursor } = range;
      const wanted = { team, expectation, status, severity, from, to };
      const page = await listBreaches(ctx, wanted, { limit, cursor });
      return { status: 200, body: inRange(page, range, breachAnswer) };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/expectations/{id}/breaches/{deadline}',
      operationId: 'readBreach',
      tag: 'Breaches',
      summary: 'One breach with its whole timeline',
      needs: { role: 'viewer', of: 'path' },
      params: DeadlinePath,
      answers: { 200: { description: 'The breach', schema: BreachWithTimeline } },
    },
    async ({ ctx, params: { team, id, deadline } }) => ({
      status: 200,
      body: await breachWithTimeline(ctx, { team, expectation: id, ...deadline }),
    }),
  );
}

interface Action<B> {
  summary: string;
  description: string;
  act: (ctx: Context, ref: DeadlineRef, actor: string, body: B) => Promise<unknown>;
}

function actionRoute<B extends z.ZodType>(
  api: Api,
  verb: 'acknowledge' | 'close' | 'notes',
  body: B,
  { summary, description, act }: Action<z.output<B>>,
): void {
  endpoint(
    api,
    {
      method: 'post',
      path: `/v1/teams/{team}/expectations/{id}/breaches/{deadline}/${verb}`,
      operationId: { acknowledge: 'acknowledgeBreach', close: 'closeBreach', notes: 'addNote' }[verb],
      tag: 'Breaches',
      summary,
      description,
      needs: { role: 'editor', of: 'path' },
      params: DeadlinePath,
      body,
      bodyIsOptional: verb !== 'notes',
      answers: { 200: { description: 'The breach thereafter', schema: BreachWithTimeline } },
      problems: verb === 'notes' ? [] : ['conflict'],
    },
    async ({ ctx, principal, params: { team, id, deadline }, body: given }) => {
      const ref = { team, expectation: id, ...deadline };
      await act(ctx, ref, principal.actor, given);
      return { status: 200, body: await breachWithTimeline(ctx, ref) };
    },
  );
}

async function breachWithTimeline(
  ctx: Context,
  ref: DeadlineRef,
): Promise<z.infer<typeof BreachWithTimeline>> {
  const { deadline, timeline } = await readBreach(ctx, ref);
  return { ...breachAnswer(deadline), timeline: timelineAnswer(timeline) };
}
