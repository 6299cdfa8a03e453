import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { putCalendar } from '../../functions/app/calendars/put.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { create, replace } from '../../functions/app/expectations/register.ts';
import type { Deadline } from '../../functions/core/deadline.ts';
import { HOUR, toIso } from '../../functions/core/time.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld, type MemoryOptions } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'closing' };
let world: MemoryWorld;
let driver: Driver;

async function start(options: MemoryOptions = {}): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', ...options });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
}

beforeEach(() => start());

const closing = (days: string, timezone = 'Europe/Berlin') => ({
  ...{ id: 'closing', team: 'data', checkIn: {}, notify: [] },
  due: { at: '18:00', days, timezone, holidays: 'plant' },
});

async function off(...dates: string[]): Promise<void> {
  const days = dates.map((date) => ({ date, name: 'Shut' }));
  await putCalendar(world.ctx, { team: 'data', name: 'plant' }, { days, validUntil: '2027-12-31' }, by);
}

const sorted = () => world.deadlines.all().toSorted((a, b) => a.dueAt - b.dueAt);
const shown = (from = '2026', to = '2028') =>
  sorted()
    .filter(({ occurrence }) => occurrence >= from && occurrence < to)
    .map(({ occurrence, status }) => `${occurrence.slice(0, 10)} ${status}`);

