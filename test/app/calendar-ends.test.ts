import { beforeEach, describe, expect, it } from '@jest/globals';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { putCalendar } from '../../functions/app/calendars/put.ts';
import { removeCalendar } from '../../functions/app/calendars/remove.ts';
import { settleCalendar } from '../../functions/app/calendars/settle.ts';
import type { Context } from '../../functions/app/ports.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import { BusEvent } from '../../functions/core/run.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld, type MemoryOptions } from '../support/memory-context.ts';

const by = { by: 'tester' };
const plant = { team: 'data', name: 'plant' };
const DAY_30 = '2026-12-01T00:00:00.000Z';
const WORDS = 'calendar plant is valid until 2026-12-31: days after it are taken for no holidays';
let world: MemoryWorld;
let driver: Driver;

/** It is 20 November; the calendar of the plant ends with the year, and weekdays at 18:00 a closing is due. */
async function start(options: MemoryOptions = {}): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', ...options });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  for (const name of ['mail', 'chat']) {
    const target = { type: 'email' as const, to: [`${name}@example.com`] };
    await world.channels.put({ team: 'data', name, target, createdAt: 0 });
  }
  await validUntil('2026-12-31');
  await register('closing');
}

beforeEach(() => start());

const validUntil = (date: string) => putCalendar(world.ctx, plant, { days: [], validUntil: date }, by);

const due = { at: '18:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: ['DE-BE', 'plant'] };
const body = (id: string, over: object = {}) => ({
  ...{ id, team: 'data', checkIn: {}, notify: ['mail'], due },
  ...over,
});
const register = (id: string, over?: object) => create(world.ctx, body(id, over), by);

const setStatus = (status: 'paused' | 'deleted') =>
  changeStatus(world.ctx, { team: 'data', id: 'closing' }, status, by);

/** What was sent of calendars, by message. */
const messages = () =>
  world.senders.sent.flatMap(({ message: { channel, alerts } }) => {
    const told = alerts.filter(({ type }) => type === 'calendar-ends');
    return told.length > 0 ? [[channel, ...told.map(({ expectation }) => expectation).toSorted()]] : [];
  });
const alerts = () => world.senders.sent.flatMap(({ message }) => message.alerts);
const told = () => alerts().filter(({ type }) => type === 'calendar-ends');
const isToDo = () => world.todos.all(world.clock.now).some(({ todo }) => todo.kind === 'calendar');

describe('the end of a calendar is told to who owns what names it', () => {
  it.each([
    ['not before', '2026-11-30T23:59:59.999Z', []],
    ['on the 30th day before it', DAY_30, [['mail', 'closing']]],
    ['later, when nothing could run on that day', '2026-12-31T12:00:00.000Z', [['mail', 'closing']]],
  ])('%s: %s', async (_, now, expected) => {
    world.clock.set(now);
    await settleCalendar(world.ctx, plant);
    await settleCalendar(world.ctx, plant);
    await driver.until(now);
    expect(messages()).toEqual(expected);
    expect(told().map(({ occurrence }) => occurrence)).toEqual(
      expected.map(() => `${now.slice(0, 10)}T18:00`),
    );
    expect(isToDo()).toBe(false);
  });

  it('by the sweep, once until it has ended, though nobody asks', async () => {
    await driver.until('2026-11-30T23:59:59Z');
    expect(messages()).toEqual([]);
    await driver.until('2026-12-01T00:10:00Z');
    expect(messages()).toEqual([['mail', 'closing']]);
    await driver.until('2027-01-10T00:00:00Z');
    expect(messages()).toEqual([['mail', 'closing']]);
  });

  it('by what waits for business time, if anything does', async () => {
    await world.teams.save({ id: 'data', grants: [{ events: '' }], createdAt: 0, version: 1 });
    const side = (source: string) => ({ event: { pattern: { source: [source] }, key: '$.detail.order' } });
    const businessHours = { hours: '09:00-17:00', timezone: 'Europe/Berlin', holidays: 'plant' };
    await create(
      world.ctx,
      {
        ...{ id: 'ledger', team: 'data', notify: ['chat'] },
        followUp: { after: side('orders'), by: side('ledger'), within: '2h', businessHours },
      },
      by,
    );
    world.clock.set(DAY_30);
    const json = {
      ...{ id: 'e1', source: 'orders', 'detail-type': 'Received', time: '2026-12-01T00:00:00Z' },
      ...{ account: '', region: '', resources: [], detail: { order: 17 } },
    };
    await recordEvent(world.ctx, BusEvent.parse(json), json, new Enough());
    await settleCalendar(world.ctx, plant);
    await settleCalendar(world.ctx, plant);
    await driver.until('2026-12-01T00:10:00Z');
    expect(messages().toSorted()).toEqual([
      ['chat', 'ledger'],
      ['mail', 'closing'],
    ]);
  });

  it('by its next deadline, with what is said in answers, and the verdict of that is its own', async () => {
    await driver.until('2026-12-01T00:10:00Z');
    expect(told()).toMatchObject([
      { id: 'data/closing/2026-12-01T18:00~r1/1', occurrence: '2026-12-01T18:00', seen: WORDS },
    ]);
    expect(told()[0]).not.toHaveProperty('openedAt');
    await driver.until('2026-12-01T17:10:00Z');
    const opened = alerts().filter(({ occurrence }) => occurrence === '2026-12-01T18:00');
    expect(opened.map(({ type, id }) => [type, id])).toEqual([
      ['calendar-ends', 'data/closing/2026-12-01T18:00~r1/1'],
      ['opened', 'data/closing/2026-12-01T18:00~r1/2'],
    ]);
  });

  it('by the next deadline of its newest rules', async () => {
    await driver.until('2026-11-30T20:00:00Z');
    await replace(world.ctx, body('closing', { due: { ...due, at: '19:00' } }), by);
    await driver.until('2026-12-01T00:10:00Z');
    expect(told().map(({ occurrence }) => occurrence)).toEqual(['2026-12-01T19:00']);
  });

  it('in one message for two expectations on one channel', async () => {
    await register('opening', { notify: ['mail', 'chat'] });
    await driver.until('2026-12-01T00:10:00Z');
    expect(messages().toSorted()).toEqual([
      ['chat', 'opening'],
      ['mail', 'closing', 'opening'],
    ]);
  });

  it('at once, when it is shortened to less than 30 days', async () => {
    await validUntil('2026-12-10');
    await driver.until('2026-11-20T12:00:00Z');
    expect(told().map(({ seen }) => seen)).toEqual([WORDS.replace('12-31', '12-10')]);
  });

  it('for each end: told of one, it is told of a later one again', async () => {
    await driver.until('2026-12-02T00:00:00Z');
    await validUntil('2027-01-31');
    await driver.until('2026-12-31T23:59:59Z');
    expect(told()).toHaveLength(1);
    await driver.until('2027-01-01T00:10:00Z');
    expect(told().map(({ seen }) => seen)).toEqual([WORDS, WORDS.replace('2026-12-31', '2027-01-31')]);
  });

  it('once, though days are added to it without a later end', async () => {
    await driver.until('2026-12-05T00:00:00Z');
    const days = [{ date: '2026-12-24' }];
    await putCalendar(world.ctx, plant, { days, validUntil: '2026-12-31' }, by);
    await driver.until('2026-12-31T00:00:00Z');
    expect(messages()).toEqual([['mail', 'closing']]);
  });
});

describe('nobody is told', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['that was extended in time', () => validUntil('2027-12-31')],
    [
      'that was deleted',
      async () => {
        await setStatus('deleted');
        await removeCalendar(world.ctx, plant, by);
      },
    ],
    ['whose expectation is paused', () => setStatus('paused')],
    ['whose expectation was deleted', () => setStatus('deleted')],
  ])('of a calendar %s', async (_, change) => {
    await driver.until('2026-11-30T12:00:00Z');
    await change();
    await driver.until('2026-12-31T00:00:00Z');
    expect(messages()).toEqual([]);
    expect(isToDo()).toBe(false);
  });

  it('of a calendar that an expectation does not name', async () => {
    await register('other', { due: { at: '18:00', days: 'mon-fri', timezone: 'UTC', holidays: 'DE-BE' } });
    await driver.until('2026-12-01T00:10:00Z');
    expect(messages()).toEqual([['mail', 'closing']]);
  });
});

