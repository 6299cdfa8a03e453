import { beforeEach, describe, expect, it } from '@jest/globals';
import { acknowledge, closeBreach } from '../../functions/app/breaches/close.ts';
import { NotFound } from '../../functions/app/errors.ts';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { endMute } from '../../functions/app/mutes/end.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { mute } from '../../functions/app/mutes/put.ts';
import { refOf } from '../../functions/core/deadline.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const ref = { team: 'data', id: 'backup' };
const by = { by: 'tester' };
const at = (clock: string) => Date.parse(`2026-11-21T${clock}Z`);

let world: MemoryWorld;
let driver: Driver;

async function begin(before?: (port: string, method: string) => void): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-21T05:00:00Z', ...(before ? { before } : {}) });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  await create(world.ctx, { ...ref, checkIn: {}, due, notify: ['hook'], remindEvery: '2h' }, by);
}

beforeEach(() => begin());

const muted = (until: string, changes: { from?: number; expectations?: string[] } = {}) =>
  mute(world.ctx, 'data', { until: at(until), by: 'tester', ...changes });

const told = () => world.senders.sent.flatMap(({ message }) => message.alerts.map(({ type }) => type));
const clock = (hour: string) => driver.until(`2026-11-21T${hour}Z`);
const first = () => world.deadlines.all()[0]!;
const heard = () => checkIn(world.ctx, ref, { signal: 'success' });

describe('a mute', () => {
  it('silences the alert and not the verdict', async () => {
    await muted('09:00:00');
    await clock('08:59:59');
    expect(told()).toEqual([]);
    expect(first()).toMatchObject({ status: 'missed', breach: { status: 'open' } });
    const timeline = await world.timeline.of(first());
    expect(timeline).toMatchObject([
      { kind: 'transition', type: 'opened', muted: true },
      { kind: 'transition', type: 'reminder', muted: true },
    ]);
  });

  it('that ends announces what is open, as opened, and once', async () => {
    await muted('09:00:00');
    await clock('09:00:30');
    expect(told()).toEqual(['opened']);
    await clock('10:59:00');
    expect(told()).toEqual(['opened']);
    await clock('11:01:00');
    expect(told()).toEqual(['opened', 'reminder']);
  });

  it('that begins while an alert is handed over leaves none in the queue for later (seed 2503)', async () => {
    let isDying = true;
    await begin((port, method) => {
      if (!isDying || `${port}.${method}` !== 'alerts.nudge') return;
      isDying = false;
      throw new Crash();
    });
    await clock('06:00:02');
    expect(driver.crashes).toBe(1);
    await muted('09:00:00');
    await heard();
    await clock('08:00:00');
    expect(told()).toEqual(['opened']);
  });

  it.each([
    ['what came late meanwhile', () => heard()],
    ['what a person closed', () => closeBreach(world.ctx, refOf(first()), 'Ada')],
    ['what a person acknowledged', () => acknowledge(world.ctx, refOf(first()), 'Ada')],
  ])('that ends says nothing of %s', async (_, act) => {
    await muted('09:00:00');
    await clock('07:00:00');
    await act();
    await clock('12:00:00');
    expect(told()).toEqual([]);
  });

  it('that begins after the alert silences the reminder, and reminds when it ends', async () => {
    await muted('09:00:00', { from: at('07:00:00') });
    await clock('08:59:00');
    expect(told()).toEqual(['opened']);
    await clock('09:00:30');
    expect(told()).toEqual(['opened', 'reminder']);
  });

  it('that another follows without a gap says nothing between the two', async () => {
    await muted('08:00:00');
    await muted('09:00:00', { from: at('07:30:00') });
    await clock('08:59:00');
    expect(told()).toEqual([]);
    await clock('09:00:30');
    expect(told()).toEqual(['opened']);
  });

  it.each([
    [['backup'], []],
    [['back*'], []],
    [['orders', 'orders-*'], ['opened']],
  ])('of %j silences what it names', async (expectations, expected) => {
    await muted('09:00:00', { expectations });
    await clock('06:30:00');
    expect(told()).toEqual(expected);
  });

  it.each([
    ['the instant before it begins', '06:00:01.001', '09:00:00', ['opened']],
    ['the instant at which it begins', '06:00:01', '09:00:00', []],
    ['the instant before it ends', '05:30:00', '06:00:01.001', []],
    ['the instant at which it ends', '05:30:00', '06:00:01', ['opened']],
  ])('decides by when something is told: %s', async (_, from, until, expected) => {
    await muted(until, { from: at(from) });
    await clock('06:00:01');
    expect(told()).toEqual(expected);
  });

  it('of another team silences nothing', async () => {
    await world.teams.save({ id: 'other', grants: [], createdAt: 0, version: 0 });
    await mute(world.ctx, 'other', { until: at('09:00:00'), by: 'tester' });
    await clock('06:30:00');
    expect(told()).toEqual(['opened']);
  });

  it.each([
    ['in the past', at('04:59:59')],
    ['now', at('05:00:00')],
    ['in more than 366 days', at('05:00:00') + 366 * 86_400_000 + 1],
  ])('that ends %s is refused', async (_, until) => {
    const refused = mute(world.ctx, 'data', { until, by: 'tester' });
    await expect(refused).rejects.toMatchObject({ problems: [{ field: 'until' }] });
  });

  it('is one of 100 at most, those that are over not counted', async () => {
    for (let count = 0; count < 100; count++) await muted('09:00:00');
    await expect(muted('09:00:00')).rejects.toThrow('has 100 mutes');
    await clock('09:00:00');
    await muted('10:00:00');
    expect((await world.mutes.get('data')).mutes).toHaveLength(101);
    await driver.until('2026-11-22T09:00:01Z');
    await mute(world.ctx, 'data', { until: at('09:00:00') + 2 * 86_400_000, by: 'tester' });
    expect((await world.mutes.get('data')).mutes).toHaveLength(2);
  });
});

