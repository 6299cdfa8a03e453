import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { record } from '../../functions/app/evidence/record.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import { refOf } from '../../functions/core/deadline.ts';
import { reach } from '../../functions/core/reach.ts';
import { BusEvent, type Run } from '../../functions/core/run.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

/*
 * Faults that the simulation (test/simulation) found, each told as the story of its seed. They were told late, told
 * wrongly or lost.
 */

const by = { by: 'tester' };
const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };
const ref = { team: 'data', id: 'backup' };
const success = { signal: 'success' } as const;

let world: MemoryWorld;
let driver: Driver;

/** Whether the process dies before it writes what has become of a deadline. */
let dying = false;

/** What a call waits for before it takes place. */
let slow: (call: string) => Promise<void> | void = () => undefined;

beforeEach(async () => {
  dying = false;
  slow = () => undefined;
  const before = (port: string, method: string) => {
    if (dying && port === 'deadlines' && method === 'save') throw new Crash('killed');
    return slow(`${port}.${method}`);
  };
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', before });
  driver = new Driver(world);
  const grants = [{ bucket: 'acme', prefix: '' }, { events: 'com.acme.' }, { source: '*' as const, job: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
  world.objects.createBucket('acme', false);
});

const backup = (changes: object = {}) => ({
  ...{ id: 'backup', team: 'data', checkIn: {}, due: daily, notify: ['hook'] },
  ...changes,
});

const orders = (changes: object = {}) => ({
  ...{ id: 'orders', team: 'data', file: { bucket: 'acme', key: 'orders/{yyyy-MM-dd}.csv' }, due: daily },
  ...{ notify: ['hook'], ...changes },
});

const told = () =>
  world.senders.sent.flatMap(({ message }) =>
    message.alerts.map(({ type, occurrence }) => `${type} ${occurrence}`),
  );

const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending' && status !== 'cancelled')
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .map(({ occurrence, status, breach }) => [occurrence, status, breach?.status].filter(Boolean).join(' '));

/** A trade of a time is told, now. */
async function booked(time: string, enough: Enough): Promise<void> {
  const json = {
    ...{ id: time, source: 'com.acme.trades', 'detail-type': 'Trade Booked', time },
    ...{ account: '', region: '', resources: [], detail: {} },
  };
  await recordEvent(world.ctx, BusEvent.parse(json), json, enough);
}

async function heard(at: string): Promise<void> {
  await driver.until(at);
  await checkIn(world.ctx, ref, success);
}

describe('a check-in that is late, but comes before the schedule fires', () => {
  it('is told as missed and recovered within the minute, not at the next reminder (seed 71)', async () => {
    await create(world.ctx, backup({ settle: '1m' }), by);
    await heard('2026-11-21T06:00:06Z');
    await driver.until('2026-11-21T06:02:00Z');
    expect(told()).toEqual(['opened 2026-11-21T06:00', 'recovered 2026-11-21T06:00']);
  });
});

describe('a lifecycle that died before its last look', () => {
  it('is started again, and finds the file before it gives up (seed 89)', async () => {
    await create(world.ctx, orders({ giveUpAfter: '2h' }), by);
    await driver.until('2026-11-21T06:01:00Z');
    world.objects.put('acme', {
      key: 'orders/2026-11-21.csv',
      size: 9,
      etag: 'e',
      lastModified: world.clock.now,
    });
    const alone = new Driver(world);
    await alone.until('2026-11-21T08:30:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered']);
  });

  it('looks once more at the very end: what came since the look before is no "never"', async () => {
    await create(world.ctx, orders({ giveUpAfter: '20h' }), by);
    await driver.until('2026-11-22T01:59:00Z');
    world.objects.put('acme', {
      key: 'orders/2026-11-21.csv',
      size: 9,
      etag: 'e',
      lastModified: world.clock.now,
    });
    await driver.until('2026-11-22T02:01:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered']);
  });
});

