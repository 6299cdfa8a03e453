import { z } from '@hono/zod-openapi';
import { putChannel } from '../../../app/channels/put.ts';
import { listChannels, readChannel, viewOf, type ChannelView } from '../../../app/channels/read.ts';
import { removeChannel } from '../../../app/channels/remove.ts';
import { testChannel } from '../../../app/channels/test.ts';
import { ChannelTarget } from '../../../core/channel.ts';
import { toIso } from '../../../core/time.ts';
import { endpoint } from '../endpoint.ts';
import type { Api } from '../env.ts';
import { ChannelPath, TeamPath, Utc } from '../fields.ts';

const ChannelAnswer = z
  .object({
    team: z.string(),
    name: z.string(),
    type: z.enum(['webhook', 'slack', 'email', 'sns']),
    summary: z.string().openapi({ example: 'e-mail to 2 recipients' }),
    createdAt: Utc,
    failures: z.int().openapi({ description: 'Sends in a row that failed' }),
    lastProblem: z.string().optional(),
    nextAttemptAt: Utc.optional(),
  })
  .openapi('Channel', { description: 'Where a team is told. Addresses and secrets are never shown' });

const PutAnswer = ChannelAnswer.extend({
  secret: z.string().optional().openapi({
    description: "Key of the webhook's signature, when Overdue made it: shown this once",
  }),
}).openapi('PutChannel');

const TestAnswer = z
  .object({
    delivered: z.boolean(),
    problem: z.string().optional().openapi({ example: 'hooks.example.com answered 404' }),
  })
  .openapi('ChannelTest');

function channelAnswer({ createdAt, notBefore, ...view }: ChannelView): z.infer<typeof ChannelAnswer> {
  return {
    ...view,
    createdAt: toIso(createdAt),
    ...(notBefore === undefined ? {} : { nextAttemptAt: toIso(notBefore) }),
  };
}

/** `/v1/teams/{team}/channels`: where a team is told. */
export function channelRoutes(api: Api): void {
  listRoute(api);
  readRoute(api);
  putRoute(api);
  removeRoute(api);
  testRoute(api);
}

function listRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/channels',
      operationId: 'listChannels',
      tag: 'Channels',
      summary: 'The channels of a team',
      needs: { role: 'viewer', of: 'path' },
      params: TeamPath,
      answers: {
        200: { description: 'Channels by name', schema: z.object({ items: z.array(ChannelAnswer) }) },
      },
    },
    async ({ ctx, params }) => {
      const channels = await listChannels(ctx, params.team);
      return { status: 200, body: { items: channels.map(channelAnswer) } };
    },
  );
}

function readRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/teams/{team}/channels/{name}',
      operationId: 'readChannel',
      tag: 'Channels',
      summary: 'One channel and how its sends go',
      needs: { role: 'viewer', of: 'path' },
      params: ChannelPath,
      answers: { 200: { description: 'The channel', schema: ChannelAnswer } },
    },
    async ({ ctx, params }) => {
      const channel = await readChannel(ctx, params.team, params.name);
      return { status: 200, body: channelAnswer(channel) };
    },
  );
}

function putRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'put',
      path: '/v1/teams/{team}/channels/{name}',
      operationId: 'putChannel',
      tag: 'Channels',
      summary: 'Create a channel, or replace where it leads',
      description:
        'A webhook without a `secret` keeps the one that it has; a new one is given one, which is shown once. What waits because sends failed is tried again at once.',
      needs: { role: 'editor', of: 'path' },
      params: ChannelPath,
      body: ChannelTarget,
      bodyIsSecret: true,
      answers: {
        200: { description: 'It was replaced', schema: PutAnswer },
        201: { description: 'It was created', schema: PutAnswer },
      },
    },
    async ({ ctx, params, body }) => {
      const { channel, created, secret } = await putChannel(ctx, params.team, params.name, body);
      const view = channelAnswer(await viewOf(ctx, channel));
      return {
        status: created ? 201 : 200,
        body: { ...view, ...(secret === undefined ? {} : { secret }) },
      };
    },
  );
}

function removeRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/teams/{team}/channels/{name}',
      operationId: 'removeChannel',
      tag: 'Channels',
      summary: 'Remove a channel that no expectation names',
      needs: { role: 'editor', of: 'path' },
      params: ChannelPath,
      answers: { 204: { description: 'It was removed' } },
      problems: ['conflict'],
    },
    async ({ ctx, params }) => {
      await removeChannel(ctx, params.team, params.name);
      return { status: 204 };
    },
  );
}

function testRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/teams/{team}/channels/{name}/test',
      operationId: 'testChannel',
      tag: 'Channels',
      summary: 'Send a test alert now',
      description:
        'That it could not be delivered is an answer, not an error: `delivered` is false and `problem` says why.',
      needs: { role: 'editor', of: 'path' },
      params: ChannelPath,
      answers: { 200: { description: 'Whether it was delivered', schema: TestAnswer } },
    },
    async ({ ctx, params }) => ({ status: 200, body: await testChannel(ctx, params.team, params.name) }),
  );
}