describe('a mute that a person ends', () => {
  it('announces what is open at once', async () => {
    const { id } = await muted('20:00:00');
    await clock('07:00:00');
    await endMute(world.ctx, 'data', id);
    await clock('07:00:01');
    expect(told()).toEqual(['opened']);
  });

  it('leaves what another mute is about silent until that ends', async () => {
    const { id } = await muted('20:00:00');
    await muted('09:00:00', { expectations: ['backup'] });
    await clock('07:00:00');
    await endMute(world.ctx, 'data', id);
    await clock('08:59:59');
    expect(told()).toEqual([]);
    await clock('09:00:30');
    expect(told()).toEqual(['opened']);
  });

  it('announces it, too, when the process died before it could and the person tries again', async () => {
    let isDying = false;
    await begin((port, method) => {
      if (!isDying || port !== 'deadlines' || method !== 'breaches') return;
      isDying = false;
      throw new Crash();
    });
    const { id } = await muted('20:00:00');
    await clock('07:00:00');
    isDying = true;
    await expect(endMute(world.ctx, 'data', id)).rejects.toThrow(Crash);
    await endMute(world.ctx, 'data', id);
    await clock('07:00:01');
    expect(told()).toEqual(['opened']);
  });

  it('announces, too, what failed before it was due (found by the simulation, seed 4678)', async () => {
    const started = {
      ...{ source: 'custom' as const, job: 'load', run: 'one', account: '', region: '' },
      status: 'X',
    };
    const grants = [{ source: '*' as const, job: '' }];
    await world.teams.save({ id: 'jobs', grants, createdAt: 0, version: 0 });
    const target = { type: 'webhook' as const, url: 'https://example.com/jobs' };
    await world.channels.put({ team: 'jobs', name: 'hook', target, createdAt: 0 });
    const job = { source: 'custom', name: 'load', finishesWithin: '6h' };
    await create(world.ctx, { team: 'jobs', id: 'load', job, notify: ['hook'] }, by);
    const { id } = await mute(world.ctx, 'jobs', { until: at('20:00:00'), by: 'tester' });
    await clock('05:30:00');
    await recordRun(world.ctx, { ...started, state: 'running', startedAt: at('05:30:00') });
    await clock('05:40:00');
    const endedAt = at('05:40:00');
    await recordRun(world.ctx, { ...started, state: 'failed', startedAt: at('05:30:00'), endedAt });
    await clock('05:50:00');
    expect(told()).toEqual([]);
    await endMute(world.ctx, 'jobs', id);
    await clock('05:51:00');
    expect(told()).toEqual(['opened']);
  });

  it('must be there', async () => {
    await expect(endMute(world.ctx, 'data', 'nothing')).rejects.toThrow(NotFound);
  });
});
