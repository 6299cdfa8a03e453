import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import { openBreach, type Deadline } from '../../functions/core/deadline.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [{ bucket: 'acme', prefix: '' }], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
  world.objects.createBucket('acme');
});

function file(changes: object = {}, spec: object = {}) {
  const wanted = { bucket: 'acme', key: 'latest.csv', ...spec };
  return { id: 'orders', team: 'data', file: wanted, due: daily, notify: ['hook'], ...changes };
}

interface Upload {
  /** As the event tells it; none is told when absent. */
  at?: string;
  /** As the listing tells it. */
  lastModified?: string;
  size?: number;
  etag?: string;
}

async function upload({ at, lastModified, size = 10, etag = 'e1' }: Upload): Promise<void> {
  const object = { key: 'latest.csv', size, etag };
  if (lastModified) world.objects.put('acme', { ...object, lastModified: Date.parse(lastModified) });
  if (at) await recordObject(world.ctx, { bucket: 'acme', ...object, at: Date.parse(at) });
}

function outcome(dueAt: string, rev?: number): string[] {
  const found = world.deadlines
    .all()
    .filter((one) => one.dueAt === Date.parse(dueAt) && one.rev === (rev ?? one.rev));
  return found.map(({ status, breach }) => [status, breach?.status].filter(Boolean).join(' '));
}

const late = ({ breach }: Deadline) => (breach?.lateBy ?? 0) / MINUTE;

describe('an object that an event told of', () => {
  it('and that older rules called too small serves the rules of now', async () => {
    await create(world.ctx, file({}, { minBytes: 100 }), by);
    await replace(world.ctx, file({}, { minBytes: 1 }), by);
    await driver.until('2026-11-21T05:00:00Z');
    await upload({ at: '2026-11-21T05:00:00Z', size: 50 });
    await driver.until('2026-11-21T06:05:00Z');
    expect(outcome('2026-11-21T06:00:00Z', 2)).toEqual(['met']);
  });

  it('still recovers a deadline of rules that are replaced', async () => {
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T07:00:00Z');
    await replace(world.ctx, file({}, { key: 'other.csv' }), by);
    await driver.until('2026-11-21T08:00:00Z');
    await upload({ at: '2026-11-21T08:00:00Z' });
    expect(outcome('2026-11-21T06:00:00Z', 1)).toEqual(['missed recovered']);
  });

  it.each([
    ['2026-11-24T12:00:00Z', 'before', 1],
    ['2026-11-24T12:00:01Z', 'after', 0],
  ])(
    'of %s, %s everything of the deleted expectation was given up, is recorded %d times',
    async (at, _, times) => {
      await create(world.ctx, file(), by);
      await changeStatus(world.ctx, { team: 'data', id: 'orders' }, 'deleted', by);
      world.clock.set(at);
      const object = { bucket: 'acme', key: 'latest.csv', size: 1, etag: 'e', at: Date.parse(at) };
      expect(await recordObject(world.ctx, object)).toBe(times);
    },
  );

  it('is no folder marker', async () => {
    await create(world.ctx, file({}, { key: 'in/*' }), by);
    const folder = { bucket: 'acme', key: 'in/', size: 0, etag: 'e', at: world.clock.now };
    expect(await recordObject(world.ctx, folder)).toBe(0);
  });
});

describe('an object of a bucket that sends no events', () => {
  it('that replication brought late recovers the deadline, although it bears the time of its source', async () => {
    await create(world.ctx, file({ id: 'replica' }), by);
    await driver.until('2026-11-21T06:05:00Z');
    await upload({ lastModified: '2026-11-21T05:50:00Z' });
    await driver.until('2026-11-21T08:00:00Z');
    expect(outcome('2026-11-21T06:00:00Z')).toEqual(['missed recovered']);
  });

  it('that lay there too small when it was missed is not taken for a late arrival', async () => {
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T05:00:00Z');
    await upload({ lastModified: '2026-11-21T05:00:00Z', size: 0 });
    await driver.until('2026-11-21T09:00:00Z');
    expect(outcome('2026-11-21T06:00:00Z')).toEqual(['missed open']);
  });

  it('that came between limit and look is late by its own time, not by the time of the look', async () => {
    await create(world.ctx, file({ settle: '10m' }), by);
    await driver.until('2026-11-21T06:03:00Z');
    await upload({ lastModified: '2026-11-21T06:03:00Z' });
    await driver.until('2026-11-21T08:00:00Z');
    expect(outcome('2026-11-21T06:00:00Z')).toEqual(['missed recovered']);
    expect(
      world.deadlines
        .all()
        .filter(({ breach }) => breach)
        .map(late),
    ).toEqual([3]);
  });
});

describe('a multipart upload that the look saw, begun in time and completed in the settle time', () => {
  it('serves one deadline, also when its event comes later', async () => {
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T06:00:10Z');
    await upload({ lastModified: '2026-11-21T05:00:00Z', etag: 'abc-2' });
    await driver.until('2026-11-21T06:01:00Z');
    await upload({ at: '2026-11-21T06:00:10Z', etag: 'abc-2' });
    expect(outcome('2026-11-21T06:00:00Z')).toEqual(['met']);
    await driver.until('2026-11-22T06:05:00Z');
    expect(outcome('2026-11-22T06:00:00Z')).toEqual(['missed open']);
  });

  it('is late when its event has told so before', async () => {
    await create(world.ctx, file(), by);
    await driver.until('2026-11-21T06:00:10Z');
    await upload({ at: '2026-11-21T06:00:10Z', lastModified: '2026-11-21T05:00:00Z', etag: 'abc-2' });
    await driver.until('2026-11-21T08:00:00Z');
    expect(outcome('2026-11-21T06:00:00Z')).toEqual(['missed recovered']);
  });
});

describe('a check-in on a grid of one minute', () => {
  it('reads some deadlines around it, not all that are not given up', async () => {
    await create(world.ctx, { id: 'beat', team: 'data', checkIn: {}, due: { every: '1m' }, notify: [] }, by);
    world.clock.advance(2 * 24 * 60 * MINUTE);
    await driver.until('2026-11-22T12:02:10Z');
    const between = world.deadlines.between.bind(world.deadlines);
    let read = 0;
    world.deadlines.between = async (...args) => {
      const found = await between(...args);
      read += found.length;
      return found;
    };
    await checkIn(world.ctx, { team: 'data', id: 'beat' }, { signal: 'success' });
    expect(read).toBeGreaterThan(1);
    expect(read).toBeLessThan(10);
    const recovered = world.deadlines.all().filter(({ breach }) => breach?.status === 'recovered');
    expect(recovered.map(({ occurrence }) => occurrence)).toEqual(['2026-11-22T12:02:00.000Z']);
    expect(world.deadlines.all().filter(openBreach)).toHaveLength(0);
  });
});
