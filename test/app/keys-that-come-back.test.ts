import { beforeEach, describe, expect, it } from '@jest/globals';
import { check } from '../../functions/app/deadlines/check.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T00:00:00Z' });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [{ bucket: 'acme', prefix: '' }], createdAt: 0, version: 0 });
  world.objects.createBucket('acme', false);
});

const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };
const dump = (key: string, due: object = daily) => ({
  ...{ id: 'dump', team: 'data', file: { bucket: 'acme', key }, due },
});
const put = (key: string, at: string) => {
  world.objects.put('acme', { key, size: 9, etag: 'e', lastModified: Date.parse(at) });
};
const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending')
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .map(({ occurrence, status }) => `${occurrence} ${status}`);

describe('a key with date tokens that other days have, too, is judged by its window', () => {
  it.each([
    ['the hour', 'dump-{HH}.csv', 'dump-06.csv'],
    ['the month', 'dump-{yyyy-MM}.csv', 'dump-2026-11.csv'],
    ['the year', '{yyyy}/dump.csv', '2026/dump.csv'],
    ['the weekday', 'dump-{EEE}.csv', 'dump-Sat.csv'],
  ])('%s: what came the day before the window is not for it', async (_name, pattern, key) => {
    await create(world.ctx, dump(pattern), { by: 'tester' });
    put(key, '2026-11-20T05:50:00Z');
    await driver.until('2026-11-21T06:01:00Z');
    expect(verdicts()).toContain('2026-11-21T06:00 missed');
  });

  it('the day, with a deadline each hour: the last file of a producer that died serves one hour', async () => {
    await create(world.ctx, dump('dump-{yyyy-MM-dd}.csv', { cron: '0 * * * *', timezone: 'UTC' }), {
      by: 'tester',
    });
    await driver.until('2026-11-20T01:40:00Z');
    put('dump-2026-11-20.csv', '2026-11-20T01:40:00Z');
    await driver.until('2026-11-20T04:01:00Z');
    expect(verdicts()).toEqual([
      '2026-11-20T01:00 missed',
      '2026-11-20T02:00 met',
      '2026-11-20T03:00 missed',
      '2026-11-20T04:00 missed',
    ]);
  });

  it('two deadlines that have it get the same verdicts, whichever is judged first', async () => {
    world.objects.createBucket('acme', true);
    await create(world.ctx, dump('dump-{yyyy-MM-dd}.csv', { cron: '0 6,7 * * *', timezone: 'UTC' }), {
      by: 'tester',
    });
    put('dump-2026-11-20.csv', '2026-11-20T05:50:00Z');
    const [six, seven] = world.deadlines.all();
    world.clock.set('2026-11-20T07:01:00Z');
    await check(world.ctx, seven!);
    await check(world.ctx, six!);
    expect(verdicts()).toEqual(['2026-11-20T06:00 met', '2026-11-20T07:00 missed']);
  });
});

describe('a key with the whole date', () => {
  it('belongs to its date, days early', async () => {
    await create(world.ctx, dump('dump-{yyyy}/{MM}/{dd}.csv'), { by: 'tester' });
    put('dump-2026/11/22.csv', '2026-11-20T05:50:00Z');
    await driver.until('2026-11-22T06:01:00Z');
    expect(verdicts().at(-1)).toBe('2026-11-22T06:00 met');
  });
});

describe('what could never be met, or would be missed for a lost event, is refused', () => {
  it.each([
    ['two objects of one key', { file: { bucket: 'acme', key: 'x.csv', minCount: 2 } }, 'file.minCount'],
    ['a silence of files', { due: { silentFor: '1h' }, file: { bucket: 'acme', key: 'x/*' } }, 'due'],
  ])('%s', async (_name, changes, field) => {
    await expect(create(world.ctx, { ...dump('x'), ...changes }, { by: 'tester' })).rejects.toMatchObject({
      problems: [expect.objectContaining({ field })],
    });
  });
});
