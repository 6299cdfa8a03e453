import { beforeEach, describe, expect, it } from '@jest/globals';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { create, replace } from '../../functions/app/expectations/register.ts';
import { MINUTE, SECOND } from '../../functions/core/time.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'hot' };
const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };

let world: MemoryWorld;
let driver: Driver;
let enough: Enough;
let dying: string | undefined;

beforeEach(async () => {
  dying = undefined;
  const before = (port: string, method: string) => {
    if (dying === `${port}.${method}`) throw new Crash();
  };
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', before });
  driver = new Driver(world);
  enough = new Enough();
  const grants = [
    { bucket: 'acme', prefix: '' },
    { source: 'custom' as const, job: '' },
  ];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  world.objects.createBucket('acme');
});

const hot = (spec: object, changes: object = {}) => ({ ...ref, due: daily, notify: [], ...spec, ...changes });
const file = (changes: object = {}) => ({ file: { bucket: 'acme', key: 'in/*.csv', ...changes } });

/** So many objects, one a second from the instant on, each told a second later. */
async function objects(count: number, iso: string, { key = 'in/', size = 9, etag = '' } = {}): Promise<void> {
  for (let index = 0; index < count; index++) {
    const at = Date.parse(iso) + index * SECOND;
    world.clock.now = Math.max(world.clock.now, at + SECOND);
    const object = { key: `${key}${index}.csv`, size, etag: `e${index}${etag}` };
    await recordObject(world.ctx, { bucket: 'acme', ...object, at }, enough);
  }
}

const recorded = () => world.evidence.of(ref).length;
const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending' && status !== 'cancelled')
    .map(({ status, breach }) => [status, breach?.reason, breach?.status].filter(Boolean).join(' '));

