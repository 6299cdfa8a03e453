import { describe, expect, it } from '@jest/globals';
import { record } from '../../functions/app/evidence/record.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import type { Deadline } from '../../functions/core/deadline.ts';
import { Expectation } from '../../functions/core/expectation.ts';
import { reach } from '../../functions/core/reach.ts';
import { registrationOf } from '../core/build.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const DAY = 86_400_000;
const by = { by: 'tester' };

async function worldAt(now: string, before?: (port: string, method: string) => void) {
  const world = new MemoryWorld({ now, ...(before ? { before } : {}) });
  await world.teams.save({ id: 'data', grants: [{ bucket: 'acme', prefix: '' }], createdAt: 0, version: 0 });
  await world.channels.put({
    team: 'data',
    name: 'hook',
    target: { type: 'webhook', url: 'https://example.com/hook' },
    createdAt: 0,
  });
  world.objects.createBucket('acme');
  return { world, driver: new Driver(world) };
}

const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };

function file(changes: object = {}, spec: object = {}) {
  return {
    id: 'orders',
    team: 'data',
    file: { bucket: 'acme', key: 'orders/{yyyy-MM-dd}.csv', ...spec },
    due: daily,
    notify: ['hook'],
    ...changes,
  };
}

function backup(changes: object = {}) {
  return { id: 'backup', team: 'data', checkIn: {}, due: daily, notify: ['hook'], ...changes };
}

/** An object appears in the bucket, and its event is recorded. */
async function arrive(
  world: MemoryWorld,
  key: string,
  { size = 10, silently = false, multipart = false } = {},
): Promise<void> {
  const at = world.clock.now;
  const etag = multipart ? `e${at}-2` : `e${at}`;
  world.objects.put('acme', { key, size, etag, lastModified: at });
  if (!silently) await recordObject(world.ctx, { bucket: 'acme', key, size, etag, at });
}

const told = (world: MemoryWorld) =>
  world.senders.sent.flatMap(({ message }) =>
    message.alerts.map(({ type, occurrence }) => `${type} ${occurrence}`),
  );

const verdicts = (world: MemoryWorld) =>
  Object.fromEntries(
    world.deadlines
      .all()
      .filter(({ status }) => status !== 'pending')
      .map(({ occurrence, status, breach, correction }): [string, string] => [
        occurrence,
        [status, breach?.status, correction && 'corrected'].filter((word) => word !== undefined).join(' '),
      ]),
  );

const first = (world: MemoryWorld): Deadline => world.deadlines.all()[0]!;