describe('a calendar that is changed after planning', () => {
  it.each([
    ['becomes a holiday', [], ['2026-11-24'], 'excused'],
    ['is none any more', ['2026-11-24'], [], 'missed'],
  ])('counts for a weekday that %s', async (_, before, after, status) => {
    await off(...before);
    await create(world.ctx, closing('mon-fri'), by);
    await driver.until('2026-11-24T12:00:00Z');
    await off(...after);
    await driver.until('2026-11-24T18:00:00Z');
    expect(shown('2026-11-24', '2026-11-25')).toEqual([`2026-11-24 ${status}`]);
  });

  it('adds a business day that was planned over', async () => {
    await off('2026-11-24');
    await create(world.ctx, closing('business-days'), by);
    await driver.until('2026-11-23T12:00:00Z');
    expect(shown()).not.toContain('2026-11-24 pending');
    await off();
    await driver.until('2026-11-25T18:00:00Z');
    expect(shown('2026-11-23', '2026-11-26')).toEqual([
      '2026-11-23 missed',
      '2026-11-24 missed',
      '2026-11-25 missed',
    ]);
  });

  it('moves the last business day of the month earlier, and excuses the day that was planned', async () => {
    await off();
    await create(world.ctx, closing('last-business-day'), by);
    await off('2026-11-30');
    await driver.until('2026-12-01T00:00:00Z');
    expect(shown('2026-11', '2026-12')).toEqual(['2026-11-27 missed', '2026-11-30 excused']);
  });

  it('moves it later, and cancels the day that was planned', async () => {
    await off('2026-11-30');
    await create(world.ctx, closing('last-business-day'), by);
    await off();
    await driver.until('2026-12-01T00:00:00Z');
    expect(shown('2026-11', '2026-12')).toEqual(['2026-11-27 cancelled', '2026-11-30 missed']);
    expect(sorted()[0]?.cause).toBe('the calendar was changed: nothing is due on 2026-11-27 any more');
  });

  it('and changed back leaves all as it was', async () => {
    await off('2026-11-30');
    await create(world.ctx, closing('last-business-day'), by);
    await off();
    await off('2026-11-30');
    await driver.until('2026-12-01T00:00:00Z');
    expect(shown('2026-11', '2026-12')).toEqual(['2026-11-27 missed', '2026-11-30 excused']);
  });

  it('by a process that dies on the way is done by the sweep', async () => {
    let dying = false;
    const before = (port: string, method: string) => {
      if (dying && port === 'deadlines' && method === 'create') throw new Crash('died');
    };
    await start({ before });
    await off('2026-11-30');
    await create(world.ctx, closing('last-business-day'), by);
    dying = true;
    await expect(off()).rejects.toThrow();
    dying = false;
    await driver.until('2026-11-20T13:00:00Z');
    expect(shown('2026-11', '2026-12')).toEqual(['2026-11-27 pending', '2026-11-30 pending']);
    expect(world.todos.all(world.clock.now).map(({ todo }) => todo.kind)).not.toContain('calendar');
  });

  it('just before a day is due, and settled just after it, loses nothing', async () => {
    let dying = false;
    const before = (port: string, method: string) => {
      if (dying && port === 'deadlines' && method === 'between') throw new Crash('died');
    };
    await start({ before });
    await off('2026-11-24');
    await create(world.ctx, closing('business-days'), by);
    await driver.until('2026-11-24T16:59:59Z');
    dying = true;
    await expect(off()).rejects.toThrow();
    dying = false;
    await driver.until('2026-11-24T17:20:00Z');
    expect(shown('2026-11-24', '2026-11-25')).toEqual(['2026-11-24 missed']);
  });

  it('never loses or doubles a business day, whatever the edits', async () => {
    const dates = Array.from({ length: 14 }, (_, day) => `2026-12-${String(day + 7).padStart(2, '0')}`);
    const edit = fc.record({
      hour: fc.integer({ min: 0, max: 400 }),
      days: fc.uniqueArray(fc.constantFrom(...dates)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(edit, { selector: ({ hour }) => hour, maxLength: 6 }),
        async (edits) => {
          await start({ now: '2026-12-06T00:00:00Z' });
          await off();
          await create(world.ctx, closing('business-days', 'UTC'), by);
          const begin = Date.parse('2026-12-06T00:30:00Z');
          for (const { hour, days } of edits.toSorted((a, b) => a.hour - b.hour)) {
            await driver.until(toIso(begin + hour * HOUR));
            await off(...days);
          }
          await driver.until('2026-12-23T00:00:00Z');
          for (const date of dates.filter((one) => ![0, 6].includes(new Date(one).getUTCDay()))) {
            const due = Date.parse(`${date}T18:00:00Z`);
            const last = edits
              .toSorted((a, b) => a.hour - b.hour)
              .findLast(({ hour }) => begin + hour * HOUR <= due);
            const found = shown(date, `${date}~`);
            expect(found.length).toBeLessThanOrEqual(1);
            if (last?.days.includes(date)) expect(found).not.toContain(`${date} missed`);
            else expect(found).toEqual([`${date} missed`]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('rules that were replaced after a deadline fell due', () => {
  it('judge it by their own holidays: an edit a second later excuses nothing', async () => {
    await off('2026-11-23');
    const open = { at: '18:00', days: 'mon-fri', timezone: 'UTC' };
    await create(world.ctx, { ...closing('mon-fri'), due: open, grace: '1h' }, by);
    await driver.until('2026-11-23T18:00:01Z');
    await replace(world.ctx, closing('mon-fri'), by);
    await driver.until('2026-11-23T20:00:00Z');
    const judged = sorted().filter(({ occurrence, rev }) => occurrence.startsWith('2026-11-23') && rev === 1);
    expect(judged.map(({ status }) => status)).toEqual(['missed']);
  });
});

describe('zone data that changes after planning', () => {
  const kolkata = {
    ...closing('daily', 'Asia/Kolkata'),
    due: { at: '06:00', days: 'daily', timezone: 'Asia/Kolkata' },
  };

  /** What is planned as older data would have it: an hour off. */
  async function plannedWithOlderData(by: number): Promise<void> {
    await create(world.ctx, kolkata, { by: 'tester' });
    for (const one of sorted()) {
      const at = { dueAt: one.dueAt + by, limitAt: one.limitAt + by, checkAt: one.checkAt + by };
      await world.deadlines.save({ ...one, ...at });
      await world.schedules.put(one, at.checkAt);
    }
    world.calendars.release = { ...world.calendars.release, zones: '2026d' };
  }

  const dues = (deadlines: Deadline[]) =>
    deadlines.map(({ occurrence, dueAt }) => [occurrence, toIso(dueAt)]);
  const right = (date: string) => [`${date}T06:00`, `${date}T00:30:00.000Z`];

  it.each([
    ['an hour too early', -HOUR],
    ['an hour too late', HOUR],
  ])('moves what is planned %s, and its schedules, when it is next looked at', async (_, shift) => {
    await plannedWithOlderData(shift);
    await plan(world.ctx, ref);
    expect(dues(sorted()).slice(0, 2)).toEqual([right('2026-11-21'), right('2026-11-22')]);
    expect(world.schedules.all().map(({ at }) => toIso(at))).toEqual(
      sorted().map(({ checkAt }) => toIso(checkAt)),
    );
  });

  it.each([
    ['too early', -HOUR],
    ['too late', HOUR],
  ])('judges what fires an hour %s once, by the right time', async (_, shift) => {
    await plannedWithOlderData(shift);
    await driver.until('2026-11-23T12:00:00Z');
    expect(dues(sorted()).slice(0, 3)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23'].map(right));
    expect(shown('2026-11-21', '2026-11-24')).toEqual([
      '2026-11-21 missed',
      '2026-11-22 missed',
      '2026-11-23 missed',
    ]);
    expect(
      sorted()
        .filter(({ status }) => status === 'missed')
        .map(({ decidedAt = 0, checkAt }) => decidedAt >= checkAt),
    ).toEqual([true, true, true]);
  });

  it('leaves what was judged by the older data alone', async () => {
    await plannedWithOlderData(-HOUR);
    world.calendars.release = { ...world.calendars.release, zones: '2026c' };
    await driver.until('2026-11-21T12:00:00Z');
    const [judged] = sorted();
    expect([judged?.status, toIso(judged?.dueAt ?? 0)]).toEqual(['missed', '2026-11-20T23:30:00.000Z']);
    world.calendars.release = { ...world.calendars.release, zones: '2026d' };
    await plan(world.ctx, ref);
    expect(sorted()[0]).toEqual(judged);
    expect(dues(sorted())[1]).toEqual(right('2026-11-22'));
  });

  it('writes nothing where nothing moves, and asks no second time', async () => {
    await create(world.ctx, kolkata, by);
    world.calendars.release = { ...world.calendars.release, zones: '2026d' };
    const before = sorted();
    await plan(world.ctx, ref);
    expect(sorted()).toEqual(before);
    const version = world.registrations.now(ref)?.version;
    await plan(world.ctx, ref);
    expect(world.registrations.now(ref)?.version).toBe(version);
  });

  it('that is older than what was planned with moves nothing', async () => {
    await plannedWithOlderData(HOUR);
    const before = sorted();
    world.calendars.release = { ...world.calendars.release, zones: '2025b' };
    await plan(world.ctx, ref);
    expect(sorted()).toEqual(before);
  });
});
