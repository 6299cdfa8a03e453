import { beforeEach, describe, expect, it } from '@jest/globals';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { create, replace } from '../../functions/app/expectations/register.ts';
import { BusEvent } from '../../functions/core/run.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'trades' };

let world: MemoryWorld;
let driver: Driver;
let enough: Enough;
let sent: number;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  driver = new Driver(world);
  enough = new Enough(0);
  sent = 0;
  await world.teams.save({ id: 'data', grants: [{ events: 'com.acme.' }], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
});

const PATTERN = {
  source: ['com.acme.trades'],
  'detail-type': ['Trade Booked'],
  detail: { amount: [{ numeric: ['>', 0] }] },
};

const trades = ({ event = {}, ...changes }: { event?: object; [name: string]: unknown } = {}) => ({
  ...{ id: 'trades', team: 'data', notify: ['hook'], window: '1h' },
  ...{ due: { at: '10:00', days: 'daily', timezone: 'UTC' }, event: { pattern: PATTERN, ...event } },
  ...changes,
});

/** An event of 21 November that comes a second after it was sent. */
async function came(time: string, { amount = 5, id }: { amount?: number; id?: string } = {}): Promise<void> {
  const at = Date.parse(`2026-11-21T${time}Z`);
  await driver.until(new Date(Math.max(at + 1000, world.clock.now)).toISOString());
  sent += 1;
  const json = {
    ...{ version: '0', id: id ?? `event-${sent}`, source: 'com.acme.trades', 'detail-type': 'Trade Booked' },
    ...{ account: '123456789012', region: 'eu-west-1', time: `2026-11-21T${time}Z`, resources: [] },
    detail: { amount },
  };
  await recordEvent(world.ctx, BusEvent.parse(json), json, enough);
}

const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending' && status !== 'cancelled')
    .map(({ status, breach }) => [status, breach?.reason, breach?.status].filter(Boolean).join(' '));

const recorded = () => world.evidence.of(ref).length;