describe('a flood of evidence for one deadline', () => {
  it.each([
    ['of one prefix', file(), {}, 'met'],
    ['of a folder with its date', file({ key: 'in/{yyyy-MM-dd}/*.csv' }), { key: 'in/2026-11-21/' }, 'met'],
    ['for several that must come', file({ minCount: 30 }), {}, 'met'],
    ['that is too small', file(), { size: 0 }, 'missed insufficient open'],
    [
      'in parts, of a folder with its date',
      file({ key: 'in/{yyyy-MM-dd}/*.csv' }),
      { key: 'in/2026-11-21/', etag: '-2' },
      'met',
    ],
  ])('%s is written in part', async (_name, spec, object, verdict) => {
    await create(world.ctx, hot(spec), by);
    await objects(2000, '2026-11-21T03:00:00Z', object);
    expect(recorded()).toBeLessThan(100);
    await driver.until('2026-11-21T06:01:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('of runs is written in part, and what is late is not', async () => {
    await create(world.ctx, hot({ job: { source: 'custom', name: 'load' } }), by);
    await driver.until('2026-11-21T06:01:00Z');
    for (let index = 0; index < 500; index++) {
      const at = Date.parse('2026-11-21T06:30:00Z') + index * SECOND;
      world.clock.now = at;
      const run = { source: 'custom' as const, job: 'load', run: `r${index}`, account: '', region: '' };
      const end = { state: 'succeeded' as const, status: 'OK', startedAt: at - MINUTE, endedAt: at };
      await recordRun(world.ctx, { ...run, ...end }, enough);
    }
    expect(recorded()).toBeLessThan(200);
    const [first] = world.deadlines.all();
    expect(first?.breach).toMatchObject({ status: 'recovered', lateBy: 30 * MINUTE });
  });

  it('in parts without a date is written whole: a look may know it by another time', async () => {
    await create(world.ctx, hot(file()), by);
    await objects(200, '2026-11-21T03:00:00Z', { etag: '-2' });
    expect(recorded()).toBe(200);
  });

  it('of one day leaves nothing out of the next', async () => {
    await create(world.ctx, hot(file({ minCount: 2 })), by);
    await objects(300, '2026-11-21T03:00:00Z');
    await driver.until('2026-11-21T12:00:00Z');
    await objects(2, '2026-11-22T03:00:00Z', { key: 'in/next-' });
    await driver.until('2026-11-22T06:01:00Z');
    expect(verdicts()).toEqual(['met', 'met']);
  });

  it('after the deadline was met by its date is written no more', async () => {
    await create(world.ctx, hot(file({ key: 'in/{yyyy-MM-dd}/*.csv' })), by);
    await objects(30, '2026-11-21T03:00:00Z', { key: 'in/2026-11-21/' });
    await driver.until('2026-11-21T06:01:00Z');
    const before = recorded();
    await objects(500, '2026-11-21T07:00:00Z', { key: 'in/2026-11-21/later-' });
    expect(recorded() - before).toBeLessThan(50);
  });
});

describe('what is needed is written', () => {
  it('when it is earlier than what is there already, and lateness follows it', async () => {
    enough = new Enough(0);
    await create(world.ctx, hot(file()), by);
    await driver.until('2026-11-21T06:01:00Z');
    world.clock.set('2026-11-21T08:00:00Z');
    const object = { bucket: 'acme', size: 9, etag: 'e' };
    dying = 'deadlines.save';
    const late = { ...object, key: 'in/late.csv', at: Date.parse('2026-11-21T07:30:00Z') };
    await expect(recordObject(world.ctx, late, enough)).rejects.toThrow(Crash);
    dying = undefined;
    await recordObject(
      world.ctx,
      { ...object, key: 'in/a.csv', at: Date.parse('2026-11-21T07:00:00Z') },
      enough,
    );
    expect(world.deadlines.all()[0]?.breach).toMatchObject({ status: 'recovered', lateBy: 60 * MINUTE });
  });

  it('also as proof of the time before, which comes after the recovery', async () => {
    enough = new Enough(0);
    await create(world.ctx, hot(file()), by);
    await driver.until('2026-11-21T06:01:00Z');
    await objects(50, '2026-11-21T07:00:00Z');
    await objects(1, '2026-11-21T05:59:59Z', { key: 'in/proof-' });
    expect(verdicts()).toEqual(['missed absent withdrawn']);
  });

  it('when whoever wrote it died before the deadline knew, and it comes again', async () => {
    enough = new Enough(0);
    await create(world.ctx, hot(file({ minCount: 2 })), by);
    await driver.until('2026-11-21T06:01:00Z');
    world.clock.set('2026-11-21T07:10:00Z');
    const one = (key: string, time: string) => ({
      ...{ bucket: 'acme', key, size: 9, etag: key, at: Date.parse(`2026-11-21T${time}Z`) },
    });
    const [first, second] = [one('in/a.csv', '07:00:00'), one('in/b.csv', '07:05:00')];
    await recordObject(world.ctx, second, enough);
    dying = 'deadlines.between';
    await expect(recordObject(world.ctx, first, enough)).rejects.toThrow(Crash);
    dying = undefined;
    for (let times = 0; times < 2; times++) await recordObject(world.ctx, first, enough);
    expect(verdicts()).toEqual(['missed absent recovered']);
  });

  it('of a run whose start is known: its end, or it would seem to hang', async () => {
    enough = new Enough(0);
    await create(world.ctx, hot({ job: { source: 'custom', name: 'load' } }), by);
    const startedAt = Date.parse('2026-11-21T03:00:00Z');
    const run = { source: 'custom' as const, job: 'load', account: '', region: '', startedAt };
    const end = { state: 'succeeded' as const, status: 'OK' };
    world.clock.set('2026-11-21T04:00:00Z');
    await recordRun(world.ctx, { ...run, run: 'long', state: 'running', status: 'RUNNING' }, enough);
    for (let index = 0; index < 50; index++) {
      const endedAt = startedAt + (index + 1) * SECOND;
      const short = { ...run, ...end, run: `r${index}`, startedAt: endedAt - 1, endedAt };
      await recordRun(world.ctx, short, enough);
    }
    await recordRun(world.ctx, { ...run, ...end, run: 'long', endedAt: startedAt + 30 * MINUTE }, enough);
    const ids = world.evidence.of(ref).map(({ id }) => id);
    expect(ids).toContain('run custom long succeeded');
    expect(ids).not.toContain('run custom r49 succeeded');
  });

  it('for new rules that ask for more than the old ones, as far as some more was kept', async () => {
    await create(world.ctx, hot(file()), by);
    await objects(500, '2026-11-21T03:00:00Z');
    await replace(world.ctx, hot(file({ minCount: 20 })), by);
    await driver.until('2026-11-21T06:01:00Z');
    expect(verdicts()).toEqual(['met']);
  });
});