describe('a file that a look finds, in the grace of the deadline before', () => {
  it('serves that one, although the younger is judged first (seed 70)', async () => {
    const file = { bucket: 'acme', key: 'latest.csv' };
    await create(world.ctx, orders({ file, due: { every: '30m' }, grace: '20m' }), by);
    const [first, second] = world.deadlines.all();
    const lastModified = first!.dueAt + 4 * 60_000;
    world.objects.put('acme', { key: 'latest.csv', size: 9, etag: 'e', lastModified });
    world.clock.now = second!.checkAt + 1000;
    await check(world.ctx, second!);
    expect(verdicts()).toEqual(['2026-11-20T12:30:00.000Z met', '2026-11-20T13:00:00.000Z missed open']);
  });
});

describe('evidence that an older deadline and a younger one could use', () => {
  const file = { bucket: 'acme', key: 'latest.csv' };
  const half = { file, due: { every: '30m' }, grace: '20m', window: '2h' };
  const event = (at: number) => ({
    ...{ id: `object ${at}`, at, recordedAt: at, source: 'event' as const },
    object: { key: 'latest.csv', size: 9, etag: `e${at}` },
  });

  it('goes to the older one, which waits for its judgement after an outage (seeds 111, 288, 391)', async () => {
    const { registration } = await create(world.ctx, orders(half), by);
    const [first, second] = world.deadlines.all();
    world.clock.now = second!.checkAt;
    await check(world.ctx, second!);
    await record(
      world.ctx,
      { team: 'data', id: 'orders' },
      event(first!.dueAt + 60_000),
      reach(registration),
    );
    expect(verdicts()).toEqual(['2026-11-20T12:30:00.000Z met', '2026-11-20T13:00:00.000Z missed open']);
  });

  it('goes to the older one, also when the one between them is served (seeds 4166, 4594)', async () => {
    const { registration } = await create(world.ctx, orders(half), by);
    const [first, second, third] = world.deadlines.all();
    world.clock.now = second!.dueAt + 5 * 60_000;
    await record(
      world.ctx,
      { team: 'data', id: 'orders' },
      event(second!.dueAt + 60_000),
      reach(registration),
    );
    world.clock.now = third!.checkAt;
    await check(world.ctx, second!);
    await check(world.ctx, third!);
    expect(verdicts()).toEqual(['2026-11-20T13:00:00.000Z met', '2026-11-20T13:30:00.000Z missed open']);
    await record(
      world.ctx,
      { team: 'data', id: 'orders' },
      event(first!.dueAt + 60_000),
      reach(registration),
    );
    expect(verdicts()).toEqual([
      '2026-11-20T12:30:00.000Z met',
      '2026-11-20T13:00:00.000Z met',
      '2026-11-20T13:30:00.000Z missed open',
    ]);
  });
});

describe('a file that came before the rules were replaced', () => {
  it('proves first what was due under the older ones and is undetermined (seed 983)', async () => {
    await create(world.ctx, orders({ giveUpAfter: '6h' }), by);
    world.objects.cause = 'access denied';
    const lastModified = Date.parse('2026-11-21T05:00:00Z');
    world.objects.put('acme', { key: 'orders/2026-11-21.csv', size: 9, etag: 'e', lastModified });
    await driver.until('2026-11-22T20:00:00Z');
    expect(verdicts()[0]).toBe('2026-11-21T06:00 undetermined');
    const [older] = world.deadlines.all();
    const rules = orders({
      due: { ...daily, at: '22:30' },
      file: { bucket: 'acme', key: 'orders/{yyyy-MM-dd|-2d}.csv' },
    });
    await replace(world.ctx, rules, by);
    world.objects.cause = undefined;
    await driver.until('2026-11-23T23:00:00Z');
    expect(await world.deadlines.get(older!)).toMatchObject({ correction: { outcome: 'met' } });
  });
});

