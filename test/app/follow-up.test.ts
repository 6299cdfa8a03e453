import { beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { previewBody } from '../../functions/app/expectations/preview.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import { listDeadlines, readDeadline } from '../../functions/app/deadlines/read.ts';
import { refOf } from '../../functions/core/deadline.ts';
import { BusEvent } from '../../functions/core/run.ts';
import { SECOND } from '../../functions/core/time.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'finance', id: 'ledger' };

let world: MemoryWorld;
let driver: Driver;
let sent: number;

beforeEach(async () => {
  await begin();
});

/** A Friday at noon. */
async function begin(before?: (port: string, method: string) => Promise<void> | void): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', ...(before ? { before } : {}) });
  driver = new Driver(world);
  sent = 0;
  const grants = [
    { events: 'com.acme.' },
    { bucket: 'acme', prefix: 'orders/' },
    { bucket: 'acme', prefix: 'done/' },
  ];
  await world.teams.save({ id: 'finance', grants, createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'finance', name: 'hook', target, createdAt: 0 });
}

const received = {
  event: { pattern: { source: ['com.acme.orders'] }, key: '$.detail.order' },
};
const booked = {
  event: { pattern: { source: ['com.acme.ledger'] }, key: '$.detail.order' },
};
const orderFile = { file: { bucket: 'acme', key: 'orders/{*}.csv' } };
const doneFile = { file: { bucket: 'acme', key: 'done/{*}.ok' } };
const berlin = { hours: '09:00-17:00', timezone: 'Europe/Berlin', holidays: 'DE-BE' };

const ledger = ({ followUp = {}, ...changes }: { followUp?: object; [name: string]: unknown } = {}) => ({
  ...{ id: 'ledger', team: 'finance', notify: ['hook'] },
  followUp: { after: received, by: booked, within: '2h', ...followUp },
  ...changes,
});

interface Sent {
  order?: unknown;
  id?: string;
  detail?: object;
}

/** An event of a time of 20 November, or of an instant; it is delivered a second after, or when told. */
async function deliver(
  source: string,
  time: string,
  { order = 17, id, detail }: Sent,
  at?: string,
): Promise<void> {
  const iso = time.includes('T') ? time : `2026-11-20T${time}Z`;
  const when = at === undefined ? Date.parse(iso) + SECOND : Date.parse(`2026-11-20T${at}Z`);
  if (when > world.clock.now) await driver.until(new Date(when).toISOString());
  sent += 1;
  const json = {
    ...{ version: '0', id: id ?? `event-${sent}`, source, 'detail-type': 'Something', time: iso },
    ...{ account: '123456789012', region: 'eu-west-1', resources: [] },
    detail: { order, ...detail },
  };
  await recordEvent(
    world.ctx,
    BusEvent.parse(json),
    z.json().parse(JSON.parse(JSON.stringify(json))),
    new Enough(),
  );
}

const order = (time: string, more: Sent = {}, at?: string) => deliver('com.acme.orders', time, more, at);
const booking = (time: string, more: Sent = {}, at?: string) => deliver('com.acme.ledger', time, more, at);

async function object(key: string, time: string): Promise<void> {
  const at = Date.parse(`2026-11-20T${time}Z`);
  await driver.until(new Date(Math.max(at + SECOND, world.clock.now)).toISOString());
  world.objects.put('acme', { key, size: 0, etag: `e${at}`, lastModified: at });
  await recordObject(world.ctx, { bucket: 'acme', key, size: 0, etag: `e${at}`, sequencer: `s${at}`, at });
}

const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending')
    .toSorted((a, b) => a.dueAt - b.dueAt || (a.after?.key ?? '').localeCompare(b.after?.key ?? ''))
    .map(({ after, status, breach }) =>
      [after?.key, status, breach?.reason, breach?.status].filter(Boolean).join(' '),
    );

