import { z } from '@hono/zod-openapi';
import { createKey } from '../../../app/keys/create.ts';
import { removeKey } from '../../../app/keys/remove.ts';
import type { ApiKey } from '../../../app/ports.ts';
import { oneLine } from '../../../core/text.ts';
import { toIso } from '../../../core/time.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { Utc } from '../fields.ts';

const Role = z
  .enum(['viewer', 'editor', 'admin'])
  .openapi({ description: 'Viewers read; editors also change expectations and channels; admins also keys' });

const TeamOfKey = z
  .string()
  .regex(/^(\*|[a-z0-9][a-z0-9._-]{0,63})$/, 'must be the id of a team, or * for operators')
  .meta({ example: 'data-platform', description: 'A team, or `*` for operators: all teams' });

const KeyBody = z
  .strictObject({
    team: TeamOfKey,
    role: Role,
    name: oneLine(100).meta({ example: 'deploy', description: 'Shown in the history of what it does' }),
  })
  .openapi('ApiKeyBody');

const KeyAnswer = z
  .object({
    id: z.string(),
    team: z.string(),
    role: Role,
    name: z.string(),
    createdAt: Utc,
    createdBy: z.string(),
  })
  .openapi('ApiKey');

const CreatedKey = KeyAnswer.extend({
  key: z.string().openapi({ example: 'ovd_…', description: 'The only copy: it is stored as a hash' }),
}).openapi('CreatedApiKey');

function keyAnswer({ id, team, role, name, createdAt, createdBy }: ApiKey): z.infer<typeof KeyAnswer> {
  return { id, team, role, name, createdAt: toIso(createdAt), createdBy };
}

/** `/v1/keys`: who may use the API. */
export function keyRoutes(api: Api): void {
  createRoute(api);
  listRoute(api);
  removeRoute(api);
}

function createRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/keys',
      operationId: 'createKey',
      tag: 'API keys',
      summary: 'Make an API key',
      needs: { role: 'admin', of: 'body' },
      body: KeyBody,
      answers: { 201: { description: 'The key, shown this once', schema: CreatedKey } },
    },
    async ({ ctx, principal, body }) => {
      const { record, key } = await createKey(ctx, body, principal);
      return { status: 201, body: { ...keyAnswer(record), key } };
    },
  );
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/keys',
      operationId: 'listKeys',
      tag: 'API keys',
      summary: 'The API keys of a team',
      needs: { role: 'admin', of: 'query' },
      query: z.strictObject({ team: TeamOfKey.optional() }),
      answers: {
        200: { description: 'Keys, the oldest first', schema: z.object({ items: z.array(KeyAnswer) }) },
      },
    },
    async ({ ctx, principal, query }) => {
      const keys = await ctx.apiKeys.list(query.team ?? principal.team);
      return { status: 200, body: { items: keys.map(keyAnswer) } };
    },
  );
}

function removeRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/keys/{id}',
      operationId: 'removeKey',
      tag: 'API keys',
      summary: 'Remove an API key: it stops working',
      description: 'A key of another team is answered like one that does not exist.',
      needs: { role: 'admin', of: 'own' },
      params: z.strictObject({ id: z.string().max(64).openapi({ example: '3kTz9fQ1xLmA' }) }),
      answers: { 204: { description: 'It was removed' } },
    },
    async ({ ctx, principal, params }) => {
      await removeKey(ctx, params.id, principal);
      return { status: 204 };
    },
  );
}
