import { z } from '@hono/zod-openapi';
import { endMute } from '../../../app/mutes/end.ts';
import { mute } from '../../../app/mutes/put.ts';
import { addDuration, duration } from '../../../core/duration.ts';
import { globProblem } from '../../../core/glob.ts';
import type { Mute } from '../../../core/mute.ts';
import { oneLine } from '../../../core/text.ts';
import { toIso } from '../../../core/time.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { TeamPath, Utc } from '../fields.ts';
import { demandSound } from '../problem.ts';

const Instant = z.iso
  .datetime({ offset: true, error: 'must be an instant with its offset, such as 2026-11-21T05:00:00Z' })
  .meta({ example: '2026-11-23T06:00:00+01:00' });

const Length = z
  .string()
  .regex(/^(\d{1,4}[dhms])+$/, 'must be a length such as 90m, 4h or 2d')
  .meta({ example: '4h' });

const ExpectationGlob = z
  .string()
  .min(1)
  .max(128)
  .check((ctx) => {
    const message = globProblem(ctx.value);
    if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: ctx.value });
  })
  .meta({ example: 'orders-*' });

const MuteBody = z
  .strictObject({
    expectations: z
      .array(ExpectationGlob)
      .min(1)
      .max(50)
      .optional()
      .openapi({ description: 'Ids of expectations, or globs over them; all of the team when absent' }),
    from: Instant.optional().openapi({ description: 'Now when absent' }),
    until: Instant.optional(),
    for: Length.optional().openapi({ description: 'Instead of until: so long from now, or from `from`' }),
    why: oneLine(500).optional().meta({ example: 'the warehouse moves' }),
  })
  .openapi('MuteBody', { example: { expectations: ['orders-*'], for: '4h', why: 'the warehouse moves' } });

const MuteAnswer = z
  .object({
    id: z.string(),
    expectations: z.array(z.string()).optional(),
    from: Utc,
    until: Utc,
    by: z.string(),
    why: z.string().optional(),
  })
  .openapi('Mute');

const MutePath = TeamPath.extend({ mute: z.string().max(64).openapi({ example: 'Zk3x9fQ1xLmA' }) });

function muteAnswer({ id, from, until, ...rest }: Mute): z.infer<typeof MuteAnswer> {
  return { id, from: toIso(from), until: toIso(until), ...rest };
}

/** `…/mutes`: times in which a team is told nothing. */
export function muteRoutes(api: Api): void {
  createRoute(api);
  listRoute(api);
  endRoute(api);
}

function createRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/teams/{team}/mutes',
      operationId: 'mute',
      tag: 'Mutes',
      summary: 'Tell nothing for some time',
      description:
        'Alerts are silenced, verdicts are not. What is still open when the mute ends is announced then.',
      needs: { role: 'editor', of: 'path' },
      params: TeamPath,
      body: MuteBody,
      answers: { 201: { description: 'The mute', schema: MuteAnswer } },
      problems: ['conflict'],
    },
    async ({ ctx, params, principal, body: { from, expectations, why, ...end } }) => {
      const begin = from === undefined ? ctx.now() : Date.parse(from);
      const made = await mute(ctx, params.team, {
        ...{ from: begin, until: endOf(end, begin), by: principal.actor },
        ...(expectations === undefined ? {} : { expectations }),
        ...(why === undefined ? {} : { why }),
      });
      return { status: 201, body: muteAnswer(made) };
    },
  );
}

function endOf(
  { until, for: length }: Pick<z.infer<typeof MuteBody>, 'until' | 'for'>,
  from: number,
): number {
  if (until !== undefined && length === undefined) return Date.parse(until);
  if (until === undefined && length !== undefined) return addDuration(from, duration(length), 'UTC');
  const message = 'must be given, or for, and not both';
  demandSound([{ field: 'until', message, ...(until === undefined ? {} : { given: until }) }]);
  return NaN;
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/mutes',
      operationId: 'listMutes',
      tag: 'Mutes',
      summary: 'What is muted, now or later',
      needs: { role: 'viewer', of: 'path' },
      params: TeamPath,
      answers: {
        200: { description: 'Mutes, the oldest first', schema: z.object({ items: z.array(MuteAnswer) }) },
      },
    },
    async ({ ctx, params }) => {
      const { mutes } = await ctx.mutes.get(params.team);
      return { status: 200, body: { items: mutes.filter(({ until }) => until > ctx.now()).map(muteAnswer) } };
    },
  );
}

function endRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/teams/{team}/mutes/{mute}',
      operationId: 'endMute',
      tag: 'Mutes',
      summary: 'End a mute now: what is open and was not told is told',
      needs: { role: 'editor', of: 'path' },
      params: MutePath,
      answers: { 204: { description: 'It has ended' } },
    },
    async ({ ctx, params }) => {
      await endMute(ctx, params.team, params.mute);
      return { status: 204 };
    },
  );
}