const alerts = () =>
  world.senders.sent.flatMap(({ message }) => message.alerts.map(({ type, seen }) => `${type}: ${seen}`));

const recorded = () => world.evidence.of(ref).length;

describe('each order must be booked within two hours', () => {
  it.each([
    ['in the same second', ['12:10:00'], '17 met'],
    ['an hour later', ['13:10:00'], '17 met'],
    ['in the last second', ['14:10:00'], '17 met'],
    ['a second late', ['14:10:01'], '17 missed absent recovered'],
    ['a day late', ['2026-11-21T14:10:00Z'], '17 missed absent recovered'],
    ['a second before', ['12:09:59'], '17 missed absent open'],
    ['never', [], '17 missed absent open'],
    ['twice', ['13:10:00', '13:20:00'], '17 met'],
    ['before, and then again in time', ['12:09:59', '14:10:00'], '17 met'],
  ])('%s', async (_name, times, verdict) => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    for (const time of times) await booking(time);
    await driver.until('2026-11-21T15:00:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('is told while it is missing, with what came before, and when it came how late it was', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await driver.until('2026-11-20T14:11:00Z');
    const [opened] = world.senders.sent.flatMap(({ message }) => message.alerts);
    expect(opened).toMatchObject({
      type: 'opened',
      reason: 'absent',
      seen: 'no event',
      expected:
        'an event of com.acme.ledger with the key 17 after com.acme.orders "Something" of Fri 2026-11-20 12:10',
    });
    await booking('15:40:00');
    await driver.until('2026-11-20T15:41:00Z');
    expect(world.senders.sent.flatMap(({ message }) => message.alerts).at(-1)).toMatchObject({
      type: 'recovered',
      lateBy: 90 * 60 * SECOND,
    });
  });

  it('knows one order from another by the key', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00', { order: 17 });
    await order('12:10:00', { order: 18 });
    await booking('13:10:00', { order: 18 });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 missed absent open', '18 met']);
  });

  it('takes a number and its text for the same key', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00', { order: 17 });
    await booking('13:10:00', { order: '17' });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met']);
  });

  it('tells keys of several fields apart', async () => {
    const key = ['$.detail.customer', '$.detail.order'];
    const sides = { after: { event: { ...received.event, key } }, by: { event: { ...booked.event, key } } };
    await create(world.ctx, ledger({ followUp: sides }), by);
    await order('12:10:00', { order: 'b', detail: { customer: 'a' } });
    await booking('13:10:00', { order: 'a', detail: { customer: 'b' } });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['["a","b"] missed absent open']);
  });

  it('which stand on both sides follow others, and never themselves', async () => {
    const overlapping = {
      event: { pattern: { source: ['com.acme.orders'], detail: { booked: [true] } }, key: '$.detail.order' },
    };
    await create(world.ctx, ledger({ followUp: { by: overlapping } }), by);
    await order('12:10:00', { detail: { booked: true } });
    await order('12:20:00', { detail: { booked: true } });
    await driver.until('2026-11-20T14:11:00Z');
    expect(verdicts()).toEqual(['17 met']);
    await driver.until('2026-11-20T14:21:00Z');
    await order('14:30:00', { detail: { booked: true } });
    expect(verdicts()).toEqual(['17 met', '17 missed absent recovered']);
  });

  it('of which the time was over before the rules began have no deadline', async () => {
    await create(world.ctx, ledger(), by);
    await order('10:00:00', { order: 'over' });
    await order('10:00:01', { order: 'just not over' });
    expect(world.deadlines.all().map(({ after }) => after?.key)).toEqual(['just not over']);
  });

  it('warns that orders that never come are not missed', async () => {
    const { warnings } = await create(world.ctx, ledger(), by);
    expect(warnings).toEqual([
      expect.stringContaining('when nothing comes after which something must follow'),
    ]);
  });
});