describe('a process that dies while it tells of the end', () => {
  it('before any of its calls is followed by one that tells everybody once', async () => {
    let calls = 0;
    let dieAt = Infinity;
    const before = () => {
      if (++calls === dieAt) throw new Crash('died');
    };
    const settleAt = async (call: number) => {
      await start({ before });
      await register('opening');
      world.clock.set(DAY_30);
      [calls, dieAt] = [0, call];
      const died = await settleCalendar(world.ctx, plant).then(
        () => false,
        () => true,
      );
      dieAt = Infinity;
      // Before the sweep comes to the deadlines, which tells what waits in their outboxes.
      await settleCalendar(world.ctx, plant);
      await driver.until('2026-12-10T00:00:00Z');
      return died;
    };
    let call = 1;
    while (await settleAt(call)) {
      expect([
        call,
        told()
          .map(({ expectation }) => expectation)
          .toSorted(),
      ]).toEqual([call, ['closing', 'opening']]);
      expect(isToDo()).toBe(false);
      call += 1;
    }
    expect(call).toBeGreaterThan(20);
  });

  it('after telling, and is followed by one only when the deadline is judged, is not told twice', async () => {
    let dying = true;
    await start({
      before: (port, method) => {
        const late = Date.parse(DAY_30) <= world.clock.now;
        if (dying && late && port === 'ownCalendars' && method === 'save') throw new Crash('died');
      },
    });
    await driver.until('2026-12-03T00:00:00Z');
    expect([messages(), isToDo()]).toEqual([[['mail', 'closing']], true]);
    dying = false;
    await driver.until('2026-12-31T00:00:00Z');
    expect([messages(), isToDo()]).toEqual([[['mail', 'closing']], false]);
  });
});

it('an expectation that cannot be read keeps no other waiting, and none is told twice for it', async () => {
  await register('opening');
  const get: Context['registrations']['get'] = (ref) =>
    ref.id === 'closing' ? Promise.reject(new Error('unreadable')) : world.registrations.get(ref);
  const registrations = new Proxy(world.registrations, {
    get: (target, name) => {
      const member: unknown = name === 'get' ? get : Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const waiting = () =>
    world.alerts
      .waiting('data', 'mail')
      .map(({ queued }) => [queued.deadline.expectation, queued.alert.type]);
  for (const now of [DAY_30, '2026-12-01T23:00:00Z', '2026-12-20T00:00:00Z']) {
    world.clock.set(now);
    const settled = settleCalendar({ ...world.ctx, registrations }, plant);
    await expect(settled).rejects.toThrow('1 expectations were not planned or told');
    expect([waiting(), isToDo()]).toEqual([[['opening', 'calendar-ends']], true]);
  }
  await settleCalendar(world.ctx, plant);
  expect(waiting()).toEqual([
    ['opening', 'calendar-ends'],
    ['closing', 'calendar-ends'],
  ]);
  expect(isToDo()).toBe(false);
});
