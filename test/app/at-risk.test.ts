import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import { mute } from '../../functions/app/mutes/put.ts';
import { refOf } from '../../functions/core/deadline.ts';
import type { Run } from '../../functions/core/run.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'nightly' };

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  await begin();
});

async function begin(): Promise<void> {
  world = new MemoryWorld({ now: '2026-10-31T12:00:00Z' });
  driver = new Driver(world);
  const grants = [{ source: 'stepfunctions' as const, job: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
}

const due = { at: '04:00', days: 'daily', timezone: 'UTC' };
const nightly = (changes: object = {}) => ({
  ...{ id: 'nightly', team: 'data', notify: ['hook'], checkIn: {}, due, warnWhenLate: 95 },
  ...changes,
});

async function came(day: number, time: string): Promise<void> {
  await driver.until(instant(day, time));
  await checkIn(world.ctx, ref, { signal: 'success' });
}

const instant = (day: number, time: string) => `2026-11-${String(day).padStart(2, '0')}T${time}Z`;

/** Twenty nights: 18 at 03:12 or before, one at 03:30, one at 03:40. */
async function twentyNights(): Promise<void> {
  for (let day = 1; day <= 20; day++) {
    const time = { 7: '03:30:00', 13: '03:40:00' }[day] ?? (day % 2 === 0 ? '03:12:00' : '03:10:00');
    await came(day, time);
  }
  await driver.until(instant(20, '12:00:00'));
  world.senders.sent.splice(0);
}

const alerts = () => world.senders.sent.flatMap(({ message }) => message.alerts);
const told = () => alerts().map(({ type, at }) => `${type} ${new Date(at).toISOString().slice(11, 19)}`);

describe('what is later than usual', () => {
  beforeEach(async () => {
    await create(world.ctx, nightly(), by);
    await twentyNights();
  });

  it.each([
    ['is told once, before it is overdue', undefined, ['at-risk 03:30:01', 'opened 04:00:01']],
    ['and comes in time is told of no more', '03:50:00', ['at-risk 03:30:01']],
    ['by a second is told', '03:30:02', ['at-risk 03:30:01']],
    ['by nothing is not', '03:30:00', []],
    ['in no way is not', '03:12:00', []],
  ])('%s', async (_name, time, expected) => {
    if (time !== undefined) await came(21, time);
    await driver.until(instant(21, '04:01:00'));
    expect(told()).toEqual(expected);
  });

  it('is explained by when it came on other days', async () => {
    await driver.until(instant(21, '03:59:00'));
    expect(alerts()).toMatchObject([
      {
        type: 'at-risk',
        seen: 'usually by 03:12, 19 of 20 by 03:30; it is 03:30:01',
        expected: 'a check-in',
      },
    ]);
  });

  it('is told once, however often it is looked at', async () => {
    await driver.until(instant(21, '03:31:00'));
    const waiting = world.deadlines.all().find(({ usual, status }) => status === 'pending' && usual?.warned);
    for (let again = 0; again < 3; again++) {
      await check(world.ctx, refOf(waiting!));
      await plan(world.ctx, ref);
    }
    await driver.until(instant(21, '03:59:00'));
    expect(told()).toEqual(['at-risk 03:30:01']);
  });

  it('is not told while it is muted, and not afterwards', async () => {
    await mute(world.ctx, 'data', { until: Date.parse(instant(21, '03:35:00')), by: 'tester' });
    await driver.until(instant(21, '03:59:00'));
    expect(told()).toEqual([]);
    await driver.until(instant(21, '04:01:00'));
    expect(told()).toEqual(['opened 04:00:01']);
  });

  it('is told by the sweep when its schedule is lost', async () => {
    await driver.until(instant(21, '03:29:00'));
    for (const { ref: lost } of world.schedules.all()) await world.schedules.remove(lost);
    await driver.until(instant(21, '03:36:00'));
    expect(told()).toEqual([expect.stringMatching(/^at-risk 03:3/)]);
  });

  it('is told of no more when nobody wants to know', async () => {
    await replace(world.ctx, nightly({ warnWhenLate: undefined }), by);
    await driver.until(instant(21, '04:01:00'));
    expect(told()).toEqual(['opened 04:00:01']);
  });

  it('is compared with what came before pauses, too', async () => {
    for (const pause of [1, 2]) {
      await changeStatus(world.ctx, ref, 'paused', { ...by, why: `pause ${pause}` });
      await changeStatus(world.ctx, ref, 'active', by);
    }
    await replace(world.ctx, nightly({ title: 'Nightly' }), by);
    await driver.until(instant(21, '03:59:00'));
    expect(alerts().map(({ seen }) => seen)).toEqual(['usually by 03:12, 19 of 20 by 03:30; it is 03:30:01']);
  });

  it('is not compared with what came under other rules', async () => {
    await replace(world.ctx, nightly({ due: { ...due, at: '05:00' } }), by);
    await changeStatus(world.ctx, ref, 'paused', by);
    await changeStatus(world.ctx, ref, 'active', by);
    await driver.until(instant(21, '05:01:00'));
    expect(told()).toEqual(['opened 05:00:01']);
  });

  it('is compared anew each day', async () => {
    for (const day of [21, 22]) await came(day, '03:45:00');
    await driver.until(instant(23, '03:59:00'));
    expect(alerts().at(-1)?.seen).toBe('usually by 03:12, 22 of 22 by 03:45; it is 03:45:01');
  });
});

describe('nobody is warned', () => {
  it('unless that is asked for', async () => {
    await create(world.ctx, nightly({ warnWhenLate: undefined }), by);
    await twentyNights();
    await driver.until(instant(21, '04:01:00'));
    expect(told()).toEqual(['opened 04:00:01']);
  });

  it('by fewer than ten occurrences', async () => {
    await create(world.ctx, nightly(), by);
    for (let day = 1; day <= 9; day++) await came(day, '03:10:00');
    await driver.until(instant(10, '04:01:00'));
    expect(told()).toEqual(['opened 04:00:01']);
  });

  it('of what is often missed: then later than usual is overdue', async () => {
    await create(world.ctx, nightly(), by);
    for (let day = 1; day <= 20; day++) if (day % 5 !== 0) await came(day, '03:10:00');
    await driver.until(instant(20, '12:00:00'));
    world.senders.sent.splice(0);
    await driver.until(instant(21, '04:01:00'));
    expect(alerts().map(({ type }) => type)).not.toContain('at-risk');
  });
});

describe('a run that takes longer than usual', () => {
  const run = (name: string, from: string, to?: string): Run => ({
    ...{ source: 'stepfunctions', job: 'load', run: name, account: '123456789012', region: 'eu-west-1' },
    ...{ state: to ? 'succeeded' : 'running', status: to ? 'SUCCEEDED' : 'RUNNING' },
    startedAt: Date.parse(from),
    ...(to ? { endedAt: Date.parse(to) } : {}),
  });

  async function runs(one: Run): Promise<void> {
    await driver.until(new Date((one.endedAt ?? one.startedAt ?? 0) + 1000).toISOString());
    world.runs.put(one);
    await recordRun(world.ctx, one);
  }

  beforeEach(async () => {
    const job = { source: 'stepfunctions', name: 'load', finishesWithin: '45m' };
    await create(world.ctx, { id: 'nightly', team: 'data', notify: ['hook'], job, warnWhenLate: 90 }, by);
    for (let day = 1; day <= 12; day++) {
      await runs(run(`r${day}`, instant(day, '02:00:00')));
      await runs(run(`r${day}`, instant(day, '02:00:00'), instant(day, day === 5 ? '02:20:00' : '02:12:00')));
    }
    await driver.until(instant(12, '12:00:00'));
    world.senders.sent.splice(0);
    await runs(run('hung', instant(13, '02:00:00')));
  });

  it('is told while it runs, and again when its time is over', async () => {
    await driver.until(instant(13, '02:46:00'));
    expect(told()).toEqual(['at-risk 02:12:15', 'opened 02:45:15']);
    expect(alerts()[0]?.seen).toBe('usually by 02:12, 11 of 12 by 02:12; it is 02:12:15');
  });

  it('is not told when it cannot be looked at, and when a look shows that it has ended', async () => {
    world.runs.cause = 'access denied';
    await driver.until(instant(13, '02:30:00'));
    expect(told()).toEqual([]);
    world.runs.cause = undefined;
    world.runs.put(run('hung', instant(13, '02:00:00'), instant(13, '02:11:00')));
    await driver.until(instant(13, '03:00:00'));
    expect(told()).toEqual([]);
  });

  it('has no warning when a look shows that it has ended in time', async () => {
    world.runs.put(run('hung', instant(13, '02:00:00'), instant(13, '02:11:00')));
    await driver.until(instant(13, '03:00:00'));
    expect(told()).toEqual([]);
  });
});

describe('what is not allowed', () => {
  const side = (source: string) => ({ event: { pattern: { source: [source] }, key: '$.id' } });
  it.each([
    ['with a silence', nightly({ due: { silentFor: '1h' } })],
    [
      'with a follow-up',
      {
        ...nightly({ due: undefined, checkIn: undefined }),
        followUp: { after: side('a'), by: side('b'), within: '1h' },
      },
    ],
    ['less than half', nightly({ warnWhenLate: 49 })],
    ['all of them', nightly({ warnWhenLate: 100 })],
  ])('%s', async (_name, { checkIn: kind, ...body }: { checkIn?: unknown }) => {
    await expect(create(world.ctx, kind ? { ...body, checkIn: kind } : body, by)).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ field: 'warnWhenLate' })]),
    });
  });
});