describe('delivery', () => {
  it('of an order twice gives birth to one deadline', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00', { id: 'same' });
    await order('12:10:00', { id: 'same' });
    expect(world.deadlines.all()).toHaveLength(1);
  });

  it('of a booking before its order serves it all the same', async () => {
    await create(world.ctx, ledger(), by);
    await booking('12:20:00');
    await order('12:10:00', {}, '12:30:00');
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met']);
  });

  it('of an order when its deadline is over is judged by what is known', async () => {
    await create(world.ctx, ledger(), by);
    await booking('12:20:00');
    await order('12:10:00', {}, '16:00:00');
    await order('12:10:00', { order: 18 }, '16:00:00');
    await driver.until('2026-11-20T16:10:00Z');
    expect(verdicts()).toEqual(['17 met', '18 missed absent open']);
  });

  it('of a booking an hour after the verdict corrects it', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await booking('14:10:00', {}, '15:10:00');
    await driver.until('2026-11-20T15:11:00Z');
    expect(verdicts()).toEqual(['17 missed absent withdrawn']);
    expect(alerts().map((text) => text.split(':')[0])).toEqual(['opened', 'withdrawn']);
  });

  it('of an earlier booking after a later one corrects what that had recovered', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await booking('14:30:00');
    await booking('13:00:00', {}, '14:40:00');
    expect(verdicts()).toEqual(['17 missed absent withdrawn']);
  });

  it('that breaks off after any step is made good when it comes again', async () => {
    for (let step = 1; step <= 12; step++) {
      let left = Infinity;
      await begin(() => {
        left -= 1;
        if (left === 0) throw new Error('the recorder died');
      });
      await create(world.ctx, ledger(), by);
      left = step;
      await order('12:10:00', { id: 'a' }).catch(() => undefined);
      left = Infinity;
      await order('12:10:00', { id: 'a' });
      await driver.until('2026-11-20T14:12:00Z');
      left = step;
      await booking('14:11:00', { id: 'b' }).catch(() => undefined);
      left = Infinity;
      await booking('14:11:00', { id: 'b' });
      await driver.until('2026-11-20T14:20:00Z');
      expect([step, verdicts()]).toEqual([step, ['17 missed absent recovered']]);
    }
  });
});

describe('the same key again', () => {
  it('while it waits is a deadline of its own, and one booking after both serves both', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await order('12:40:00');
    await booking('13:00:00');
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met', '17 met']);
  });

  it('after it was booked must be booked again', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await booking('12:20:00');
    await order('12:40:00');
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met', '17 missed absent open']);
  });

  it('is recovered together with the one that waits, too', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await order('12:40:00');
    await driver.until('2026-11-20T15:00:00Z');
    await booking('15:10:00');
    expect(verdicts()).toEqual(['17 missed absent recovered', '17 missed absent recovered']);
  });
});

describe('what has no key', () => {
  it('gives birth to nothing, and that is told once an hour', async () => {
    await create(world.ctx, ledger(), by);
    for (const time of ['12:10:00', '12:20:00', '12:30:00']) await order(time, { order: null });
    await order('13:10:00', { order: { number: 17 } });
    await driver.until('2026-11-20T15:30:00Z');
    expect(verdicts()).toEqual(['undetermined', 'undetermined']);
    const cause = 'the event has no text, exact number or true or false at $.detail.order';
    expect(alerts()).toEqual([`undetermined: ${cause}`, `undetermined: ${cause}`]);
    expect(world.senders.sent[0]?.message.alerts[0]?.expected).toBe(
      'an event of com.acme.ledger after com.acme.orders "Something" of Fri 2026-11-20 12:00',
    );
  });

  it('follows nothing', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await booking('13:10:00', { order: null });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 missed absent open']);
  });
});