describe('events that must come between nine and ten', () => {
  it.each([
    ['one in the first second', ['09:00:01'], {}, 'met'],
    ['one in the last', ['10:00:00'], {}, 'met'],
    ['one a second late', ['10:00:01'], {}, 'missed absent recovered'],
    ['one before', ['09:00:00'], {}, 'missed absent open'],
    ['none', [], {}, 'missed absent open'],
    ['two of three', ['09:10:00', '09:20:00'], { minCount: 3 }, 'missed insufficient open'],
    ['three of three', ['09:10:00', '09:20:00', '09:20:00'], { minCount: 3 }, 'met'],
    ['as many as there may be', ['09:10:00', '09:20:00'], { maxCount: 2 }, 'met'],
    ['one too many', ['09:10:00', '09:20:00', '09:30:00'], { maxCount: 2 }, 'missed too-many open'],
    ['none where none may be', [], { minCount: 0, maxCount: 0 }, 'met'],
    ['one where none may be', ['09:30:00'], { minCount: 0, maxCount: 0 }, 'missed too-many open'],
    ['one after it where none may be', ['10:00:01'], { minCount: 0, maxCount: 0 }, 'met'],
  ])('%s', async (_name, times, event, verdict) => {
    await create(world.ctx, trades({ event }), by);
    for (const time of times) await came(time);
    await driver.until('2026-11-21T10:05:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('are matched by the whole pattern', async () => {
    await create(world.ctx, trades(), by);
    await came('09:30:00', { amount: 0 });
    await driver.until('2026-11-21T10:05:00Z');
    expect([verdicts(), recorded()]).toEqual([['missed absent open'], 0]);
  });

  it('count once when they are delivered twice', async () => {
    await create(world.ctx, trades({ event: { minCount: 2 } }), by);
    await came('09:30:00', { id: 'same' });
    await came('09:30:00', { id: 'same' });
    await driver.until('2026-11-21T10:05:00Z');
    expect(verdicts()).toEqual(['missed insufficient open']);
  });

  it('correct the verdict when they were in time and are delivered an hour later', async () => {
    await create(world.ctx, trades(), by);
    await driver.until('2026-11-21T11:00:00Z');
    await came('09:59:59');
    expect(verdicts()).toEqual(['missed absent withdrawn']);
  });

  it('count for the new rules when only the grace was changed since', async () => {
    await create(world.ctx, trades(), by);
    await came('09:30:00');
    await replace(world.ctx, trades({ grace: '5m' }), by);
    await driver.until('2026-11-21T10:10:00Z');
    expect(verdicts()).toEqual(['met']);
  });

  it('do not count for new rules with another pattern', async () => {
    await create(world.ctx, trades(), by);
    await came('09:30:00');
    await replace(world.ctx, trades({ event: { pattern: { source: ['com.acme.other'] } } }), by);
    await driver.until('2026-11-21T10:10:00Z');
    expect(verdicts()).toEqual(['missed absent open']);
  });
});

describe('a flood of events', () => {
  it('is not written beyond what the verdict needs', async () => {
    await create(world.ctx, trades({ event: { minCount: 3 } }), by);
    for (let index = 0; index < 300; index++) await came('09:30:00');
    // Of one instant those with the least ids come first.
    expect(recorded()).toBeLessThan(20);
    await driver.until('2026-11-21T10:05:00Z');
    expect(verdicts()).toEqual(['met']);
  });

  it('is counted up to one too many', async () => {
    await create(world.ctx, trades({ event: { maxCount: 10 } }), by);
    for (let index = 0; index < 300; index++) await came('09:30:00');
    expect(recorded()).toBeLessThan(60);
    await driver.until('2026-11-21T10:05:00Z');
    expect(verdicts()).toEqual(['missed too-many open']);
  });

  it('of one day leaves nothing out of the next', async () => {
    await create(world.ctx, trades({ event: { minCount: 3 } }), by);
    for (let index = 0; index < 20; index++) await came('09:30:00');
    world.clock.set('2026-11-22T09:30:00Z');
    for (let index = 0; index < 3; index++) {
      const time = '2026-11-22T09:30:00Z';
      const json = {
        ...{ id: `next-${index}`, source: 'com.acme.trades', 'detail-type': 'Trade Booked', time },
        ...{ account: '', region: '', resources: [], detail: { amount: 1 } },
      };
      await recordEvent(world.ctx, BusEvent.parse(json), json, enough);
    }
    await driver.until('2026-11-22T10:05:00Z');
    expect(verdicts()).toEqual(['met', 'met']);
  });

  it('is kept for all deadlines whose windows overlap, also for those that are not planned yet', async () => {
    await create(world.ctx, trades({ window: '4d', event: { minCount: 3 } }), by);
    for (let index = 0; index < 20; index++) await came('09:30:00');
    await driver.until('2026-11-24T10:05:00Z');
    expect(verdicts()).toEqual(['met', 'met', 'met', 'met']);
  });

  it('of signs of life is never enough: the silence counts from the last', async () => {
    await create(world.ctx, trades({ window: undefined, due: { silentFor: '1h' } }), by);
    for (const time of ['08:10:00', '08:55:00', '09:30:00']) await came(time);
    await driver.until('2026-11-21T10:30:00Z');
    // Nothing came on the day before.
    const first = 'missed absent recovered';
    expect(verdicts()).toEqual([first]);
    await driver.until('2026-11-21T10:31:00Z');
    expect(verdicts()).toEqual([first, 'missed absent open']);
  });

  it('without a window of its own serves two days, each with as many as it needs', async () => {
    await create(world.ctx, trades({ window: undefined, event: { minCount: 3 } }), by);
    for (let index = 0; index < 20; index++) await came('09:30:00');
    for (let index = 0; index < 20; index++) await came('10:30:00');
    await driver.until('2026-11-22T10:05:00Z');
    expect(verdicts()).toEqual(['met', 'met']);
    expect(recorded()).toBeLessThan(20);
  });
});

describe('what is not allowed', () => {
  it.each([
    ['a pattern that is none', trades({ event: { pattern: { source: [] } } }), 'event.pattern.source'],
    [
      'a source that is not granted',
      trades({ event: { pattern: { source: ['com.evil'] } } }),
      'event.pattern.source',
    ],
    ['no source', trades({ event: { pattern: { detail: { a: [1] } } } }), 'event.pattern.source'],
    ['nothing that could be missed', trades({ event: { minCount: 0 } }), 'event.minCount'],
    ['fewer at most than at least', trades({ event: { minCount: 5, maxCount: 4 } }), 'event.maxCount'],
  ])('%s', async (_name, body, field) => {
    await expect(create(world.ctx, body, by)).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ field })]),
    });
  });
});
