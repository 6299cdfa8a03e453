import { describe, expect, test } from '@jest/globals';
import { flush } from '../../functions/app/alerts/flush.ts';
import { advance } from '../../functions/app/breaches/advance.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { MINUTE, SECOND } from '../../functions/core/time.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const ref = { team: 'data', id: 'backup' };

async function missedBackup(): Promise<MemoryWorld> {
  const world = new MemoryWorld({ now: '2026-11-21T04:00:00Z' });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  await world.channels.put({
    team: 'data',
    name: 'mail',
    target: { type: 'email', to: ['a@example.com'] },
    createdAt: 0,
  });
  const due = { at: '06:00', days: 'daily', timezone: 'Europe/Berlin' };
  await create(world.ctx, { ...ref, checkIn: {}, due, notify: ['mail'] }, { by: 'test' });
  world.clock.set('2026-11-21T05:00:01Z');
  for (const deadline of world.schedules.take(world.clock.now)) await check(world.ctx, deadline);
  for (const { ref: deadline, generation } of world.lifecycles.started)
    await advance(world.ctx, { deadline, generation, turn: 0 });
  return world;
}

describe('a missed deadline over the ports in memory', () => {
  test('opens a breach, tells the channel once, and recovers late', async () => {
    const world = await missedBackup();
    expect(world.deadlines.all()[0]).toMatchObject({ status: 'missed', breach: { status: 'open' } });
    await flush(world.ctx, 'data', 'mail', world.clock.now);
    expect(world.senders.sent.map(({ message }) => message.alerts.map(({ type }) => type))).toEqual([
      ['opened'],
    ]);
    world.clock.advance(80 * MINUTE);
    await checkIn(world.ctx, ref, { signal: 'success' });
    await flush(world.ctx, 'data', 'mail', world.clock.now);
    expect(world.senders.sent[1]?.message.alerts).toMatchObject([
      { type: 'recovered', lateBy: 80 * MINUTE + SECOND },
    ]);
    expect(world.deadlines.all()[0]).toMatchObject({ status: 'missed', breach: { status: 'recovered' } });
  });

  test('leaves nothing in the to-do index but the next planning once all is told', async () => {
    const world = await missedBackup();
    await checkIn(world.ctx, ref, { signal: 'success' });
    await flush(world.ctx, 'data', 'mail', world.clock.now + MINUTE);
    const overdue = world.todos.all().filter(({ at }) => at <= world.clock.now);
    expect(overdue.map(({ todo }) => todo.kind)).toEqual(['registration']);
  });
});