describe('files', () => {
  it('that arrive are followed by an event with the key in their name', async () => {
    await create(world.ctx, ledger({ followUp: { after: orderFile } }), by);
    await object('orders/17.csv', '12:10:00');
    await object('orders/18.csv', '12:10:00');
    await object('other/19.csv', '12:10:00');
    await booking('13:10:00', { order: '17' });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met', '18 missed absent open']);
  });

  it('that must follow are met by a file, even an empty one', async () => {
    await create(world.ctx, ledger({ followUp: { after: orderFile, by: doneFile } }), by);
    await object('orders/17.csv', '12:10:00');
    await object('orders/18.csv', '12:10:00');
    await object('done/17.ok', '13:10:00');
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met', '18 missed absent open']);
  });

  it('of which no event told are looked for before anybody is paged', async () => {
    await create(world.ctx, ledger({ followUp: { after: orderFile, by: doneFile } }), by);
    await object('orders/17.csv', '12:10:00');
    world.objects.put('acme', {
      ...{ key: 'done/17.ok', size: 0, etag: 'e', lastModified: Date.parse('2026-11-20T13:10:00Z') },
    });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['17 met']);
    expect(alerts()).toEqual([]);
  });

  it('with a key that looks like a glob are taken as written', async () => {
    await create(world.ctx, ledger({ followUp: { after: orderFile, by: doneFile } }), by);
    await object('orders/*.csv', '12:10:00');
    await object('done/17.ok', '13:10:00');
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['* missed absent open']);
  });
});

describe('an event of S3', () => {
  it('is an event like others, whose key is the name of the object', async () => {
    await world.teams.save({ id: 'finance', grants: [{ events: '' }], createdAt: 0, version: 1 });
    const pattern = {
      source: ['aws.s3'],
      'detail-type': ['Something'],
      detail: { bucket: { name: ['acme'] } },
    };
    const after = { event: { pattern, key: '$.detail.object.key' } };
    await create(world.ctx, ledger({ followUp: { after } }), by);
    const detail = { bucket: { name: 'acme' }, object: { key: 'orders/17.csv' } };
    await deliver('aws.s3', '12:10:00', { detail });
    await booking('13:10:00', { order: 'orders/17.csv' });
    await driver.until('2026-11-20T15:00:00Z');
    expect(verdicts()).toEqual(['orders/17.csv met']);
  });
});