describe('a file expectation', () => {
  it('that is met on time tells nobody and is planned on', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T05:00:00Z');
    await arrive(world, 'orders/2026-11-21.csv');
    await driver.until('2026-11-21T12:00:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'met' });
    expect(told(world)).toEqual([]);
    const ahead = world.deadlines.all().filter(({ status }) => status === 'pending');
    expect(ahead.map(({ occurrence }) => occurrence.slice(8, 10))).toEqual([
      '22',
      '23',
      '24',
      '25',
      '26',
      '27',
    ]);
  });

  it('that comes late is missed, told, and recovered with its lateness', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T07:12:00Z');
    expect(told(world)).toEqual(['opened 2026-11-21T06:00']);
    await arrive(world, 'orders/2026-11-21.csv');
    await driver.until('2026-11-21T07:13:00Z');
    expect(first(world).breach).toMatchObject({ status: 'recovered', lateBy: 72 * 60_000 });
    expect(told(world)).toEqual(['opened 2026-11-21T06:00', 'recovered 2026-11-21T06:00']);
  });

  it('whose late file sends no event is recovered by a look', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T07:00:00Z');
    await arrive(world, 'orders/2026-11-21.csv', { silently: true });
    await driver.until('2026-11-21T08:10:00Z');
    expect(first(world).breach).toMatchObject({ status: 'recovered', lateBy: 60 * 60_000 });
  });

  it('that never comes is reminded of, given up, and asked for again the next day', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file({ giveUpAfter: '12h', remindEvery: '5h' }), by);
    await driver.until('2026-11-22T05:00:00Z');
    expect(told(world)).toEqual([
      'opened 2026-11-21T06:00',
      'reminder 2026-11-21T06:00',
      'reminder 2026-11-21T06:00',
      'gave-up 2026-11-21T06:00',
    ]);
    await driver.until('2026-11-22T06:05:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-21T06:00': 'missed never',
      '2026-11-22T06:00': 'missed open',
    });
  });

  it('whose event comes late although the file was in time is corrected and withdrawn', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T07:00:00Z');
    const at = Date.parse('2026-11-21T05:58:00Z');
    await recordObject(world.ctx, { bucket: 'acme', key: 'orders/2026-11-21.csv', size: 10, etag: 'e', at });
    await driver.until('2026-11-21T07:01:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'missed withdrawn corrected' });
    expect(told(world)).toEqual(['opened 2026-11-21T06:00', 'withdrawn 2026-11-21T06:00']);
  });

  it('in a bucket that cannot be looked into is inconclusive, then decided', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(), by);
    world.objects.cause = 'access to bucket acme is denied';
    await driver.until('2026-11-21T06:30:00Z');
    expect(first(world)).toMatchObject({
      status: 'pending',
      inconclusive: { cause: 'access to bucket acme is denied' },
    });
    expect(told(world)).toEqual(['inconclusive 2026-11-21T06:00']);
    world.objects.cause = undefined;
    world.objects.put('acme', {
      key: 'orders/2026-11-21.csv',
      size: 9,
      etag: 'e',
      lastModified: Date.parse('2026-11-21T05:00:00Z'),
    });
    await driver.until('2026-11-21T07:30:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'met' });
  });

  it('that cannot be looked at until it is given up is undetermined', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file({ giveUpAfter: '5h' }), by);
    world.objects.cause = 'access to bucket acme is denied';
    await driver.until('2026-11-21T12:30:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'undetermined' });
    expect(told(world)).toEqual(['inconclusive 2026-11-21T06:00', 'undetermined 2026-11-21T06:00']);
  });

  it('that was undetermined is corrected by proof that comes later still, and told', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file({ giveUpAfter: '5h' }), by);
    world.objects.cause = 'access to bucket acme is denied';
    await driver.until('2026-11-21T12:30:00Z');
    const at = Date.parse('2026-11-21T05:58:00Z');
    await recordObject(world.ctx, { bucket: 'acme', key: 'orders/2026-11-21.csv', size: 10, etag: 'e', at });
    await driver.until('2026-11-21T12:31:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'undetermined corrected' });
    expect(told(world).at(-1)).toBe('withdrawn 2026-11-21T06:00');
  });

  it('on a holiday is excused, whatever came', async () => {
    const { world, driver } = await worldAt('2026-12-24T12:00:00Z');
    await create(world.ctx, file({ due: { ...daily, holidays: 'DE-BE' } }), by);
    await driver.until('2026-12-25T12:00:00Z');
    expect(verdicts(world)).toEqual({ '2026-12-25T06:00': 'excused' });
    expect(told(world)).toEqual([]);
  });
});

