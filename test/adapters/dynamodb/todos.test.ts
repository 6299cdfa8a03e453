import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import { registrations } from '../../../functions/adapters/dynamodb/registrations.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import { todoAttributes, TODO_SHARDS } from '../../../functions/adapters/table.ts';
import { plan } from '../../../functions/app/deadlines/plan.ts';
import type { Context, Todo } from '../../../functions/app/ports.ts';
import { sweep } from '../../../functions/app/sweep.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { checkInExpectation, deadlineOf, fileExpectation, registrationOf } from '../../core/build.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { noLog, NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

const shards = Array.from({ length: TODO_SHARDS }, (_, shard) => shard);

async function all(until: number, limit = 1000): Promise<Todo[]> {
  const found = todos(table.store, noLog);
  return (await Promise.all(shards.map((shard) => found.due(shard, until, limit)))).flat();
}

describe('the todo index', () => {
  const day = 86_400_000;
  const deadline = (index: number) => {
    const first = deadlineOf(fileExpectation({ id: 'spread', team: 'todo' }));
    const at = first.checkAt + index * 1000;
    return { ...first, occurrence: `2026-11-21T06:${index}`, checkAt: at };
  };

  test('spreads what is due at once over its shards, and each shard gives the earliest first', async () => {
    for (let index = 10; index < 60; index++) await deadlines(table.store).create(deadline(index));
    const found = await Promise.all(
      shards.map((shard) => todos(table.store, noLog).due(shard, NOW + day, 100)),
    );
    expect(found.flat()).toHaveLength(50);
    expect(found.filter((some) => some.length > 0).length).toBeGreaterThan(20);
    for (const some of found) {
      const order = some.map((todo) => (todo.kind === 'deadline' ? todo.ref.occurrence : ''));
      expect(order).toEqual(order.toSorted());
    }
  });

  test('gives no more than was asked for', async () => {
    const most = await all(NOW + day, 1);
    const shardsInUse = await Promise.all(
      shards.map((shard) => todos(table.store, noLog).due(shard, NOW + day, 100)),
    );
    expect(most).toHaveLength(shardsInUse.filter((some) => some.length > 0).length);
  });

  test('tells deadlines, expectations and channels apart', async () => {
    await registrations(table.store).save({
      ...registrationOf(fileExpectation({ team: 'kinds' })),
      planAt: NOW,
    });
    await alertQueue(table.store).nudge('kinds', ['mail']);
    const deadline = {
      ...deadlineOf(fileExpectation({ team: 'kinds' })),
      occurrence: '2026-10-25T02:30+01:00',
    };
    await deadlines(table.store).create({ ...deadline, checkAt: NOW });
    const found = (await all(NOW)).filter((todo) => !('ref' in todo) || todo.ref.team === 'kinds');
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { kind: 'registration', ref: { team: 'kinds', id: 'orders' } },
        { kind: 'channel', team: 'kinds', channel: 'mail' },
        {
          kind: 'deadline',
          ref: { team: 'kinds', expectation: 'orders', occurrence: '2026-10-25T02:30+01:00', rev: 1 },
        },
      ]),
    );
  });

  test('that holds a key of unknown form gives the others, and an error that tells it', async () => {
    const key = { pk: 'E#data/orders', sk: 'Z#what' };
    const Item = { ...key, ...todoAttributes(key, NOW - 1e6) };
    await table.client.send(new PutCommand({ TableName: 'overdue', Item }));
    const errors: string[] = [];
    const found = todos(table.store, { error: (message) => errors.push(message) });
    const before = await all(NOW + day);
    const given = await Promise.all(shards.map((shard) => found.due(shard, NOW + day, 1000)));
    expect(given.flat()).toEqual(before);
    expect(errors).toEqual(['the table holds a key of unknown form: pk E#data/orders, sk Z#what']);
  });
});

describe('a sweep by an index that lags', () => {
  /** The world in memory with the table in the place of its stores. */
  async function world(team: string): Promise<{ memory: MemoryWorld; ctx: Context }> {
    const memory = new MemoryWorld({ now: '2026-11-21T05:00:00Z' });
    table.clock.now = memory.clock.now;
    const { store } = table;
    const ctx: Context = {
      ...memory.ctx,
      registrations: registrations(store),
      deadlines: deadlines(store),
      evidence: evidenceStore(store),
      timeline: timeline(store),
      alerts: alertQueue(store),
      todos: todos(store, noLog),
    };
    const expectation = checkInExpectation({ team, notify: ['hook'] });
    await ctx.registrations.save(registrationOf(expectation, '2026-11-21T05:00:00Z'));
    await plan(ctx, { team, id: expectation.id });
    return { memory, ctx };
  }

  const only = (ctx: Context, team: string): Context => ({
    ...ctx,
    todos: {
      shards: ctx.todos.shards,
      due: async (shard, until, limit) =>
        (await ctx.todos.due(shard, until, limit)).filter((todo) => 'ref' in todo && todo.ref.team === team),
    },
  });

  test('judges no deadline twice, and tells of it once', async () => {
    const { memory, ctx } = await world('lagging');
    const range = { from: NOW, to: NOW + 90 * MINUTE };
    const [pending] = await ctx.deadlines.between({ team: 'lagging', id: 'backup' }, range);
    memory.clock.now = pending!.checkAt + MINUTE;
    const options = { slack: 0, until: memory.clock.now + 1e9 };
    const lagging = only(ctx, 'lagging');
    await all(memory.clock.now);
    const due = async () => Promise.all(shards.map((shard) => ctx.todos.due(shard, memory.clock.now, 200)));
    await due();
    table.lag.on = true;
    const first = await sweep(lagging, shards, options);
    const second = await sweep(lagging, shards, options);
    table.lag.on = false;
    // The deadline and the planning of its expectation, both shown again after they were done.
    expect([first.done, second.done]).toEqual([2, 2]);
    const [judged] = await ctx.deadlines.between({ team: 'lagging', id: 'backup' }, range);
    expect(judged).toMatchObject({ status: 'missed', breach: { status: 'open' } });
    const told = await ctx.timeline.of(judged!);
    expect(told.filter(({ kind }) => kind === 'transition')).toHaveLength(1);
    expect(await ctx.alerts.oldest('lagging', 'hook', 10)).toHaveLength(1);
  });

  test('finds later what the index did not show yet', async () => {
    const { memory, ctx } = await world('behind');
    memory.clock.now = NOW + 80 * MINUTE;
    const options = { slack: 0, until: memory.clock.now + 1e9 };
    const empty = { ...ctx, todos: { shards: 1, due: async () => Promise.resolve([]) } };
    expect(await sweep(empty, [0], options)).toMatchObject({ done: 0, outcome: 'all' });
    expect((await sweep(only(ctx, 'behind'), shards, options)).done).toBeGreaterThan(0);
    const [judged] = await ctx.deadlines.between(
      { team: 'behind', id: 'backup' },
      { from: NOW, to: NOW + 90 * MINUTE },
    );
    expect(judged?.status).toBe('missed');
  });
});
