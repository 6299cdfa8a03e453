import { beforeEach, describe, expect, it } from '@jest/globals';
import { flush } from '../../functions/app/alerts/flush.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { refOf } from '../../functions/core/deadline.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  const backup = { id: 'backup', team: 'data', checkIn: {}, due, notify: ['hook'], giveUpAfter: '10d' };
  await create(world.ctx, backup, { by: 'tester' });
});

async function deliveries(): Promise<string[]> {
  const missed = world.deadlines.all().find(({ status }) => status === 'missed');
  const entries = missed ? await world.timeline.of(missed) : [];
  return entries.flatMap((entry) =>
    entry.kind === 'delivery' && entry.seq === 1 ? [`${entry.status} ${entry.attempts}`] : [],
  );
}

/** Minutes after 06:00 at which the channel was to be tried. */
async function triedAgainAfter(): Promise<number> {
  const { notBefore = 0 } = await world.alerts.state('data', 'hook');
  return (notBefore - Date.parse('2026-11-21T06:00:00Z')) / MINUTE;
}

describe('a receiver that refuses', () => {
  it('is tried again when it asked to be, not sooner', async () => {
    Object.assign(world.senders, { failure: 'busy', retryAfter: 20 * MINUTE });
    await driver.until('2026-11-21T06:00:30Z');
    expect(await triedAgainAfter()).toBeCloseTo(20, 1);
    expect(await deliveries()).toEqual(['retrying 1']);
    Object.assign(world.senders, { failure: undefined });
    await driver.until('2026-11-21T06:19:59Z');
    expect(world.senders.sent).toHaveLength(0);
    await driver.until('2026-11-21T06:20:30Z');
    expect(world.senders.sent).toHaveLength(1);
  });

  it('is tried again within seconds when it did not ask', async () => {
    world.senders.failure = 'broken pipe';
    await driver.until('2026-11-21T06:00:01Z');
    expect(await triedAgainAfter()).toBeGreaterThan(0);
    expect(await triedAgainAfter()).toBeLessThanOrEqual(11 / 60);
  });

  it('for three days loses what is as old, and gets what is younger when it takes things again', async () => {
    world.senders.failure = 'gone';
    await driver.until('2026-11-24T16:00:00Z');
    Object.assign(world.senders, { failure: undefined });
    await driver.until('2026-11-24T20:00:00Z');
    const opened = world.senders.sent
      .flatMap(({ message }) => message.alerts)
      .filter(({ type }) => type === 'opened')
      .map(({ occurrence }) => occurrence.slice(0, 10));
    expect(opened).toEqual(['2026-11-22', '2026-11-23', '2026-11-24']);
  });

  it('for three days is given up, and the timeline says so', async () => {
    world.senders.failure = 'gone';
    await driver.until('2026-11-24T08:00:00Z');
    expect((await deliveries())[0]).toMatch(/^failed \d\d+$/);
    const { lastProblem } = await world.alerts.state('data', 'hook');
    expect(lastProblem).toBe('gone');
  });

  it('gets what was handed over after an outage of four days, too (found by the simulation, seed 8625)', async () => {
    await driver.until('2026-11-21T06:01:00Z');
    const [missed] = world.deadlines.all().filter(({ status }) => status === 'missed');
    const [alert] = world.senders.sent.flatMap(({ message }) => message.alerts);
    if (!missed || !alert) throw new Error('nothing was told');
    const deadline = refOf(missed);
    const late = { channel: 'hook', seq: 9, deadline, alert: { ...alert, at: alert.at - 96 * HOUR } };
    await world.alerts.enqueue(deadline, [], [late]);
    await world.alerts.nudge('data', ['hook']);
    world.senders.failure = 'busy';
    await driver.until('2026-11-21T06:10:00Z');
    Object.assign(world.senders, { failure: undefined });
    await driver.until('2026-11-21T07:00:00Z');
    expect(world.senders.sent).toHaveLength(2);
  });
});

describe('a flush', () => {
  it('leaves the channel to another flush that has it', async () => {
    const state = await world.alerts.state('data', 'hook');
    await world.alerts.saveState({ ...state, leaseUntil: world.clock.now + MINUTE });
    expect(await flush(world.ctx, 'data', 'hook', world.clock.now + HOUR)).toBe('busy');
  });
});