describe('evidence between an older deadline and the window of a younger one with other rules', () => {
  it('goes to the older one, which is late by less (seed 23651)', async () => {
    const file = { bucket: 'acme', key: 'latest.csv' };
    await create(world.ctx, orders({ file }), by);
    await driver.until('2026-11-21T12:00:00Z');
    await replace(world.ctx, orders({ file, due: { ...daily, at: '09:30' } }), by);
    const second = world.deadlines.all().find(({ status, rev }) => status === 'pending' && rev === 2);
    const lastModified = Date.parse('2026-11-21T15:00:00Z');
    world.objects.put('acme', { key: 'latest.csv', size: 9, etag: 'e', lastModified });
    world.clock.now = second!.checkAt;
    await check(world.ctx, second!);
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered', '2026-11-22T09:30 missed open']);
  });
});

describe('an edit right after an outage', () => {
  it('loses none of the deadlines of the gap, which the old rules judge (seed 95)', async () => {
    await create(world.ctx, backup({ due: { every: '6h' } }), by);
    world.clock.set('2026-11-23T13:00:00Z');
    await replace(world.ctx, backup({ due: { every: '6h' }, grace: '10m' }), by);
    await driver.until('2026-11-23T13:10:00Z');
    expect(verdicts()).toHaveLength(12);
    expect(world.deadlines.all().filter(({ rev, status }) => rev === 1 && status === 'missed')).toHaveLength(
      12,
    );
  });
});

describe('what is learnt after a breach was given up', () => {
  it('still tells that the file came, and how late (seed 11833)', async () => {
    const { registration } = await create(world.ctx, orders({ giveUpAfter: '2h' }), by);
    await driver.until('2026-11-21T08:30:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed never']);
    const at = Date.parse('2026-11-21T06:40:00Z');
    const object = { key: 'orders/2026-11-21.csv', size: 9, etag: 'e' };
    const event = { id: 'e', at, recordedAt: at, source: 'event' as const, object };
    await record(world.ctx, { team: 'data', id: 'orders' }, event, reach(registration));
    await driver.until('2026-11-21T08:31:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered']);
    expect(told().at(-1)).toBe('recovered 2026-11-21T06:00');
  });
});

describe('a late check-in in the very second until which it is late', () => {
  it('recovers the older deadline, also when that is judged only then (seed 23679)', async () => {
    await create(world.ctx, backup({ due: { every: '30m' }, settle: '1m', giveUpAfter: '30m' }), by);
    const [first, second] = world.deadlines.all();
    world.clock.now = first!.lateUntil + 311;
    await checkIn(world.ctx, ref, success);
    world.clock.now = second!.checkAt;
    await check(world.ctx, second!);
    expect(verdicts()).toEqual([
      '2026-11-20T12:30:00.000Z missed recovered',
      '2026-11-20T13:00:00.000Z missed open',
    ]);
  });
});

describe('silences', () => {
  it('begin anew with a sign before the verdict, also when nothing is planned after it (seeds 10292, 13759)', async () => {
    await create(world.ctx, backup({ due: { silentFor: '1h' } }), by);
    const [first] = world.deadlines.all();
    world.clock.set('2026-11-20T18:00:00Z');
    await checkIn(world.ctx, ref, success);
    await check(world.ctx, first!);
    expect(
      world.deadlines.all().map(({ dueAt, status }) => `${new Date(dueAt).toISOString()} ${status}`),
    ).toEqual(['2026-11-20T13:00:00.000Z missed', '2026-11-20T19:00:00.000Z pending']);
  });

  it('of an outage are judged one by one, not only the first and the last (seed 281)', async () => {
    await create(world.ctx, backup({ due: { silentFor: '1h' } }), by);
    for (const at of ['2026-11-20T12:30:00Z', '2026-11-20T15:00:00Z', '2026-11-20T18:00:00Z']) {
      world.clock.set(at);
      await checkIn(world.ctx, ref, success);
    }
    await driver.until('2026-11-20T18:30:00Z');
    expect(verdicts()).toEqual([
      '2026-11-20T12:00:00.000Z missed recovered',
      '2026-11-20T15:00:00.000Z missed recovered',
    ]);
  });

  it('of old and new rules are ended by the same sign of life (seed 7)', async () => {
    await create(world.ctx, backup({ due: { silentFor: '1h' } }), by);
    await driver.until('2026-11-20T14:00:00Z');
    await replace(world.ctx, backup({ due: { silentFor: '2h' } }), by);
    await driver.until('2026-11-20T17:00:00Z');
    await heard('2026-11-20T17:30:00Z');
    await driver.until('2026-11-20T18:00:00Z');
    expect(verdicts()).toEqual([
      '2026-11-20T12:00:00.000Z missed recovered',
      '2026-11-20T14:00:00.000Z missed recovered',
    ]);
  });
});