describe('within two business hours', () => {
  const body = () => ledger({ followUp: { after: orderFile, businessHours: berlin } });

  // Berlin is an hour ahead of UTC.
  it.each([
    ['Friday afternoon to Monday morning, in time', '15:30:00', '2026-11-23T09:30:00Z', '17 met'],
    ['a second late', '15:30:00', '2026-11-23T09:30:01Z', '17 missed absent recovered'],
    ['Friday evening, from Monday on', '19:00:00', '2026-11-23T10:00:00Z', '17 met'],
  ])('%s', async (_name, came, bookedAt, verdict) => {
    await create(world.ctx, body(), by);
    await object('orders/17.csv', came);
    await booking(bookedAt);
    await driver.until('2026-11-23T12:00:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('nobody is told on the weekend', async () => {
    await create(world.ctx, body(), by);
    await object('orders/17.csv', '15:30:00');
    await driver.until('2026-11-23T09:30:00Z');
    expect(alerts()).toEqual([]);
    await driver.until('2026-11-23T09:31:00Z');
    expect(alerts()).toEqual(['opened: no event']);
  });

  it('a holiday that is added puts off what waits, also at the last moment', async () => {
    await create(world.ctx, body(), by);
    await object('orders/17.csv', '15:30:00');
    world.calendars.holidaysByName['DE-BE'] = { '2026-11-23': 'A new holiday' };
    await driver.until('2026-11-24T09:30:00Z');
    expect(verdicts()).toEqual([]);
    await driver.until('2026-11-24T09:31:00Z');
    expect(verdicts()).toEqual(['17 missed absent open']);
  });

  it('a holiday that is taken away brings it forward', async () => {
    world.calendars.holidaysByName['DE-BE'] = { '2026-11-23': 'A holiday' };
    await create(world.ctx, body(), by);
    await object('orders/17.csv', '15:30:00');
    expect(world.deadlines.all()[0]?.local).toBe('2026-11-24 10:30');
    world.calendars.holidaysByName['DE-BE'] = {};
    world.calendars.release = { zones: '2026c', holidays: '2' };
    await plan(world.ctx, ref);
    expect(world.deadlines.all()[0]?.local).toBe('2026-11-23 10:30');
    await driver.until('2026-11-23T09:31:00Z');
    expect(verdicts()).toEqual(['17 missed absent open']);
  });

  it('the preview shows how long it waits', async () => {
    const { upcoming, warnings } = await previewBody(
      world.ctx,
      body(),
      Date.parse('2026-11-20T15:30:00Z'),
      5,
    );
    expect(upcoming).toEqual([]);
    expect(warnings).toEqual([
      'a followUp has no times of its own: what comes Fri 2026-11-20 16:30 must be followed by Mon 2026-11-23 10:30 (Europe/Berlin)',
    ]);
  });
});

describe('a change of the expectation', () => {
  it('gives what waits the new length, counted from when it came', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await driver.until('2026-11-20T13:00:00Z');
    await replace(world.ctx, ledger({ followUp: { within: '4h' } }), by);
    await booking('16:00:00');
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 cancelled', '17 met']);
  });

  it('leaves what was due before to the old rules', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await driver.until('2026-11-20T14:11:00Z');
    await replace(world.ctx, ledger({ followUp: { within: '4h' } }), by);
    await booking('15:00:00');
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 missed absent recovered']);
  });

  it('that allows less time than it has waited makes it due at once (found by the simulation)', async () => {
    await create(world.ctx, ledger({ followUp: { within: '4h' } }), by);
    await order('12:10:00');
    await driver.until('2026-11-20T15:00:00Z');
    await replace(world.ctx, ledger(), by);
    await driver.until('2026-11-20T15:01:00Z');
    expect(verdicts()).toEqual(['17 missed absent open', '17 cancelled']);
  });

  it('while an order is recorded leaves it to the new rules', async () => {
    let change = false;
    await begin(async (port, method) => {
      if (!change || `${port}.${method}` !== 'deadlines.create') return;
      change = false;
      await replace(world.ctx, ledger({ followUp: { within: '4h' } }), by);
    });
    await create(world.ctx, ledger(), by);
    change = true;
    await order('12:10:00');
    await booking('16:00:00');
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 cancelled', '17 met']);
  });

  it('that broke off leaves alone what was followed, also when the order is told again (seed 661)', async () => {
    let [edited, breaks] = [false, false];
    await begin((port, method) => {
      if (breaks && port === 'deadlines') throw new Crash('killed');
      breaks ||= edited && `${port}.${method}` === 'registrations.save';
    });
    await create(world.ctx, ledger(), by);
    await order('12:10:00', { id: 'the order' });
    await booking('12:30:00');
    edited = true;
    await expect(replace(world.ctx, ledger({ followUp: { within: '4h' } }), by)).rejects.toThrow(Crash);
    [edited, breaks] = [false, false];
    await order('12:10:00', { id: 'the order' });
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 met']);
  });

  it('that broke off leaves one verdict to what is followed before it is made good (seed 4992)', async () => {
    let breaks = false;
    await begin((port, method) => {
      if (breaks && `${port}.${method}` === 'deadlines.save') throw new Crash('killed');
    });
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await driver.until('2026-11-20T12:20:00Z');
    breaks = true;
    await expect(replace(world.ctx, ledger({ followUp: { within: '4h' } }), by)).rejects.toThrow(Crash);
    breaks = false;
    await booking('12:20:01');
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 cancelled', '17 met']);
  });

  it('of what must follow leaves alone what was followed already', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await booking('12:30:00');
    await driver.until('2026-11-20T13:00:00Z');
    const wider = {
      event: { pattern: { source: ['com.acme.ledger', 'com.acme.books'] }, key: '$.detail.order' },
    };
    await replace(world.ctx, ledger({ followUp: { by: wider } }), by);
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 met']);
    expect(alerts()).toEqual([]);
  });

  it('of what gives birth cancels what waits', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00');
    await replace(world.ctx, ledger({ followUp: { after: orderFile } }), by);
    await driver.until('2026-11-20T17:00:00Z');
    expect(verdicts()).toEqual(['17 cancelled']);
  });

  it.each(['paused', 'deleted'] as const)(
    'to %s cancels what waits, and what comes then is not watched',
    async (status) => {
      await create(world.ctx, ledger(), by);
      await order('12:10:00');
      await changeStatus(world.ctx, ref, status, by);
      await order('12:20:00', { order: 18 });
      await driver.until('2026-11-20T17:00:00Z');
      expect(verdicts()).toEqual(['17 cancelled']);
      expect(world.schedules.all()).toEqual([]);
    },
  );
});