describe('a key without a date', () => {
  const latest = (at: string) => ({
    ...{ bucket: 'acme', key: 'latest.csv', size: 10, etag: at, at: Date.parse(at) },
  });
  const undated = { file: { bucket: 'acme', key: 'latest.csv' } };

  it.each([
    ['before the next one is judged', '2026-11-22T00:00:00Z', 'met'],
    ['after the next one was missed', '2026-11-22T06:30:00Z', 'missed withdrawn corrected'],
  ])('leaves what had recovered a deadline to the next when a correction comes %s', async (_, when, then) => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, file(undated), by);
    await driver.until('2026-11-21T07:00:00Z');
    await recordObject(world.ctx, latest('2026-11-21T07:00:00Z'));
    await driver.until(when);
    expect(verdicts(world)['2026-11-21T06:00']).toBe('missed recovered');
    await recordObject(world.ctx, latest('2026-11-21T05:30:00Z'));
    await driver.until('2026-11-22T07:00:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-21T06:00': 'missed withdrawn corrected',
      '2026-11-22T06:00': then,
    });
  });

  it("takes a file at 06:20 for Monday's late one, and not for Tuesday's", async () => {
    const { world, driver } = await worldAt('2026-11-22T12:00:00Z');
    await create(world.ctx, file({}, { key: 'latest.csv' }), by);
    await driver.until('2026-11-23T06:20:00Z');
    await arrive(world, 'latest.csv');
    await driver.until('2026-11-24T06:05:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-23T06:00': 'missed recovered',
      '2026-11-24T06:00': 'missed open',
    });
  });

  it("takes a file an hour before Tuesday's due time for Tuesday's although Monday's never came", async () => {
    const { world, driver } = await worldAt('2026-11-22T12:00:00Z');
    await create(world.ctx, file({}, { key: 'latest.csv' }), by);
    await driver.until('2026-11-24T05:00:00Z');
    await arrive(world, 'latest.csv');
    await driver.until('2026-11-24T06:05:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-23T06:00': 'missed never', '2026-11-24T06:00': 'met' });
  });

  it.each([false, true])(
    "is not met by yesterday's file that still lies there (multipart: %s)",
    async (multipart) => {
      const { world, driver } = await worldAt('2026-11-22T12:00:00Z');
      await create(world.ctx, file({}, { key: 'latest.csv' }), by);
      await driver.until('2026-11-23T05:00:00Z');
      await arrive(world, 'latest.csv', { multipart });
      await driver.until('2026-11-24T12:00:00Z');
      expect(verdicts(world)).toEqual({ '2026-11-23T06:00': 'met', '2026-11-24T06:00': 'missed open' });
    },
  );
});

describe('a silence of an hour', () => {
  const silent = backup({ due: { silentFor: '1h' } });

  it('is missed an hour after registration when nothing is ever heard', async () => {
    const { world, driver } = await worldAt('2026-11-21T00:00:00Z');
    await create(world.ctx, silent, by);
    await driver.until('2026-11-21T01:01:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T00:00:00.000Z': 'missed open' });
  });

  it('moves with signs of life, is missed after the last, recovers, and begins anew', async () => {
    const { world, driver } = await worldAt('2026-11-21T00:00:00Z');
    await create(world.ctx, silent, by);
    for (const minute of ['00:40', '01:20', '02:00']) {
      await driver.until(`2026-11-21T${minute}:00Z`);
      await checkIn(world.ctx, { team: 'data', id: 'backup' }, { signal: 'success' });
    }
    await driver.until('2026-11-21T02:59:00Z');
    expect(verdicts(world)).toEqual({});
    await driver.until('2026-11-21T03:30:00Z');
    expect(first(world)).toMatchObject({ status: 'missed', dueAt: Date.parse('2026-11-21T03:00:00Z') });
    await checkIn(world.ctx, { team: 'data', id: 'backup' }, { signal: 'success' });
    expect(first(world).breach).toMatchObject({ status: 'recovered', lateBy: 30 * 60_000 });
    await driver.until('2026-11-21T04:31:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-21T00:00:00.000Z': 'missed recovered',
      '2026-11-21T03:30:00.000Z': 'missed open',
    });
  });

  it('begins anew even when it is heard of after it was given up', async () => {
    const { world, driver } = await worldAt('2026-11-21T00:00:00Z');
    await create(world.ctx, backup({ due: { silentFor: '1h' }, giveUpAfter: '2h' }), by);
    await driver.until('2026-11-25T00:00:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T00:00:00.000Z': 'missed never' });
    await checkIn(world.ctx, { team: 'data', id: 'backup' }, { signal: 'success' });
    await driver.until('2026-11-25T02:00:00Z');
    expect(verdicts(world)['2026-11-25T00:00:00.000Z']).toBe('missed open');
  });
});

