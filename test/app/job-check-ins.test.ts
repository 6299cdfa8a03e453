import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkIn, checkInByToken } from '../../functions/app/evidence/check-in.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { create, renewToken, replace } from '../../functions/app/expectations/register.ts';
import type { Signal } from '../../functions/core/evidence.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'backup' };
const at4 = { at: '04:00', days: 'daily', timezone: 'UTC' };

let world: MemoryWorld;
let driver: Driver;

async function begin(before?: () => void): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', ...(before ? { before } : {}) });
  driver = new Driver(world);
  const grants = [{ source: 'custom' as const, job: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  await world.teams.save({ id: 'other', grants, createdAt: 0, version: 0 });
}

beforeEach(() => begin());

const backup = ({ job = {}, ...changes }: { job?: object; [name: string]: unknown } = {}) => ({
  ...{ ...ref, job: { source: 'custom', name: 'backup', ...job } },
  ...changes,
});

const within = { job: { finishesWithin: '45m' } };

/** `start 01:00:00`, or with the id of the run behind: `start 01:00:00 a`; on 21 November. */
async function signal(told: string, to = ref): Promise<void> {
  const [what, time, id] = told.split(' ');
  await driver.until(`2026-11-21T${time ?? ''}Z`);
  await checkIn(world.ctx, to, { signal: what as Signal, id });
}

const verdicts = async (until: string, id = ref.id) => {
  await driver.until(`2026-11-21T${until}Z`);
  return world.deadlines
    .all()
    .filter(({ status, expectation }) => status !== 'pending' && expectation === id)
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .map(({ local, status, breach }) =>
      [local.slice(5), status, breach?.reason, breach?.status].filter(Boolean).join(' '),
    );
};

describe('a custom job that checks in and is due by four', () => {
  it.each([
    ['its end alone, in time', ['success 04:00:00'], 'met'],
    ['its end alone, a second late', ['success 04:00:01'], 'missed not-started recovered'],
    ['start and end', ['start 03:00:00', 'success 03:50:00'], 'met'],
    ['no end', ['start 03:00:00'], 'missed still-running open'],
    ['failure', ['start 03:00:00', 'failure 03:10:00'], 'missed failed open'],
    ['success after a failure', ['failure 03:00:00', 'success 03:10:00'], 'met'],
    ['nothing', [], 'missed not-started open'],
  ])('%s', async (_, signals, verdict) => {
    await create(world.ctx, backup({ due: at4, settle: '0s' }), by);
    for (const one of signals) await signal(one);
    expect(await verdicts('04:05:00')).toEqual([`11-21 04:00 ${verdict}`]);
  });

  it('has started by then when that is what must be had', async () => {
    await create(world.ctx, backup({ due: at4, job: { mustHave: 'started' } }), by);
    await signal('start 04:00:00');
    expect(await verdicts('04:05:00')).toEqual(['11-21 04:00 met']);
  });

  it('counts a repeated end once where two runs are needed', async () => {
    await create(world.ctx, backup({ due: at4, job: { minCount: 2 } }), by);
    for (const one of ['success 03:00:00 a', 'success 03:01:00 a']) await signal(one);
    expect(world.evidence.of(ref)).toHaveLength(1);
    expect(await verdicts('04:05:00')).toEqual(['11-21 04:00 missed insufficient open']);
  });
});

describe('a custom job that checks in, of which each run finishes within 45 minutes', () => {
  it.each([
    ['ends in time', ['start 01:00:00', 'success 01:45:00'], ['11-21 01:45 met']],
    ['ends late', ['start 01:00:00', 'success 01:45:01'], ['11-21 01:45 missed still-running recovered']],
    ['hangs', ['start 01:00:00'], ['11-21 01:45 missed still-running open']],
    ['fails', ['start 01:00:00', 'failure 01:10:00'], ['11-21 01:45 missed failed open']],
    ['has no start and succeeds', ['success 01:00:00'], []],
    ['has no start and fails', ['failure 01:00:00'], ['11-21 01:45 missed failed open']],
    [
      'overlaps another: without an id the end is that of the later one',
      ['start 01:00:00', 'start 01:10:00', 'success 01:20:00'],
      ['11-21 01:45 missed still-running open', '11-21 01:55 met'],
    ],
    [
      'overlaps another: two ends end both',
      ['start 01:00:00', 'start 01:10:00', 'success 01:20:00', 'success 01:30:00'],
      ['11-21 01:45 met', '11-21 01:55 met'],
    ],
    [
      'overlaps another, each with its id',
      ['start 01:00:00 a', 'start 01:10:00 b', 'success 01:20:00 a'],
      ['11-21 01:45 met', '11-21 01:55 missed still-running open'],
    ],
    [
      'is told again and again under one id',
      ['start 01:00:00 a', 'start 01:00:30 a', 'success 01:40:00 a', 'success 01:50:00 a'],
      ['11-21 01:45 met'],
    ],
    ['is told to begin after its end', ['success 01:10:00 a', 'start 01:10:05 a'], []],
    [
      'ended hours after it began',
      ['start 01:00:00', 'success 06:00:00'],
      ['11-21 01:45 missed still-running recovered'],
    ],
  ])('%s', async (_, signals, expected) => {
    await create(world.ctx, backup(within), by);
    for (const one of signals) await signal(one);
    expect(await verdicts('06:30:00')).toEqual(expected);
  });

  it('finds the start of a run among hundreds of others', async () => {
    await create(world.ctx, backup({ job: { finishesWithin: '5m' } }), by);
    for (let minute = 0; minute < 240; minute++) {
      const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      await signal(`start ${time}:00`);
      await signal(`success ${time}:30`);
    }
    const met = await verdicts('05:00:00');
    expect(met).toHaveLength(240);
    expect(met.filter((one) => !one.endsWith(' met'))).toEqual([]);
  });

  it('refuses an id that comes back with the next run, instead of hiding the run', async () => {
    await create(world.ctx, backup(within), by);
    for (const one of ['start 01:00:00 same', 'success 01:10:00 same']) await signal(one);
    await expect(signal('start 03:00:00 same')).rejects.toThrow(
      'run same began Sat 2026-11-21 01:00 UTC: each run needs an id of its own',
    );
    await expect(signal('success 03:10:00 same')).rejects.toThrow('run same ended Sat 2026-11-21 01:10 UTC');
  });

  it('loses nothing when a request breaks off after any step and is repeated', async () => {
    for (let step = 1; step <= 20; step++) {
      let left = Infinity;
      await begin(() => {
        left -= 1;
        if (left === 0) throw new Error('the process died');
      });
      await create(world.ctx, backup({ ...within, due: at4 }), by);
      await create(world.ctx, backup({ id: 'pattern', due: at4, job: { name: 'back*' } }), by);
      for (const [first, again] of [
        ['start 01:00:00 a', 'start 01:00:10 a'],
        ['success 01:45:00 a', 'success 01:45:10 a'],
      ] as const) {
        await driver.until(`2026-11-21T${first.split(' ')[1] ?? ''}Z`);
        left = step;
        await signal(first).catch(() => undefined);
        left = Infinity;
        await signal(again);
      }
      // What never was recorded counts from when it was repeated.
      expect([step, await verdicts('04:05:00')]).toEqual([
        step,
        [
          expect.stringMatching(/^11-21 01:45(:10)? (met|missed still-running recovered)$/),
          '11-21 04:00 met',
        ],
      ]);
      expect([step, await verdicts('04:05:00', 'pattern')]).toEqual([step, ['11-21 04:00 met']]);
    }
  });

  it('may begin by a check-in and end by an event of the same run', async () => {
    await create(world.ctx, backup(within), by);
    await signal('start 01:00:00 run-7');
    await driver.until('2026-11-21T01:30:00Z');
    const place = { account: '', region: '' };
    const ended = { state: 'succeeded' as const, status: 'done', endedAt: world.ctx.now() };
    await recordRun(world.ctx, { source: 'custom', job: 'backup', run: 'run-7', ...place, ...ended });
    expect(await verdicts('02:00:00')).toEqual(['11-21 01:45 met']);
  });
});

describe('check-ins of a custom job', () => {
  it('keep the exit code and the last lines of the log', async () => {
    await create(world.ctx, backup(within), by);
    await signal('start 01:00:00');
    await checkIn(world.ctx, ref, { signal: 'failure', exitCode: 3, body: 'disk full' });
    expect(world.evidence.of(ref).find(({ run }) => run?.phase === 'ended')).toMatchObject({
      ...{ source: 'check-in', rejected: 'the run failed: exit code 3' },
      checkIn: { signal: 'failure', exitCode: 3, body: 'disk full' },
    });
  });

  it('serve all expectations of the team that want the job, and none of another team', async () => {
    await create(world.ctx, backup(within), by);
    const due = { due: at4, job: { name: 'back*' } };
    await create(world.ctx, backup({ ...due, id: 'pattern' }), by);
    await create(world.ctx, backup({ ...due, team: 'other', id: 'theirs' }), by);
    for (const one of ['start 03:00:00', 'success 03:10:00']) await signal(one);
    expect(await verdicts('04:05:00', 'pattern')).toEqual(['11-21 04:00 met']);
    const others = world.deadlines
      .all()
      .filter(({ team, status }) => team === 'other' && status === 'missed');
    expect(others).toHaveLength(1);
  });

  it('come by an address that the registration answers', async () => {
    const { token } = await create(world.ctx, backup(within), by);
    await checkInByToken(world.ctx, token ?? '', { signal: 'start' });
    expect(world.evidence.of(ref)).toHaveLength(1);
  });

  it.each([
    ['whose name is a pattern', { name: 'back*' }],
    ['of one account', { account: '123456789012' }],
    ['of one Region', { region: 'eu-west-1' }],
    ['with certain arguments', { arguments: { tier: 'gold' } }],
    ['of a service', { source: 'glue' }],
  ])('are not taken for a job %s', async (_, job) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
    const { token } = await create(world.ctx, backup({ job, due: at4 }), by);
    expect(token).toBeUndefined();
    await expect(checkIn(world.ctx, ref, { signal: 'success' })).rejects.toThrow('takes no check-ins');
    await expect(renewToken(world.ctx, ref)).rejects.toThrow('takes no check-ins');
  });

  it('are not taken any more when the name becomes a pattern', async () => {
    const { token } = await create(world.ctx, backup(within), by);
    await replace(world.ctx, backup({ job: { ...within.job, name: 'back*' } }), by);
    await expect(checkInByToken(world.ctx, token ?? '', { signal: 'start' })).rejects.toThrow(
      'takes no check-ins',
    );
  });
});
