import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { ownCalendars } from '../../../functions/adapters/dynamodb/calendars.ts';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import { registrations } from '../../../functions/adapters/dynamodb/registrations.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import { todos } from '../../../functions/adapters/dynamodb/todos.ts';
import { allCalendars } from '../../../functions/adapters/calendars.ts';
import { putCalendar } from '../../../functions/app/calendars/put.ts';
import { create } from '../../../functions/app/expectations/register.ts';
import type { Context } from '../../../functions/app/ports.ts';
import { sweep } from '../../../functions/app/sweep.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { noLog, startTable, type TestTable } from './support.ts';

let table: TestTable;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

test('a sweep over the table tells of the end of a calendar once, also when it could not save that it did', async () => {
  const memory = new MemoryWorld({ now: '2026-11-30T20:00:00Z' });
  const { store } = table;
  const own = ownCalendars(store);
  let saves = true;
  const ctx: Context = {
    ...memory.ctx,
    registrations: registrations(store),
    deadlines: deadlines(store),
    evidence: evidenceStore(store),
    timeline: timeline(store),
    alerts: alertQueue(store),
    todos: todos(store, noLog),
    calendars: allCalendars(own, memory.log),
    ownCalendars: {
      ...own,
      save: (next, replaced) => (saves ? own.save(next, replaced) : Promise.reject(new Error('died'))),
    },
  };
  const at = (iso: string) => {
    memory.clock.set(iso);
    table.clock.now = memory.clock.now;
  };
  const shards = Array.from({ length: ctx.todos.shards }, (_, shard) => shard);
  const swept = () => sweep(ctx, shards, { slack: 0, until: memory.clock.now + 1e9 });
  const sent = () =>
    memory.senders.sent.flatMap(({ message }) => message.alerts.map(({ type, id }) => [type, id]));

  await memory.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['mail@example.com'] };
  await memory.channels.put({ team: 'data', name: 'mail', target, createdAt: 0 });
  const plant = { team: 'data', name: 'plant' };
  await putCalendar(ctx, plant, { days: [], validUntil: '2026-12-31' }, { by: 'tester' });
  const due = { at: '18:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: ['DE-BE', 'plant'] };
  await create(ctx, { id: 'closing', team: 'data', checkIn: {}, notify: ['mail'], due }, { by: 'tester' });

  at('2026-11-30T23:59:59.999Z');
  await swept();
  await swept();
  expect(sent()).toEqual([]);
  at('2026-12-01T00:00:00.000Z');
  saves = false;
  await expect(swept()).rejects.toThrow("1 of the sweep's tasks failed");
  saves = true;
  for (const later of ['2026-12-01T00:05:00Z', '2026-12-01T00:10:00Z', '2026-12-01T00:15:00Z']) {
    at(later);
    await swept();
    expect(sent()).toEqual([['calendar-ends', 'data/closing/2026-12-01T18:00~r1/1']]);
  }
  expect(await own.get(plant)).toMatchObject({ warnedOf: '2026-12-31' });
  const left = await Promise.all(shards.map((shard) => ctx.todos.due(shard, memory.clock.now, 10)));
  expect(left.flat()).toEqual([]);
});
