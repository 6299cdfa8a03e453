import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import { channelSender } from '../../../functions/adapters/channels/index.ts';
import { flush } from '../../../functions/app/alerts/flush.ts';
import type { Context, QueuedAlert } from '../../../functions/app/ports.ts';
import { WebhookBody } from '../../../functions/core/render/webhook.ts';
import { alertOf } from '../../../functions/core/breach.ts';
import { refOf, type Deadline } from '../../../functions/core/deadline.ts';
import { deadlineOf, fileExpectation } from '../../core/build.ts';
import { startTable, NOW, type TestTable } from '../dynamodb/support.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { server } from './posting.ts';

let table: TestTable;
let ctx: Context;

beforeAll(async () => {
  table = await startTable();
  const world = new MemoryWorld({ now: new Date(NOW).toISOString() });
  ctx = {
    ...world.ctx,
    alerts: alertQueue(table.store),
    timeline: timeline(table.store),
    senders: channelSender({ allowedHosts: ['127.0.0.1'] }),
  };
});
afterAll(() => table.close());

/** Queues an alert of each expectation, told of one after the other. */
async function queued(team: string, ids: readonly string[]): Promise<Deadline[]> {
  const deadlines = ids.map((id) => deadlineOf(fileExpectation({ team, id })));
  for (const [index, deadline] of deadlines.entries()) {
    const transition = { seq: 1, type: 'opened', at: NOW + index, seen: '', reason: 'absent' } as const;
    const alert = alertOf(deadline, transition, fileExpectation({ team }), 'https://x');
    const one: QueuedAlert = { channel: 'hook', seq: 1, deadline: refOf(deadline), alert };
    await ctx.alerts.enqueue(refOf(deadline), [transition], [one]);
  }
  await ctx.alerts.nudge(team, ['hook']);
  return deadlines;
}

describe('a webhook that refuses one of several alerts', () => {
  it.each([400, 413, 422])(
    'with %d is sent the others, and the timeline says what it refused',
    async (status) => {
      const team = `team-${status}`;
      const accepted: string[] = [];
      const { port } = await server((response, { body }) => {
        const ids = WebhookBody.parse(JSON.parse(body)).alerts.map(({ expectation }) => expectation);
        if (ids.includes('poison')) response.writeHead(status).end('not this one');
        else response.end(String(accepted.push(...ids)));
      });
      const target = { type: 'webhook' as const, url: `http://127.0.0.1:${port}/` };
      await ctx.channels.put({ team, name: 'hook', target, createdAt: 0 });
      const deadlines = await queued(team, ['one', 'two', 'poison', 'three', 'four']);
      expect(await flush(ctx, team, 'hook', Infinity)).toBe('empty');
      expect(accepted).toEqual(['one', 'two', 'three', 'four']);
      const told = (await Promise.all(deadlines.map((deadline) => ctx.timeline.of(deadline)))).flat();
      const deliveries = told.filter((entry) => entry.kind === 'delivery');
      const good = { status: 'delivered' };
      const failed = { status: 'failed', problem: `127.0.0.1 answered ${status}: not this one` };
      expect(deliveries).toMatchObject([good, good, failed, good, good]);
      expect(await ctx.alerts.oldest(team, 'hook', 10)).toEqual([]);
    },
  );

  it.each([401, 403, 404, 408, 410, 425, 429, 500, 503])(
    'with %d is taken for out of order',
    async (status) => {
      const team = `team-${status}`;
      const { port, requests } = await server((response) => response.writeHead(status).end());
      const target = { type: 'webhook' as const, url: `http://127.0.0.1:${port}/` };
      await ctx.channels.put({ team, name: 'hook', target, createdAt: 0 });
      await queued(team, ['one', 'two', 'three']);
      expect(await flush(ctx, team, 'hook', Infinity)).toBe('waiting');
      expect(requests).toHaveLength(1);
      expect(await ctx.alerts.oldest(team, 'hook', 10)).toHaveLength(3);
      expect((await ctx.alerts.state(team, 'hook')).batch?.keys).toHaveLength(3);
    },
  );
});
