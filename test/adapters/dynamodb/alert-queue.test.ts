import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import type { AlertQueue, QueuedAlert } from '../../../functions/app/ports.ts';
import { alertOf } from '../../../functions/core/breach.ts';
import { refOf, type Deadline, type Transition } from '../../../functions/core/deadline.ts';
import { deadlineOf, fileExpectation } from '../../core/build.ts';
import { NOW, startTable, type TestTable } from './support.ts';

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