describe('a change of the expectation', () => {
  it('of its schedule cancels what is not due yet and plans anew', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, backup(), by);
    await replace(world.ctx, backup({ due: { ...daily, at: '09:00' } }), by);
    await driver.until('2026-11-21T10:00:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-21T06:00': 'cancelled',
      '2026-11-22T06:00': 'cancelled',
      '2026-11-21T09:00': 'missed open',
    });
  });

  const cron = (fields: string) => ({ cron: fields, timezone: 'UTC' });
  it.each([
    ['at to at', daily, { ...daily, at: '07:00' }, 0],
    ['at to cron', daily, cron('0 7 * * *'), 0],
    ['cron to at', cron('0 6 * * *'), { ...daily, at: '07:00' }, 0],
    ['a cron of two times to at', cron('0 6,18 * * *'), { ...daily, at: '07:00' }, 1],
    ['at to a cron of two times', daily, cron('0 7,18 * * *'), 1],
  ])(
    'at 06:30 of the time of day, from %s, asks again for that day so often: %j',
    async (_, old, due, times) => {
      const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
      await create(world.ctx, backup({ due: old }), by);
      await driver.until('2026-11-21T06:30:00Z');
      await replace(world.ctx, backup({ due }), by);
      await driver.until('2026-11-21T12:00:00Z');
      expect(Object.keys(verdicts(world)).filter((key) => key.endsWith('07:00'))).toHaveLength(times);
    },
  );

  it('after the due time and before the check does not dodge the miss', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, backup({ grace: '10m' }), by);
    await driver.until('2026-11-21T06:05:00Z');
    await changeStatus(world.ctx, { team: 'data', id: 'backup' }, 'paused', by);
    await driver.until('2026-11-21T06:11:00Z');
    expect(verdicts(world)).toEqual({
      '2026-11-21T06:00': 'missed open',
      '2026-11-22T06:00': 'cancelled',
      '2026-11-23T06:00': 'cancelled',
      '2026-11-24T06:00': 'cancelled',
      '2026-11-25T06:00': 'cancelled',
      '2026-11-26T06:00': 'cancelled',
      '2026-11-27T06:00': 'cancelled',
    });
  });

  it('that deletes it after the due time and before the check leaves a miss that is told and closed', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, backup({ grace: '10m' }), by);
    await driver.until('2026-11-21T06:05:00Z');
    await changeStatus(world.ctx, { team: 'data', id: 'backup' }, 'deleted', by);
    await driver.until('2026-11-22T00:00:00Z');
    expect(verdicts(world)['2026-11-21T06:00']).toBe('missed closed');
    expect(told(world)).toEqual(['opened 2026-11-21T06:00', 'closed 2026-11-21T06:00']);
  });

  it('of its title cancels nothing', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, backup(), by);
    await replace(world.ctx, backup({ title: 'Backup of the box' }), by);
    await driver.until('2026-11-21T06:01:00Z');
    expect(verdicts(world)).toEqual({ '2026-11-21T06:00': 'missed open' });
  });

  it('that pauses and resumes judges the same occurrence by the newer revision', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    const ref = { team: 'data', id: 'backup' };
    await create(world.ctx, backup(), by);
    await changeStatus(world.ctx, ref, 'paused', by);
    await changeStatus(world.ctx, ref, 'active', by);
    await driver.until('2026-11-21T06:01:00Z');
    const judged = world.deadlines.all().filter(({ occurrence }) => occurrence === '2026-11-21T06:00');
    expect(judged.map(({ rev, status }) => [rev, status])).toEqual([
      [1, 'cancelled'],
      [3, 'missed'],
    ]);
  });

  it.each<[string, ('pause' | 'edit' | 'resume')[]]>([
    ['after', ['edit', 'pause', 'resume']],
    ['around', ['pause', 'edit', 'resume']],
    ['before', ['pause', 'resume', 'edit']],
  ])(
    'of the time of day asks nothing more of a day that was judged, with a pause %s it',
    async (_, steps) => {
      const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
      const ref = { team: 'data', id: 'orders' };
      await create(world.ctx, file(), by);
      await driver.until('2026-11-21T05:50:00Z');
      await arrive(world, 'orders/2026-11-21.csv');
      const act = {
        pause: () => changeStatus(world.ctx, ref, 'paused', by),
        resume: () => changeStatus(world.ctx, ref, 'active', by),
        edit: () => replace(world.ctx, file({ due: { ...daily, at: '06:30' } }), by),
      };
      for (const [index, step] of steps.entries()) {
        await driver.until(`2026-11-21T06:0${5 + index}:00Z`);
        await act[step]();
      }
      await driver.until('2026-11-22T07:00:00Z');
      const judged = Object.entries(verdicts(world)).filter(([, verdict]) => verdict !== 'cancelled');
      expect(judged).toEqual([
        ['2026-11-21T06:00', 'met'],
        ['2026-11-22T06:30', 'missed open'],
      ]);
    },
  );

  it.each([
    ['in its grace, before that,', '06:04', 'met', []],
    ['in its grace, between the two,', '06:05:30', 'met', []],
    ['in its grace, after that,', '06:09', 'met', []],
    ['never', undefined, 'missed open', ['opened 2026-11-21T06:00']],
  ])(
    'that deletes it in its grace and creates it again leaves it one verdict: what came %s is told of by the old rules',
    async (_, at, verdict, alerts) => {
      const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
      const body = file({ grace: '10m' }, { key: 'latest.csv' });
      const steps: Record<string, () => Promise<unknown>> = {
        '06:05': () => changeStatus(world.ctx, { team: 'data', id: 'orders' }, 'deleted', by),
        '06:06': () => create(world.ctx, body, by),
        ...(at === undefined ? {} : { [at]: () => arrive(world, 'latest.csv') }),
      };
      await create(world.ctx, body, by);
      for (const time of Object.keys(steps).toSorted()) {
        await driver.until(`2026-11-21T${time.padEnd(8, ':00')}Z`);
        await steps[time]?.();
      }
      await driver.until('2026-11-21T07:00:00Z');
      expect(verdicts(world)['2026-11-21T06:00']).toBe(verdict);
      expect(told(world)).toEqual(alerts);
      await driver.until('2026-11-22T05:50:00Z');
      await arrive(world, 'latest.csv');
      await driver.until('2026-11-22T06:11:00Z');
      const next = world.deadlines.all().filter(({ occurrence }) => occurrence === '2026-11-22T06:00');
      expect(next.map(({ rev, status }) => [rev, status])).toEqual([
        [1, 'cancelled'],
        [3, 'met'],
      ]);
    },
  );

  it('that deletes and creates again goes on with the numbers', async () => {
    const { world } = await worldAt('2026-11-20T12:00:00Z');
    const ref = { team: 'data', id: 'backup' };
    await create(world.ctx, backup(), by);
    await changeStatus(world.ctx, ref, 'deleted', by);
    const { registration } = await create(world.ctx, backup(), by);
    expect(registration.revision).toBe(3);
  });
});

