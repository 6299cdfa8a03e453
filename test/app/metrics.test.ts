import { describe, expect, it } from '@jest/globals';
import { flush } from '../../functions/app/alerts/flush.ts';
import { advance } from '../../functions/app/breaches/advance.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { DeliveryFailed } from '../../functions/app/errors.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const ref = { team: 'data', id: 'backup' };
const ID = 'data/backup/2026-11-21T06:00~r1';

async function registered(): Promise<MemoryWorld> {
  const world = new MemoryWorld({ now: '2026-11-21T04:00:00Z' });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['a@example.com'] };
  await world.channels.put({ team: 'data', name: 'mail', target, createdAt: 0 });
  const due = { at: '06:00', days: 'daily', timezone: 'Europe/Berlin' };
  await create(world.ctx, { ...ref, checkIn: {}, due, notify: ['mail'] }, { by: 'test' });
  return world;
}

async function judged(world: MemoryWorld): Promise<void> {
  for (const deadline of world.schedules.take(world.clock.now)) {
    await check(world.ctx, deadline);
    await check(world.ctx, deadline);
  }
  for (const { ref: deadline, generation } of world.lifecycles.started)
    await advance(world.ctx, { deadline, generation, turn: 0 });
}

function facts(world: MemoryWorld, message: string): unknown[] {
  return world.log.lines.filter((line) => line.message === message).map((line) => line.facts);
}

describe('what operators see of a deadline', () => {
  it('met: evidence, one verdict however often it is judged, and how late it was judged', async () => {
    const world = await registered();
    await checkIn(world.ctx, ref, { signal: 'success' });
    world.clock.set('2026-11-21T05:00:03Z');
    await judged(world);
    expect(world.metrics.counts).toEqual({ evidenceAccepted: 1, met: 1 });
    expect(world.metrics.times).toEqual([{ name: 'judgeLag', length: 2000 }]);
    expect(facts(world, 'verdict')).toEqual([{ deadline: ID, verdict: 'met' }]);
  });

  it('missed: one id from the verdict to the delivery', async () => {
    const world = await registered();
    world.clock.set('2026-11-21T05:00:01Z');
    await judged(world);
    await flush(world.ctx, 'data', 'mail', world.clock.now + MINUTE);
    expect(world.metrics.counts).toEqual({ missed: 1, delivered: 1 });
    expect(facts(world, 'verdict')).toEqual([{ deadline: ID, verdict: 'missed' }]);
    expect(facts(world, 'delivered')).toMatchObject([{ channel: 'mail', deadlines: [ID] }]);
  });

  it('not delivered: each failure, and in the end what was given up', async () => {
    const world = await registered();
    world.clock.set('2026-11-21T05:00:01Z');
    await judged(world);
    world.senders.send = () => Promise.reject(new DeliveryFailed('down'));
    await flush(world.ctx, 'data', 'mail', world.clock.now + MINUTE);
    world.clock.advance(73 * HOUR);
    await flush(world.ctx, 'data', 'mail', world.clock.now + MINUTE);
    expect(world.metrics.counts).toEqual({ missed: 1, deliveryFailed: 2, givenUp: 1 });
    expect(facts(world, 'delivery failed')).toMatchObject([{ deadlines: [ID] }, { deadlines: [ID] }]);
  });

  it('evidence that is rejected, and once when it comes twice', async () => {
    const world = await registered();
    await checkIn(world.ctx, ref, { signal: 'failure', id: 'run-1' });
    await checkIn(world.ctx, ref, { signal: 'failure', id: 'run-1' });
    expect(world.metrics.counts).toEqual({ evidenceRejected: 1 });
  });
});