describe('a pause that was interrupted before it cancelled anything', () => {
  const due = { every: '6h' };
  const crashing = (method: string) => {
    let crashed = false;
    const broken = new MemoryWorld({
      now: '2026-11-20T12:00:00Z',
      before: (_port, name) => {
        if (name !== method || crashed || broken.deadlines.all().length === 0) return;
        crashed = true;
        throw new Error('crashed');
      },
    });
    return broken;
  };

  it.each(['active', 'deleted'] as const)('has cancelled it before it is %s (seed 53663)', async (status) => {
    world = crashing('remove');
    await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
    await create(world.ctx, backup({ due, notify: [] }), by);
    const paused = status === 'deleted' ? 'deleted' : 'paused';
    await expect(changeStatus(world.ctx, ref, paused, by)).rejects.toThrow('crashed');
    world.clock.set('2026-11-21T13:00:00Z');
    if (status === 'deleted') await create(world.ctx, backup({ due, notify: [] }), by);
    else await changeStatus(world.ctx, ref, status, by);
    const later = world.deadlines
      .all()
      .filter(({ rev, dueAt }) => rev === 1 && dueAt > Date.parse('2026-11-20T12:00:00Z'));
    expect(later.map(({ status: verdict }) => verdict)).toEqual(later.map(() => 'cancelled'));
    expect(later).not.toHaveLength(0);
  });
});

describe('two edits of the time of day on a day that was judged', () => {
  it('ask nothing more of that day, also with a pause between (seed 59639)', async () => {
    await create(world.ctx, backup(), by);
    await driver.until('2026-11-21T08:00:00Z');
    await changeStatus(world.ctx, ref, 'paused', by);
    await changeStatus(world.ctx, ref, 'active', by);
    await replace(world.ctx, backup({ due: { ...daily, at: '17:45' } }), by);
    await driver.until('2026-11-22T18:00:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed never', '2026-11-22T17:45 missed open']);
  });

  it('ask nothing more of that day (seed 1781)', async () => {
    await create(world.ctx, backup(), by);
    await driver.until('2026-11-21T08:00:00Z');
    await replace(world.ctx, backup({ due: { ...daily, at: '09:30' } }), by);
    await replace(world.ctx, backup({ due: { ...daily, at: '17:45' } }), by);
    await driver.until('2026-11-22T18:00:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed never', '2026-11-22T17:45 missed open']);
  });
});