describe('after an outage of three days', () => {
  it('every deadline of the gap is judged by the times of its evidence, and the alerts come as a group', async () => {
    const { world, driver } = await worldAt('2026-11-20T12:00:00Z');
    await create(world.ctx, backup({ due: { every: '1h' } }), by);
    const ref = { team: 'data', id: 'backup' };
    world.clock.now += 3 * DAY;
    for (const hour of [5, 6, 7]) {
      const at = Date.parse('2026-11-20T12:00:00Z') + hour * 3_600_000 - 60_000;
      const evidence = {
        id: `e${hour}`,
        at,
        recordedAt: at,
        source: 'check-in',
        checkIn: { signal: 'success' },
      } as const;
      await record(
        world.ctx,
        ref,
        evidence,
        reach(registrationOf(Expectation.parse(backup({ due: { every: '1h' } })))),
      );
    }
    await driver.until('2026-11-23T12:59:00Z');
    const statuses = Object.values(verdicts(world)).map((verdict) => verdict.split(' ')[0]);
    expect(statuses.filter((status) => status === 'met')).toHaveLength(3);
    expect(statuses.filter((status) => status === 'missed')).toHaveLength(69);
    expect(world.senders.sent.length).toBeLessThan(10);
  });
});

/** Everything that happens between the registration and the end of two days, with a crash before one port call. */
async function twoDays(crashAt: number) {
  let calls = 0;
  let armed = false;
  const { world, driver } = await worldAt('2026-11-20T12:00:00Z', (port, method) => {
    if (armed && ++calls === crashAt) throw new Crash(`before ${port}.${method}`);
  });
  await create(world.ctx, file(), by);
  await create(world.ctx, backup({ giveUpAfter: '3h' }), by);
  armed = true;
  await driver.until('2026-11-21T07:00:00Z');
  // The queue delivers again what a crash left unrecorded.
  await arrive(world, 'orders/2026-11-21.csv').catch(() => arrive(world, 'orders/2026-11-21.csv'));
  await driver.until('2026-11-22T05:30:00Z');
  await arrive(world, 'orders/2026-11-22.csv').catch(() => arrive(world, 'orders/2026-11-22.csv'));
  await driver.until('2026-11-22T06:30:00Z');
  armed = false;
  return { world, calls, crashes: driver.crashes };
}