describe('thousands that wait', () => {
  it('cost an event no more calls than one, each by key', async () => {
    let calls: string[] = [];
    await begin((port, method) => {
      calls.push(`${port}.${method}`);
    });
    await create(world.ctx, ledger(), by);
    await driver.until('2026-11-20T12:10:00Z');
    for (let index = 0; index < 3000; index++) await order('12:10:00', { order: index }, '12:10:00');
    calls = [];
    await order('12:10:00', { order: 'last' }, '12:10:00');
    expect(calls).toEqual([
      ...['matchers.of', 'matchers.of', 'registrations.get'],
      ...['evidence.record', 'deadlines.create', 'schedules.put'],
    ]);
    calls = [];
    await booking('12:10:00', { order: 'last' }, '12:10:00');
    expect(calls).toEqual([
      ...['matchers.of', 'matchers.of'],
      ...['evidence.record', 'evidence.between', 'deadlines.get'],
    ]);
    expect(world.deadlines.all()).toHaveLength(3001);
    expect(recorded()).toBe(3002);
  });

  it('of one key cost no more when those before were followed', async () => {
    let calls: string[] = [];
    await begin((port, method) => void calls.push(`${port}.${method}`));
    await create(world.ctx, ledger(), by);
    for (let second = 10; second < 60; second++) {
      await order(`12:10:${second}`);
      calls = [];
      await booking(`12:10:${second}`);
    }
    expect(calls.filter((call) => call.startsWith('deadlines.'))).toEqual(['deadlines.get']);
  });

  it('have a verdict each, and the late ones recover', async () => {
    await create(world.ctx, ledger(), by);
    for (let index = 0; index < 300; index++) await order('12:10:00', { order: index });
    for (let index = 0; index < 300; index += 2) await booking('13:00:00', { order: index });
    await driver.until('2026-11-20T14:20:00Z');
    for (let index = 1; index < 300; index += 4) await booking('14:30:00', { order: index });
    await driver.until('2026-11-20T14:40:00Z');
    const counts = Map.groupBy(verdicts(), (text) => text.slice(text.indexOf(' ') + 1));
    expect(Object.fromEntries([...counts].map(([verdict, all]) => [verdict, all.length]))).toEqual({
      met: 150,
      'missed absent recovered': 75,
      'missed absent open': 75,
    });
  });
});

