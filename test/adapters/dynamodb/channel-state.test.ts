import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { LeaseLost } from '../../../functions/adapters/dynamodb/channel-state.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import type { AlertQueue } from '../../../functions/app/ports.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { noLog, NOW, startTable, type TestTable } from './support.ts';

let table: TestTable;
let queue: AlertQueue;
let team: string;
let teams = 0;

beforeAll(async () => {
  table = await startTable();
  queue = alertQueue(table.store);
});
afterAll(() => table.close());
beforeEach(() => {
  team = `team-${++teams}`;
  table.clock.now = NOW;
});

async function todo(until: number): Promise<boolean> {
  const found = todos(table.store, noLog);
  const pages = await Promise.all(
    Array.from({ length: found.shards }, (_, shard) => found.due(shard, until, 100)),
  );
  return pages.flat().some((one) => one.kind === 'channel' && one.team === team);
}

describe('the state of a channel', () => {
  const BATCH = { id: 'b1', keys: ['k1', 'k2'] };
  const leased = async (changes: object = {}) => {
    const state = await queue.state(team, 'mail');
    return (await queue.saveState({ ...state, leaseUntil: NOW + MINUTE, ...changes }))!;
  };

  test('begins with nothing', async () => {
    expect(await queue.state(team, 'mail')).toEqual({
      team,
      channel: 'mail',
      failures: 0,
      nudges: 0,
      version: 0,
    });
  });

  test('is read as it was saved, with what is undefined removed', async () => {
    await queue.nudge(team, ['mail']);
    const postponed = { lastProblem: 'HTTP 500', notBefore: NOW + 5, allRefusedAt: 1 };
    const saved = await leased({ failures: 2, ...postponed, batch: BATCH });
    expect(saved).toEqual({
      team,
      channel: 'mail',
      leaseUntil: NOW + MINUTE,
      failures: 2,
      ...postponed,
      batch: BATCH,
      nudges: 1,
      version: 1,
    });
    expect(await queue.state(team, 'mail')).toEqual(saved);
    const { batch: _sent, ...rest } = saved;
    const free = { leaseUntil: undefined, notBefore: undefined, allRefusedAt: undefined };
    await queue.saveState({ ...rest, ...free, lastProblem: undefined });
    const after = { team, channel: 'mail', failures: 2, nudges: 1, version: 2 };
    expect(await queue.state(team, 'mail')).toEqual(after);
  });

  test('is leased by one of many', async () => {
    await queue.nudge(team, ['mail']);
    const state = await queue.state(team, 'mail');
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) => queue.saveState({ ...state, leaseUntil: NOW + index })),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test('is saved although nudges come, and no save undoes one', async () => {
    await queue.nudge(team, ['mail']);
    const state = await queue.state(team, 'mail');
    await queue.nudge(team, ['mail']);
    const saved = await queue.saveState(state);
    expect(saved?.nudges).toBe(2);
  });

  test('keeps its sealed batch, of however many keys, for whoever takes the channel over', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => `A#${'x'.repeat(100)}#${index}`);
    await leased({ batch: { id: 'big', keys } });
    const other = alertQueue(table.store);
    const taken = await other.state(team, 'mail');
    expect(taken.batch).toEqual({ id: 'big', keys });
    await other.saveState({ ...taken, batch: undefined });
    expect((await queue.state(team, 'mail')).batch).toBeUndefined();
    expect(await table.sortKeys(`Q#${team}#mail`)).toEqual(['STATE']);
  });

  test('is small when it is nudged, whatever is sealed', async () => {
    await leased({ batch: { id: 'big', keys: Array.from({ length: 500 }, (_, index) => `key ${index}`) } });
    const items = await table.client.send(
      new QueryCommand({
        TableName: 'overdue',
        KeyConditionExpression: 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': `Q#${team}#mail`, ':sk': 'STATE' },
      }),
    );
    expect(JSON.stringify(items.Items).length).toBeLessThan(500);
  });

  test('is not what a batch is of that lost the race for the channel', async () => {
    const state = await queue.state(team, 'mail');
    const other = alertQueue(table.store);
    expect(await other.saveState({ ...state, batch: BATCH })).toBeDefined();
    expect(await queue.saveState({ ...state, batch: { id: 'b2', keys: ['k3'] } })).toBeUndefined();
    expect((await queue.state(team, 'mail')).batch).toEqual(BATCH);
  });
});