describe('a file in the half-hourly bucket without events', () => {
  const halfHourly = (changes: object = {}) =>
    orders({ file: { bucket: 'acme', key: 'latest.csv' }, due: { every: '30m' }, ...changes });
  const comes = (at: string) => {
    const lastModified = Date.parse(`2026-11-20T${at}Z`);
    world.objects.put('acme', { key: 'latest.csv', size: 500, etag: 'e1', lastModified });
  };

  it('is there for the next deadline when who claimed it for the last one died, and it came to nothing (seed 74)', async () => {
    await create(world.ctx, halfHourly(), by);
    comes('12:31:00');
    world.clock.set('2026-11-20T12:31:30Z');
    dying = true;
    const first = { team: 'data', expectation: 'orders', occurrence: '2026-11-20T12:30:00.000Z', rev: 1 };
    await expect(check(world.ctx, first)).rejects.toThrow(Crash);
    expect(world.evidence.of({ team: 'data', id: 'orders' })).toMatchObject([
      { claimedBy: '2026-11-20T12:30:00.000Z~r1' },
    ]);
    dying = false;
    // Long after checkAt nobody can tell any more what was there.
    world.clock.set('2026-11-20T12:45:00Z');
    await driver.until('2026-11-20T13:01:00Z');
    expect(verdicts()).toEqual(['2026-11-20T12:30:00.000Z undetermined', '2026-11-20T13:00:00.000Z met']);
  });

  it('is there for others when one of two judges died that had claimed it, and the other used another (seed 10607)', async () => {
    const file = { bucket: 'acme', key: 'part-*.csv', minCount: 2 };
    await create(world.ctx, orders({ file, due: { every: '30m' } }), by);
    const put = (key: string, time: string) => {
      const lastModified = Date.parse(`2026-11-20T${time}Z`);
      const object = { key, size: 500, etag: key };
      world.objects.put('acme', { ...object, lastModified });
      return { id: key, at: lastModified, recordedAt: lastModified, source: 'event' as const, object };
    };
    put('part-1.csv', '12:10:00');
    put('part-2.csv', '12:20:00');
    const told = put('part-3.csv', '12:25:00');
    const [registration] = world.registrations.all();
    if (!registration) throw new Error('nothing is registered');
    await record(world.ctx, { team: 'data', id: 'orders' }, told, reach(registration));
    world.clock.set('2026-11-20T12:31:30Z');
    let [claims, goOn] = [0, (): void => undefined];
    slow = (call) => {
      if (call === 'deadlines.save' && claims === 4) throw new Crash('killed');
      if (call !== 'evidence.claim' || ++claims !== 2) return undefined;
      return new Promise((resolve) => {
        goOn = resolve;
      });
    };
    const first = { team: 'data', expectation: 'orders', occurrence: '2026-11-20T12:30:00.000Z', rev: 1 };
    const judge = check(world.ctx, first);
    while (claims < 2) await new Promise(setImmediate);
    await expect(check(world.ctx, first)).rejects.toThrow(Crash);
    slow = () => undefined;
    goOn();
    await judge;
    await check(world.ctx, first);
    const claimed = world.evidence.of({ team: 'data', id: 'orders' }).filter((one) => one.claimedBy);
    expect(verdicts()).toEqual(['2026-11-20T12:30:00.000Z met']);
    expect(claimed.map(({ object }) => object?.key)).toEqual(['part-1.csv', 'part-2.csv']);
  });

  it('belongs to the older deadline, though that could not be looked at in time (seed 75)', async () => {
    await create(world.ctx, halfHourly({ grace: '20m' }), by);
    comes('12:45:00');
    world.objects.cause = 'access denied';
    await driver.until('2026-11-20T13:15:00Z');
    world.objects.cause = undefined;
    await driver.until('2026-11-20T13:21:00Z');
    expect(verdicts()).toEqual([
      '2026-11-20T12:30:00.000Z undetermined',
      '2026-11-20T13:00:00.000Z missed open',
    ]);
    expect(told()).toContain('withdrawn 2026-11-20T12:30:00.000Z');
  });

  it('belongs to the older deadline, though only the look for the younger one was answered (seed 8170)', async () => {
    await create(world.ctx, halfHourly({ window: '1d' }), by);
    comes('12:29:00');
    world.clock.set('2026-11-20T13:05:00Z');
    let looks = 0;
    slow = (call) => {
      if (call === 'objects.look') world.objects.cause = ++looks === 2 ? 'access denied' : undefined;
    };
    const younger = { team: 'data', expectation: 'orders', occurrence: '2026-11-20T13:00:00.000Z', rev: 1 };
    await check(world.ctx, younger);
    expect(verdicts()).toEqual([
      '2026-11-20T12:30:00.000Z undetermined',
      '2026-11-20T13:00:00.000Z missed open',
    ]);
    expect(world.deadlines.all()[0]).toMatchObject({ correction: {} });
  });
});