describe('a crash before any one port call', () => {
  it('changes no verdict, loses no alert, and repeats one only when it fell between send and mark', async () => {
    const undisturbed = await twoDays(0);
    const expected = {
      '2026-11-21T06:00': ['missed recovered', 'missed never'],
      '2026-11-22T06:00': ['met', 'missed open'],
    };
    const verdictsOf = ({ world }: { world: MemoryWorld }, occurrence: string) =>
      world.deadlines
        .all()
        .filter((one) => one.occurrence === occurrence)
        .sort((a, b) => (a.expectation > b.expectation ? -1 : 1))
        .map(({ status, breach }) => [status, breach?.status].filter(Boolean).join(' '));
    const problems: string[] = [];
    for (let crashAt = 0; crashAt <= undisturbed.calls; crashAt++) {
      const run = await twoDays(crashAt);
      for (const [occurrence, verdict] of Object.entries(expected)) {
        const got = verdictsOf(run, occurrence);
        if (JSON.stringify(got) !== JSON.stringify(verdict))
          problems.push(`crash ${crashAt}: ${occurrence} is ${String(got)}`);
      }
      const alerts = run.world.senders.sent.flatMap(({ message }) =>
        message.alerts.map(({ id, type }) => `${id} ${type}`),
      );
      const lost = told(undisturbed.world).filter((line) => !told(run.world).includes(line));
      if (lost.length > 0) problems.push(`crash ${crashAt}: lost ${String(lost)}`);
      const repeated = alerts.length - new Set(alerts).size;
      if (repeated > 0) {
        const ids = run.world.senders.sent.map(({ message }) => message.id);
        if (new Set(ids).size === ids.length)
          problems.push(`crash ${crashAt}: ${repeated} repeated under a new id`);
      }
    }
    expect(problems).toEqual([]);
    expect(undisturbed.calls).toBeGreaterThan(80);
  }, 60_000);
});