describe('the evidence of a deadline', () => {
  it('is what has its key', async () => {
    await create(world.ctx, ledger(), by);
    await order('12:10:00', { order: 17 });
    await booking('12:20:00', { order: 18 });
    await booking('12:30:00', { order: 17 });
    const [deadline] = world.deadlines.all();
    const { evidence } = await readDeadline(world.ctx, refOf(deadline!));
    expect(evidence.map(({ at }) => new Date(at).toISOString())).toEqual(['2026-11-20T12:30:00.000Z']);
  });

  it('is told apart in a list, too', async () => {
    await create(world.ctx, ledger(), by);
    for (const key of [17, 18]) await order('12:10:00', { order: key });
    for (const key of [17, 18]) await booking('12:20:00', { order: key });
    const range = { from: 0, to: Date.parse('2026-11-22T00:00:00Z') };
    const { items } = await listDeadlines(world.ctx, ref, range, { limit: 10 });
    expect(
      items.map(({ deadline, evidence }) => [deadline.after?.key, evidence.map(({ keyed }) => keyed?.key)]),
    ).toEqual(items.map(({ deadline }) => [deadline.after?.key, [deadline.after?.key]]));
    expect(items).toHaveLength(2);
  });
});

describe('what is not allowed', () => {
  const sides = (after: object, follows: object) => ledger({ followUp: { after, by: follows } });
  it.each([
    [
      'a source that is not granted',
      sides({ event: { ...received.event, pattern: { source: ['com.evil'] } } }, booked),
      'followUp.after.event.pattern.source',
    ],
    [
      'a bucket that is not granted',
      sides(received, { file: { bucket: 'evil', key: 'done/{*}' } }),
      'followUp.by.file.bucket',
    ],
    [
      'a prefix that is not granted',
      sides({ file: { bucket: 'acme', key: '{*}.csv' } }, booked),
      'followUp.after.file.key',
    ],
    [
      'a date in a key',
      sides({ file: { bucket: 'acme', key: 'orders/{yyyy}/{*}.csv' } }, booked),
      'followUp.after.file.key',
    ],
    [
      'a pattern that is none',
      sides({ event: { ...received.event, pattern: { source: [] } } }, booked),
      'followUp.after.event.pattern.source',
    ],
    [
      'an event without a key',
      sides({ event: { pattern: received.event.pattern } }, booked),
      'followUp.after.event.key',
    ],
    [
      'a path that is none',
      sides({ event: { ...received.event, key: 'order' } }, booked),
      'followUp.after.event.key',
    ],
    [
      'keys of different lengths',
      sides({ file: { bucket: 'acme', key: 'orders/{*}/{*}.csv' } }, booked),
      'followUp.by.event.key',
    ],
    ['a thing that follows itself', sides(received, received), 'followUp.by'],
    ['both a file and an event', sides({ ...received, ...orderFile }, booked), 'followUp.after'],
    ['no length', ledger({ followUp: { within: undefined } }), 'followUp.within'],
    ['a length of weeks', ledger({ followUp: { within: '2w' } }), 'followUp.within'],
    [
      'hours that are none',
      ledger({ followUp: { businessHours: { ...berlin, hours: '9 to 5' } } }),
      'followUp.businessHours.hours',
    ],
    [
      'a calendar that nobody knows',
      ledger({ followUp: { businessHours: { ...berlin, holidays: 'XX' } } }),
      'followUp.businessHours.holidays',
    ],
    [
      'more time than there is',
      ledger({ followUp: { within: '31d', businessHours: { ...berlin, days: 'day-1' } } }),
      'followUp.within',
    ],
    ['a due', ledger({ due: { at: '06:00', days: 'daily', timezone: 'UTC' } }), 'due'],
    ['a window', ledger({ window: '1h' }), 'window'],
    ['another kind beside it', ledger({ checkIn: {} }), 'followUp'],
  ])('%s', async (_name, body, field) => {
    await expect(create(world.ctx, body, by)).rejects.toMatchObject({
      problems: [expect.objectContaining({ field })],
    });
  });

  it('but what the answer shows can be sent again', async () => {
    const { registration } = await create(world.ctx, ledger(), by);
    expect(registration.expectation.due).toEqual({ each: 'follow-up' });
    const again = await replace(world.ctx, registration.expectation, by);
    expect(again.registration.revision).toBe(1);
  });
});