describe('events of which there may be too many', () => {
  const enough = new Enough(0);
  const comes = async (time: string) => {
    await driver.until(time);
    await booked(time, enough);
  };

  it('are all counted, also those that serve the deadline before (seed 146)', async () => {
    const event = { pattern: { source: ['com.acme.trades'] }, minCount: 1, maxCount: 2 };
    const trades = { id: 'trades', team: 'data', due: daily, window: '2d', event };
    await create(world.ctx, trades, by);
    await comes('2026-11-21T05:00:00Z');
    await comes('2026-11-21T05:10:00Z');
    await comes('2026-11-22T05:00:00Z');
    await driver.until('2026-11-22T07:00:00Z');
    expect(verdicts()).toEqual(['2026-11-21T06:00 met', '2026-11-22T06:00 missed open']);
  });

  it('are free again when who claimed them was overtaken by somebody who used others (seed 303)', async () => {
    const event = { pattern: { source: ['com.acme.trades'] }, minCount: 2 };
    await create(world.ctx, { id: 'trades', team: 'data', due: daily, event, notify: ['hook'] }, by);
    await comes('2026-11-21T06:10:00Z');
    let [claims, goOn] = [0, (): void => undefined];
    slow = (call) => {
      if (call !== 'evidence.claim' || ++claims !== 2) return undefined;
      return new Promise((resolve) => {
        goOn = resolve;
      });
    };
    const overtaken = comes('2026-11-21T06:30:00Z');
    while (claims < 2) await new Promise(setImmediate);
    await comes('2026-11-21T06:20:00Z');
    goOn();
    await overtaken;
    expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered']);
    const claimed = world.evidence.of({ team: 'data', id: 'trades' }).filter((one) => one.claimedBy);
    expect(claimed.map(({ at }) => new Date(at).toISOString())).toEqual([
      '2026-11-21T06:10:00.000Z',
      '2026-11-21T06:20:00.000Z',
    ]);
  });
});