describe('the end of the work on a channel', () => {
  const lease = async () => {
    const state = await queue.state(team, 'mail');
    return (await queue.saveState({ ...state, leaseUntil: NOW + MINUTE }))!;
  };

  test('takes the channel off the list and frees it', async () => {
    await queue.nudge(team, ['mail']);
    expect(await todo(NOW)).toBe(true);
    const state = await lease();
    expect(await queue.settle({ ...state, failures: 0 })).toBe(true);
    expect(await queue.state(team, 'mail')).toEqual({
      team,
      channel: 'mail',
      failures: 0,
      nudges: 1,
      version: 2,
    });
    expect(await todo(NOW + 1e9)).toBe(false);
  });

  test('does not come when it was nudged since', async () => {
    await queue.nudge(team, ['mail']);
    const state = await lease();
    await queue.nudge(team, ['mail']);
    expect(await queue.settle(state)).toBe(false);
    expect((await queue.state(team, 'mail')).leaseUntil).toBe(NOW + MINUTE);
    expect(await queue.settle(await queue.state(team, 'mail'))).toBe(true);
  });

  test('does not come when the first nudge of all came since', async () => {
    const state = await lease();
    await queue.nudge(team, ['mail']);
    expect(await queue.settle(state)).toBe(false);
  });

  test('is an error for whoever has lost the lease: the channel is not its own to end', async () => {
    const state = await lease();
    const taken = await alertQueue(table.store).saveState({ ...state, leaseUntil: NOW + 2 * MINUTE });
    await expect(queue.settle(state)).rejects.toThrow(LeaseLost);
    expect((await queue.state(team, 'mail')).leaseUntil).toBe(taken?.leaseUntil);
  });

  test.each(Array.from({ length: 10 }, (_, round) => round))(
    'never leaves a nudge unseen that came at the same time (round %i)',
    async () => {
      await queue.nudge(team, ['mail']);
      const state = await lease();
      const other = alertQueue(table.store);
      const [settled] = await Promise.all([queue.settle(state), other.nudge(team, ['mail'])]);
      const { nudges, leaseUntil } = await queue.state(team, 'mail');
      expect(nudges).toBe(2);
      expect(leaseUntil === undefined).toBe(settled);
      expect(await todo(NOW + MINUTE)).toBe(true);
    },
  );
});

describe('the to-do of a channel', () => {
  const save = async (changes: object) => {
    await queue.nudge(team, ['mail']);
    const state = await queue.state(team, 'mail');
    await queue.saveState({ ...state, ...changes });
  };

  test('stands at the nudge, and a further one does not put it off', async () => {
    await queue.nudge(team, ['mail']);
    table.clock.now = NOW + MINUTE;
    await queue.nudge(team, ['mail']);
    expect(await todo(NOW - 1)).toBe(false);
    expect(await todo(NOW)).toBe(true);
  });

  test('stands at the end of the lease, so that the work of a dead flush is found', async () => {
    await save({ leaseUntil: NOW + MINUTE });
    expect(await todo(NOW + MINUTE - 1)).toBe(false);
    expect(await todo(NOW + MINUTE)).toBe(true);
  });

  test('stands at the end of a pause, and a nudge does not bring it forward', async () => {
    await save({ notBefore: NOW + 2 * MINUTE });
    await queue.nudge(team, ['mail']);
    expect(await todo(NOW + 2 * MINUTE - 1)).toBe(false);
    expect(await todo(NOW + 2 * MINUTE)).toBe(true);
  });

  test('stands at once when the channel was let go with work left', async () => {
    await save({});
    expect(await todo(NOW)).toBe(true);
  });
});

describe('nudging', () => {
  test('from many places at once takes few writes, and none returns before a write that began after it', async () => {
    let running = 0;
    const begun: number[] = [];
    table.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'UpdateItemCommand') return next(args);
          begun.push(++running);
          return next(args);
        },
      { step: 'initialize', name: 'begun' },
    );
    const first = queue.nudge(team, ['mail']);
    await Promise.all([first, ...Array.from({ length: 50 }, () => queue.nudge(team, ['mail']))]);
    table.client.middlewareStack.remove('begun');
    expect(begun.length).toBe(2);
    expect((await queue.state(team, 'mail')).nudges).toBe(2);
  });

  test('that fails fails for those who wait for it, and the next one is tried', async () => {
    table.client.middlewareStack.add(
      () => () => {
        throw new Error('throttled');
      },
      { step: 'initialize', name: 'fail' },
    );
    const results = Promise.allSettled([queue.nudge(team, ['mail']), queue.nudge(team, ['mail'])]);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    table.client.middlewareStack.remove('fail');
    await queue.nudge(team, ['mail', 'mail', 'slack']);
    expect((await queue.state(team, 'mail')).nudges).toBe(1);
    expect((await queue.state(team, 'slack')).nudges).toBe(1);
  });
});
