import { z } from '@hono/zod-openapi';
import { putTeam } from '../../../app/teams/put.ts';
import { readTeam, visibleTeams } from '../../../app/teams/read.ts';
import type { Team } from '../../../app/ports.ts';
import { Grant } from '../../../core/grant.ts';
import { oneLine } from '../../../core/text.ts';
import { toIso } from '../../../core/time.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { TeamPath, Utc } from '../fields.ts';

const TeamBody = z
  .strictObject({
    title: oneLine(200).optional().meta({ example: 'Data platform' }),
    grants: z.array(Grant).max(200).default([]),
  })
  .openapi('TeamBody');

const TeamAnswer = z
  .object({
    id: z.string(),
    title: z.string().optional(),
    grants: z.array(Grant),
    createdAt: Utc,
  })
  .openapi('Team');

function teamAnswer({ id, title, grants, createdAt }: Team): z.infer<typeof TeamAnswer> {
  return { id, ...(title === undefined ? {} : { title }), grants, createdAt: toIso(createdAt) };
}

/** `/v1/teams`: who there is, and what each may name in its expectations. */
export function teamRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
  putRoute(api);
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams',
      operationId: 'listTeams',
      tag: 'Teams',
      summary: 'The teams that the key may see',
      needs: { role: 'viewer', of: 'own' },
      answers: { 200: { description: 'Teams by id', schema: z.object({ items: z.array(TeamAnswer) }) } },
    },
    async ({ ctx, principal }) => {
      const teams = await visibleTeams(ctx, principal);
      return { status: 200, body: { items: teams.map(teamAnswer) } };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}',
      operationId: 'readTeam',
      tag: 'Teams',
      summary: 'One team with its grants',
      needs: { role: 'viewer', of: 'path' },
      params: TeamPath,
      answers: { 200: { description: 'The team', schema: TeamAnswer } },
    },
    async ({ ctx, params }) => ({ status: 200, body: teamAnswer(await readTeam(ctx, params.team)) }),
  );
}

function putRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'put',
      path: '/v1/teams/{team}',
      operationId: 'putTeam',
      tag: 'Teams',
      summary: 'Create a team, or replace its title and grants',
      description:
        'Grants are checked when an expectation is registered or changed: taking one away leaves expectations that exist as they are.',
      needs: { role: 'admin', of: 'all' },
      params: TeamPath,
      body: TeamBody,
      answers: {
        200: { description: 'It was replaced', schema: TeamAnswer },
        201: { description: 'It was created', schema: TeamAnswer },
      },
    },
    async ({ ctx, params, body }) => {
      const { team, created } = await putTeam(ctx, params.team, body);
      return { status: created ? 201 : 200, body: teamAnswer(team) };
    },
  );
}