describe('two proofs that a deadline was in time', () => {
  const enough = new Enough(0);
  const comes = (minute: string) => booked(`2026-11-21T05:${minute}:00Z`, enough);
  const everyHalfHour = async (window: string) => {
    const event = { pattern: { source: ['com.acme.trades'] }, minCount: 2 };
    const due = { every: '30m' };
    await create(world.ctx, { id: 'trades', team: 'data', due, window, event, notify: ['hook'] }, by);
  };

  it('of two processes at once leave to the one that was first what it claimed (seed 3116)', async () => {
    const event = { pattern: { source: ['com.acme.trades'] }, minCount: 2 };
    await create(world.ctx, { id: 'trades', team: 'data', due: daily, event, notify: ['hook'] }, by);
    await driver.until('2026-11-21T06:30:00Z');
    await comes('20');
    const held: (() => void)[] = [];
    slow = (call) =>
      call === 'deadlines.save' && held.length < 2
        ? new Promise((resolve) => {
            held.push(resolve);
          })
        : undefined;
    const first = comes('30');
    while (held.length < 1) await new Promise(setImmediate);
    const second = comes('10');
    while (held.length < 2) await new Promise(setImmediate);
    held[0]?.();
    await first;
    held[1]?.();
    await second;
    const [deadline] = world.deadlines.all();
    const claimed = world.evidence.of({ team: 'data', id: 'trades' }).filter((one) => one.claimedBy);
    expect(deadline?.correction?.evidence.toSorted()).toEqual(claimed.map(({ id }) => id).toSorted());
  });

  it('leave all that had recovered the deadline to the oldest that it proves (seed 5109)', async () => {
    await everyHalfHour('2h');
    const tells = async (at: string, time: string) => {
      await driver.until(`2026-11-20T${at}:00Z`);
      await booked(`2026-11-20T${time}:00Z`, enough);
    };
    await tells('12:40', '12:38');
    await tells('12:40', '12:39');
    await tells('13:20', '13:20');
    await driver.until('2026-11-20T13:31:00Z');
    const [first, second, third] = ['12:30', '13:00', '13:30'].map(
      (time) => `2026-11-20T${time}:00.000Z missed`,
    );
    expect(verdicts()).toEqual([`${first} recovered`, `${second} never`, `${third} open`]);
    slow = (call) => {
      if (call === 'deadlines.between') throw new Crash('killed');
    };
    await expect(tells('13:31', '12:10')).rejects.toThrow(Crash);
    slow = () => undefined;
    await tells('13:31', '12:20');
    expect(verdicts()).toEqual([`${first} withdrawn`, `${second} withdrawn`, `${third} open`]);
  });

  it('leave to the oldest that it proves what nobody could say was free, and not to the next (seed 10744)', async () => {
    await everyHalfHour('1h');
    for (const time of ['12:10', '12:38', '12:50', '13:20']) {
      await driver.until(`2026-11-20T${time}:00Z`);
      await booked(`2026-11-20T${time}:00Z`, enough);
    }
    const [first, second, third] = ['12:30', '13:00', '13:30'].map((time) => `2026-11-20T${time}:00.000Z`);
    await driver.until('2026-11-20T13:21:00Z');
    expect(verdicts()).toEqual([`${first} missed recovered`, `${second} missed open`]);
    slow = (call) => {
      if (call === 'evidence.release') throw new Crash('killed');
    };
    await expect(booked('2026-11-20T12:20:00Z', enough)).rejects.toThrow(Crash);
    slow = () => undefined;
    world.clock.set('2026-11-20T13:31:30Z');
    await check(world.ctx, { team: 'data', expectation: 'trades', occurrence: third ?? '', rev: 1 });
    expect(verdicts()).toEqual([
      `${first} missed withdrawn`,
      `${second} missed withdrawn`,
      `${third} missed open`,
    ]);
  });

  it.each(['deadlines.between', 'deadlines.save'])(
    'leave to the next deadline what had recovered the first, though who let go of it died before %s (seed 1978)',
    async (doomed) => {
      const event = { pattern: { source: ['com.acme.trades'] }, minCount: 1 };
      await create(world.ctx, { id: 'trades', team: 'data', due: daily, event, notify: ['hook'] }, by);
      await driver.until('2026-11-21T07:00:00Z');
      await booked('2026-11-21T07:00:00Z', enough);
      await driver.until('2026-11-22T07:00:00Z');
      expect(verdicts()).toEqual(['2026-11-21T06:00 missed recovered', '2026-11-22T06:00 missed open']);
      let isFree = false;
      slow = (call) => {
        if (isFree && call === doomed) throw new Crash('killed');
        isFree ||= call === 'evidence.release';
      };
      await expect(comes('10')).rejects.toThrow(Crash);
      slow = () => undefined;
      await driver.until('2026-11-22T07:10:00Z');
      expect(verdicts()).toEqual(['2026-11-21T06:00 missed withdrawn', '2026-11-22T06:00 missed withdrawn']);
    },
  );
});

