import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { LeaseLost } from '../../../functions/adapters/dynamodb/channel-state.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import type { AlertQueue, QueuedAlert } from '../../../functions/app/ports.ts';
import { alertOf } from '../../../functions/core/breach.ts';
import { refOf, type Deadline, type Transition } from '../../../functions/core/deadline.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { deadlineOf, fileExpectation } from '../../core/build.ts';
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

const deadlineIn = (id = 'orders'): Deadline => deadlineOf(fileExpectation({ team, id }));

function transition(seq: number, at = NOW): Transition {
  return { seq, type: 'opened', at, seen: 'nothing', reason: 'absent' };
}

function alert(deadline: Deadline, { seq, at }: Transition, channel = 'mail'): QueuedAlert {
  const told = alertOf(deadline, transition(seq, at), fileExpectation({ team }), 'https://x');
  return { channel, seq, deadline: refOf(deadline), alert: told };
}

/** Queues one alert for each instant. */
async function filled(instants: readonly number[], channel = 'mail'): Promise<Deadline> {
  const deadline = deadlineIn();
  for (const [index, at] of instants.entries()) {
    const made = transition(index + 1, at);
    await queue.enqueue(refOf(deadline), [made], [alert(deadline, made, channel)]);
  }
  return deadline;
}

const seqs = (entries: { queued: QueuedAlert }[]) => entries.map(({ queued }) => queued.seq);

async function todo(until: number): Promise<boolean> {
  const found = todos(table.store, noLog);
  const pages = await Promise.all(
    Array.from({ length: found.shards }, (_, shard) => found.due(shard, until, 100)),
  );
  return pages.flat().some((one) => one.kind === 'channel' && one.team === team);
}

const outcome = { at: NOW, status: 'delivered', attempts: 1, message: 'm1' } as const;

describe('the queue of a channel', () => {
  test('gives the oldest first, whoever came first', async () => {
    await filled([NOW + 3, NOW + 1, NOW + 2]);
    expect(seqs(await queue.oldest(team, 'mail', 2))).toEqual([2, 3]);
    expect(seqs(await queue.oldest(team, 'mail', 10))).toEqual([2, 3, 1]);
  });

  test('holds an alert once that was queued again', async () => {
    await filled([NOW, NOW + 1]);
    await filled([NOW, NOW + 1]);
    expect(await queue.oldest(team, 'mail', 10)).toHaveLength(2);
  });

  test('holds what was queued for it, not what was for others', async () => {
    const deadline = await filled([NOW], 'slack');
    expect(await queue.oldest(team, 'mail', 10)).toEqual([]);
    const [entry] = await queue.oldest(team, 'slack', 10);
    expect(entry?.queued).toEqual(alert(deadline, transition(1), 'slack'));
  });

  test('gives back what is asked for by key, in that order, without what was marked since', async () => {
    await filled([NOW, NOW + 1, NOW + 2]);
    const entries = await queue.oldest(team, 'mail', 10);
    const keys = entries.map(({ key }) => key).toReversed();
    expect(seqs(await queue.load(team, 'mail', keys))).toEqual([3, 2, 1]);
    await queue.mark(entries.slice(1, 2), outcome);
    expect(seqs(await queue.load(team, 'mail', keys))).toEqual([3, 1]);
  });

  test('takes hundreds of alerts of one transition to many channels, and marks them', async () => {
    const deadline = deadlineIn();
    const many = Array.from({ length: 230 }, (_, index) => transition(index + 1, NOW + index));
    await queue.enqueue(
      refOf(deadline),
      many,
      many.map((one) => alert(deadline, one)),
    );
    const entries = await queue.oldest(team, 'mail', 500);
    expect(entries).toHaveLength(230);
    expect(
      await queue.load(
        team,
        'mail',
        entries.map(({ key }) => key),
      ),
    ).toEqual(entries);
    await queue.mark(entries, outcome);
    expect(await queue.oldest(team, 'mail', 500)).toEqual([]);
    expect(await queue.delivered(entries.map(({ queued }) => queued))).toEqual(entries.map(() => true));
    expect(await timeline(table.store).of(refOf(deadline))).toHaveLength(460);
  });
});

describe('marking', () => {
  test('as delivered takes it out of the queue and tells so, also when it is queued again', async () => {
    await filled([NOW, NOW + 1]);
    const entries = await queue.oldest(team, 'mail', 1);
    await queue.mark(entries, outcome);
    expect(seqs(await queue.oldest(team, 'mail', 10))).toEqual([2]);
    await filled([NOW, NOW + 1]);
    const again = await queue.oldest(team, 'mail', 10);
    expect(await queue.delivered(again.map(({ queued }) => queued))).toEqual([true, false]);
  });

  test('as retrying leaves it in the queue and undelivered', async () => {
    const deadline = await filled([NOW]);
    const entries = await queue.oldest(team, 'mail', 10);
    await queue.mark(entries, { ...outcome, status: 'retrying', attempts: 2, problem: 'HTTP 500' });
    expect(await queue.oldest(team, 'mail', 10)).toEqual(entries);
    expect(await queue.delivered(entries.map(({ queued }) => queued))).toEqual([false]);
    expect(await timeline(table.store).of(refOf(deadline))).toContainEqual({
      ...outcome,
      kind: 'delivery',
      seq: 1,
      channel: 'mail',
      status: 'retrying',
      attempts: 2,
      problem: 'HTTP 500',
    });
  });

  test('as failed takes it out of the queue, undelivered', async () => {
    await filled([NOW]);
    const entries = await queue.oldest(team, 'mail', 10);
    await queue.mark(entries, { ...outcome, status: 'failed' });
    expect(await queue.oldest(team, 'mail', 10)).toEqual([]);
    expect(await queue.delivered(entries.map(({ queued }) => queued))).toEqual([false]);
  });

  test('writes the record before it empties the queue', async () => {
    await filled([NOW]);
    const entries = await queue.oldest(team, 'mail', 10);
    let batches = 0;
    table.client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'BatchWriteItemCommand' && ++batches === 2) throw new Error('killed');
          return next(args);
        },
      { step: 'initialize', name: 'kill' },
    );
    await expect(queue.mark(entries, outcome)).rejects.toThrow('killed');
    table.client.middlewareStack.remove('kill');
    expect(await queue.oldest(team, 'mail', 10)).toEqual(entries);
    expect(await queue.delivered(entries.map(({ queued }) => queued))).toEqual([true]);
  });
});

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
    const saved = await leased({ failures: 2, lastProblem: 'HTTP 500', notBefore: NOW + 5, batch: BATCH });
    expect(saved).toEqual({
      team,
      channel: 'mail',
      leaseUntil: NOW + MINUTE,
      failures: 2,
      lastProblem: 'HTTP 500',
      notBefore: NOW + 5,
      batch: BATCH,
      nudges: 1,
      version: 1,
    });
    expect(await queue.state(team, 'mail')).toEqual(saved);
    const { batch: _sent, ...rest } = saved;
    await queue.saveState({ ...rest, leaseUntil: undefined, lastProblem: undefined, notBefore: undefined });
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
    const left = await table.client.send(
      new QueryCommand({
        TableName: 'overdue',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `Q#${team}#mail` },
      }),
    );
    expect(left.Items?.map(({ sk }) => String(sk))).toEqual(['STATE']);
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