describe('a run with a deadline of its own', () => {
  const nightly = (finishesWithin: string, changes: object = {}) => ({
    ...{ id: 'nightly', team: 'data', notify: ['hook'] },
    job: { source: 'custom', name: 'load', finishesWithin, ...changes },
  });
  const run = (source: Run['source'], from: string, to?: string): Run => ({
    ...{ source, job: 'load', run: 'one', account: '123456789012', region: 'eu-west-1' },
    ...{ state: to === undefined ? 'running' : 'succeeded', status: 'X' },
    startedAt: Date.parse(`2026-11-21T${from}Z`),
    ...(to === undefined ? {} : { endedAt: Date.parse(`2026-11-21T${to}Z`) }),
  });
  const tells = async (at: string, one: Run) => {
    await driver.until(`2026-11-21T${at}Z`);
    await recordRun(world.ctx, one);
  };
  const edited = async (at: string, body: object) => {
    await driver.until(`2026-11-21T${at}Z`);
    await replace(world.ctx, body, by);
  };

  it('that is overdue, and in its grace, is judged by its rules and not by others, too (seed 31)', async () => {
    await create(world.ctx, { ...nightly('45m'), grace: '2h' }, by);
    await tells('01:00:01', run('custom', '01:00:00'));
    await edited('02:00:00', { ...nightly('45m'), grace: '1h' });
    await tells('02:00:01', run('custom', '01:00:00'));
    await driver.until('2026-11-21T06:00:00Z');
    expect(verdicts()).toEqual(['2026-11-21T01:00:00.000Z.7692c3ad missed open']);
  });

  it('that has taken longer than an edit allows is missed at once, also where nobody can be asked (seed 21)', async () => {
    await create(world.ctx, nightly('6h'), by);
    await tells('01:00:01', run('custom', '01:00:00'));
    await edited('06:00:00', nightly('45m'));
    await driver.until('2026-11-21T06:01:00Z');
    expect(verdicts()).toEqual(['2026-11-21T01:00:00.000Z.7692c3ad missed open']);
  });

  it('is asked for by new rules, also when the judge finds before the planner that they are new (seed 3101)', async () => {
    await create(world.ctx, nightly('6h'), by);
    await tells('01:00:01', run('custom', '01:00:00'));
    await driver.until('2026-11-21T02:00:00Z');
    let isSaved = false;
    slow = (call) => {
      if (isSaved && call === 'deadlines.between') throw new Crash('killed');
      isSaved ||= call === 'registrations.save';
    };
    await expect(replace(world.ctx, nightly('2h'), by)).rejects.toThrow(Crash);
    slow = () => undefined;
    world.clock.set('2026-11-21T07:01:00Z');
    for (const one of world.deadlines.all()) await check(world.ctx, refOf(one));
    await driver.until('2026-11-21T07:10:00Z');
    expect(verdicts()).toEqual(['2026-11-21T01:00:00.000Z.7692c3ad missed open']);
  });

  it('that failed before it was due is closed when its expectation is deleted', async () => {
    await create(world.ctx, nightly('6h'), by);
    await tells('01:00:01', run('custom', '01:00:00'));
    await tells('01:30:01', { ...run('custom', '01:00:00', '01:30:00'), state: 'failed' });
    expect(verdicts()).toEqual(['2026-11-21T01:00:00.000Z.7692c3ad missed open']);
    await changeStatus(world.ctx, { team: 'data', id: 'nightly' }, 'deleted', by);
    expect(verdicts()).toEqual(['2026-11-21T01:00:00.000Z.7692c3ad missed closed']);
  });

  it('that ended before an edit is not asked for again', async () => {
    await create(world.ctx, nightly('6h'), by);
    await tells('01:00:01', run('custom', '01:00:00'));
    await tells('01:30:01', run('custom', '01:00:00', '01:30:00'));
    await edited('06:00:00', nightly('45m'));
    await driver.until('2026-11-21T08:00:00Z');
    expect(verdicts()).toEqual([]);
  });

  it('leaves the end that a look found in the history (seed 44)', async () => {
    await create(world.ctx, nightly('40m', { source: 'stepfunctions' }), by);
    await tells('01:00:01', run('stepfunctions', '01:00:00'));
    await driver.until('2026-11-21T01:39:30Z');
    world.runs.put(run('stepfunctions', '01:00:00', '01:39:00'));
    await driver.until('2026-11-21T01:41:00Z');
    const [deadline] = world.deadlines.all();
    expect(deadline).toMatchObject({ status: 'met', evidence: ['run stepfunctions one succeeded'] });
    const recorded = world.evidence.of({ team: 'data', id: 'nightly' }).map(({ id }) => id);
    expect(recorded).toContain('run stepfunctions one succeeded');
  });
});
