import { beforeEach, describe, expect, it } from '@jest/globals';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { Invalid } from '../../functions/app/errors.ts';
import { changeStatus, create, replace } from '../../functions/app/expectations/register.ts';
import type { Run, RunSource } from '../../functions/core/run.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'nightly' };
const at4 = { at: '04:00', days: 'daily', timezone: 'UTC' };

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  await begin();
});

async function begin(before?: (port: string, method: string) => Promise<void> | undefined): Promise<void> {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z', ...(before ? { before } : {}) });
  driver = new Driver(world);
  const grants = [{ source: 'stepfunctions' as const, job: 'nightly' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
}

const nightly = ({ job = {}, ...changes }: { job?: object; [name: string]: unknown } = {}) => ({
  ...{ id: 'nightly', team: 'data', notify: ['hook'] },
  ...{ job: { source: 'stepfunctions', name: 'nightly-load', ...job } },
  ...changes,
});

/** A run as its service tells of it; times of 21 November. */
const run = (
  state: Run['state'],
  { from, to, name = 'one', status }: { from: string; to?: string; name?: string; status?: string },
): Run => ({
  ...{
    source: 'stepfunctions',
    job: 'nightly-load',
    run: name,
    account: '123456789012',
    region: 'eu-west-1',
  },
  state,
  status: status ?? { running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED' }[state],
  startedAt: Date.parse(`2026-11-21T${from}Z`),
  ...(to === undefined ? {} : { endedAt: Date.parse(`2026-11-21T${to}Z`) }),
});

/** The end of a run of which nobody tells when it began. */
const ended = (state: Run['state'], to: string): Run => {
  const { startedAt: _untold, ...end } = run(state, { from: to, to });
  return end;
};

/** The run happens, and its event comes a second after each of its states. */
async function told(one: Run): Promise<void> {
  await driver.until(new Date((one.endedAt ?? one.startedAt ?? 0) + 1000).toISOString());
  world.runs.put(one);
  await recordRun(world.ctx, one);
}

const verdicts = () =>
  world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending' && status !== 'cancelled')
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .map(({ local, status, breach }) =>
      [local.slice(5), status, breach?.reason, breach?.status].filter(Boolean).join(' '),
    );

const alerts = () =>
  world.senders.sent.flatMap(({ message }) => message.alerts.map(({ type, seen }) => `${type}: ${seen}`));

const LINK = 'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/';

/** Of each alert, with the address of the run that it names. */
const links = () =>
  world.senders.sent.flatMap(({ message }) =>
    message.alerts.map(({ type, runLink }) => [type, runLink].filter(Boolean).join(' ')),
  );

describe('a job that must have succeeded by four', () => {
  it.each([
    ['a run that ended in time', [run('succeeded', { from: '03:00:00', to: '04:00:00' })], '11-21 04:00 met'],
    [
      'a run that ended a second late, while it was judged',
      [run('running', { from: '03:00:00' }), run('succeeded', { from: '03:00:00', to: '04:00:01' })],
      '11-21 04:00 missed still-running recovered',
    ],
    ['no run', [], '11-21 04:00 missed not-started open'],
    [
      'a run that failed',
      [run('failed', { from: '03:00:00', to: '03:10:00' })],
      '11-21 04:00 missed failed open',
    ],
    [
      'a run that failed, and another that did well',
      [
        run('failed', { from: '03:00:00', to: '03:10:00' }),
        run('succeeded', { from: '03:20:00', to: '03:50:00', name: 'two' }),
      ],
      '11-21 04:00 met',
    ],
    [
      'a run of another job',
      [{ ...run('succeeded', { from: '03:00:00', to: '03:30:00' }), job: 'weekly-load' }],
      '11-21 04:00 missed not-started open',
    ],
  ])('%s', async (_name, runs, verdict) => {
    await create(world.ctx, nightly({ due: at4 }), by);
    for (const one of runs) await told(one);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('is met by a run of which no event told, because it is looked for before anybody is paged', async () => {
    await create(world.ctx, nightly({ due: at4 }), by);
    world.runs.put(run('succeeded', { from: '03:00:00', to: '03:30:00' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met']);
    expect(alerts()).toEqual([]);
  });

  it('is inconclusive while the service cannot be asked, and judged when it can', async () => {
    await create(world.ctx, nightly({ due: at4 }), by);
    world.runs.put(run('succeeded', { from: '03:00:00', to: '03:30:00' }));
    world.runs.cause = 'access denied';
    await driver.until('2026-11-21T04:10:00Z');
    expect(verdicts()).toEqual([]);
    expect(alerts()).toEqual(['inconclusive: access denied']);
    world.runs.cause = undefined;
    await driver.until('2026-11-21T05:10:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met']);
  });

  it.each<[string, string, RunSource]>([
    ['succeeded', 'still-running', 'stepfunctions'],
    ['started', 'not-started', 'stepfunctions'],
    ['succeeded', 'still-running', 'custom'],
  ])('names a run that began before the window: %s, %s, of %s', async (mustHave, reason, source) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
    await create(world.ctx, nightly({ due: at4, window: '1h', job: { mustHave, source } }), by);
    const early = { ...run('running', { from: '02:00:00' }), source };
    await driver.until('2026-11-21T02:00:01Z');
    if (source === 'stepfunctions') world.runs.put(early);
    else await recordRun(world.ctx, early);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual([`11-21 04:00 missed ${reason} open`]);
    expect(alerts()).toEqual([
      'opened: run one began Sat 2026-11-21 02:00, before the window, and has not ended (RUNNING)',
    ]);
  });

  it.each([
    ['is asked whether it failed while it is known', undefined, '11-21 04:00 met'],
    ['has failed when it cannot be asked', 'throttled', '11-21 04:00 missed failed open'],
  ])('a task of ECS of which one container failed %s', async (_, cause, verdict) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: 'ecs', job: '' }] });
    const job = { source: 'ecs' as const, name: 'jobs/nightly-load' };
    await create(world.ctx, nightly({ due: at4, job }), by);
    const times = { from: '01:00:00', to: '01:30:00' };
    const ended = { ...run('succeeded', times), source: job.source, job: job.name };
    await driver.until('2026-11-21T01:30:01Z');
    world.runs.put(ended);
    world.runs.cause = cause;
    await recordRun(world.ctx, { ...ended, state: 'failed' });
    await driver.until('2026-11-21T02:30:00Z');
    world.runs.forget(ended);
    world.runs.cause = undefined;
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('names no run that ended before the window', async () => {
    await create(world.ctx, nightly({ due: at4, window: '1h' }), by);
    await told(run('succeeded', { from: '02:00:00', to: '02:30:00' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(alerts()).toEqual(['opened: no run']);
  });

  it('shows where to look at the run that was seen, and not at another that recovers it', async () => {
    await create(world.ctx, nightly({ due: at4 }), by);
    await told(run('failed', { from: '03:00:00', to: '03:10:00' }));
    await told(run('succeeded', { from: '04:10:00', to: '04:20:00', name: 'two' }));
    await driver.until('2026-11-21T04:30:00Z');
    expect(links()).toEqual([`opened ${LINK}one`, 'recovered']);
  });

  it('needs two runs when two are asked for', async () => {
    await create(world.ctx, nightly({ due: at4, job: { minCount: 2 } }), by);
    await told(run('succeeded', { from: '03:00:00', to: '03:30:00' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 missed insufficient open']);
  });

  it('asks for a start alone when that is what must be had', async () => {
    await create(world.ctx, nightly({ due: at4, job: { mustHave: 'started' } }), by);
    await told(run('running', { from: '03:59:59' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met']);
  });
});

describe('a job of which only runs with certain arguments count', () => {
  const gold = { source: 'custom', arguments: { tier: 'gold', region: 'eu-*' } };
  const given = (name: string, values: Run['arguments'], to = '03:30:00'): Run => ({
    ...run('succeeded', { from: '03:00:00', to, name }),
    ...{ source: 'custom', arguments: values },
  });

  beforeEach(async () => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
  });

  it.each<[string, Run[], string]>([
    ['those it has', [given('a', { tier: 'gold', region: 'eu-west-1', more: 'x' })], 'met'],
    ['another value', [given('a', { tier: 'silver', region: 'eu-west-1' })], 'missed not-started open'],
    ['not all of them', [given('a', { tier: 'gold' })], 'missed not-started open'],
    ['none that is told', [given('a', undefined)], 'missed not-started open'],
    [
      'one late among others in time',
      [given('a', { tier: 'silver' }), given('b', { tier: 'gold', region: 'eu-1' }, '04:00:01')],
      'missed still-running recovered',
    ],
  ])('%s', async (_, runs, verdict) => {
    await create(world.ctx, nightly({ due: at4, job: gold }), by);
    for (const one of runs) await told(one);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual([`11-21 04:00 ${verdict}`]);
  });

  it('are looked for with their arguments, where the service tells them', async () => {
    await create(world.ctx, nightly({ due: at4, job: { ...gold, source: 'codebuild' } }), by);
    const silver = { ...given('a', { tier: 'silver', region: 'eu-1' }), source: 'codebuild' as const };
    world.runs.put(silver);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 missed not-started open']);
    world.runs.put({ ...silver, run: 'b', arguments: { tier: 'gold', region: 'eu-1' } });
    await driver.until('2026-11-21T05:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 missed not-started withdrawn']);
  });

  it('are not those that counted before the arguments were asked for', async () => {
    await create(world.ctx, nightly({ due: at4, job: { source: 'custom' } }), by);
    await told(given('a', { tier: 'silver', region: 'eu-1' }));
    await replace(world.ctx, nightly({ due: at4, job: gold }), by);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 missed not-started open']);
  });

  it('each have their own deadline, and others have none', async () => {
    await create(world.ctx, nightly({ job: { ...gold, finishesWithin: '20m' } }), by);
    await told(given('a', { tier: 'silver' }));
    await told(given('b', { tier: 'gold', region: 'eu-1' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 03:20 missed still-running recovered']);
  });

  it('leave nothing of the values behind', async () => {
    await create(world.ctx, nightly({ due: at4, job: { source: 'custom' } }), by);
    await told(given('a', { token: 'hunter2' }));
    expect(JSON.stringify(world.evidence.of({ team: 'data', id: 'nightly' }))).not.toContain('hunter2');
  });

  it('are refused of services that do not tell them', async () => {
    const body = nightly({ due: at4, job: { arguments: { tier: 'gold' } } });
    await expect(create(world.ctx, body, by)).rejects.toMatchObject({
      problems: [
        { field: 'job.arguments', message: expect.stringContaining('batch, codebuild, ecs, custom') },
      ],
    });
  });
});

describe('a job of which each run finishes within 45 minutes', () => {
  const within = { job: { finishesWithin: '45m' } };

  it('warns that a run that never starts is not watched without a due', async () => {
    const { warnings } = await create(world.ctx, nightly(within), by);
    expect(warnings).toEqual([
      'there is no due: each run is watched, but a job that never starts is not missed',
    ]);
  });

  it.each<[RunSource, object, string]>([
    ['stepfunctions', { finishesWithin: '45m' }, 'a run whose events are lost is not found'],
    ['glue', {}, 'a run whose events are lost is not found'],
    ['glue', { finishesWithin: '45m' }, 'one that hangs is not seen'],
    ['glue', { mustHave: 'started' }, 'one that hangs is not seen'],
  ])('warns of what a pattern of names of %s hides: %j', async (source, job, warning) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source, job: '' }] });
    const body = nightly({ due: at4, job: { source, name: 'nightly-*', ...job } });
    expect((await create(world.ctx, body, by)).warnings).toEqual([expect.stringContaining(warning)]);
  });

  it.each([
    ['ends in time', '01:45:00', '11-21 01:45 met'],
    ['ends a second late', '01:45:01', '11-21 01:45 missed still-running recovered'],
  ])('a run that %s', async (_name, to, verdict) => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('succeeded', { from: '01:00:00', to }));
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts()).toEqual([verdict]);
  });

  it('announces one that hangs while it hangs, and how long it took when it ends well', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:45:30Z');
    expect(alerts()).toEqual(['opened: run one began Sat 2026-11-21 01:00 and has not ended (RUNNING)']);
    await told(run('succeeded', { from: '01:00:00', to: '02:12:00' }));
    await driver.until('2026-11-21T02:15:00Z');
    expect(alerts().slice(1)).toEqual([
      'recovered: run one ended Sat 2026-11-21 02:12 after 1 h 12 min: SUCCEEDED',
    ]);
  });

  it('announces how long one took that hangs and then fails, and where to look at it', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('failed', { from: '01:00:00', to: '02:12:00', status: 'TIMED_OUT' }));
    await driver.until('2026-11-21T02:15:00Z');
    expect(links()).toEqual([`opened ${LINK}one`, `gave-up ${LINK}one`]);
    expect(verdicts()).toEqual(['11-21 01:45 missed still-running never']);
    expect(alerts().at(-1)).toBe('gave-up: run one ended Sat 2026-11-21 02:12 after 1 h 12 min: TIMED_OUT');
  });

  it('announces one that fails at once, not after 45 minutes', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('failed', { from: '01:00:00', to: '01:03:00' }));
    expect(verdicts()).toEqual(['11-21 01:45 missed failed open']);
  });

  it('of a job that is due on weekdays is watched on a Saturday and on a holiday, too', async () => {
    const due = { at: '23:00', days: 'mon-fri', timezone: 'UTC', holidays: 'US' };
    await create(world.ctx, nightly({ ...within, due }), by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts().at(-1)).toBe('11-21 01:45 missed still-running open');
  });

  it('has one deadline, however its start is told', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    const exact = { startedAt: Date.parse('2026-11-21T01:00:00.750Z') };
    world.runs.put({ ...run('running', { from: '01:00:00' }), ...exact });
    await driver.until('2026-11-21T01:30:00Z');
    await told({ ...run('succeeded', { from: '01:00:00', to: '01:40:00' }), ...exact });
    await driver.until('2026-11-21T02:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 met']);
  });

  it('that hangs longer than it may when it is found at last is announced', async () => {
    await create(world.ctx, nightly(within), by);
    world.runs.cause = 'throttled';
    world.runs.put(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T05:00:00Z');
    world.runs.cause = undefined;
    await driver.until('2026-11-21T06:00:00Z');
    expect(verdicts().at(-1)).toBe('11-21 01:45 missed still-running open');
  });

  it('tells once when runs cannot be looked for during an hour, and asks with pauses that grow to an hour', async () => {
    await create(world.ctx, nightly(within), by);
    world.runs.cause = 'access to state machine nightly-load is denied';
    await driver.until('2026-11-21T00:00:00Z');
    const asked = world.runs.asked.slice(1);
    const pauses = asked.slice(1).map((at, index) => (at - (asked[index] ?? 0)) / 60_000);
    // The sweep, which comes every five minutes, looks 30 seconds after its time at the soonest.
    expect(pauses).toEqual([5, 5, 5, 10, 20, 35, ...Array.from({ length: 9 }, () => 65)]);
    expect(verdicts()).toEqual(['11-20 12:20 undetermined']);
    expect(alerts()).toEqual([
      'undetermined: access to state machine nightly-load is denied, so a run whose start no event told is not watched',
    ]);
    const known = await world.registrations.get(ref);
    expect(known?.inconclusive).toMatchObject({ cause: world.runs.cause, attempts: 16 });
    await plan(world.ctx, ref);
    expect(world.runs.asked.slice(1)).toEqual(asked);
    world.runs.cause = undefined;
    await driver.until('2026-11-21T02:00:00Z');
    expect(await world.registrations.get(ref)).not.toHaveProperty('inconclusive');
    expect(alerts()).toHaveLength(1);
  });

  it('tells nobody when runs cannot be looked for during less than an hour', async () => {
    await create(world.ctx, nightly(within), by);
    world.runs.cause = 'throttled';
    await driver.until('2026-11-20T12:50:00Z');
    world.runs.cause = undefined;
    await driver.until('2026-11-20T14:00:00Z');
    expect(world.deadlines.all()).toEqual([]);
  });

  it('judges what began and ended while nobody could look', async () => {
    await create(world.ctx, nightly(within), by);
    world.runs.cause = 'throttled';
    world.runs.put(run('succeeded', { from: '01:00:00', to: '01:50:00' }));
    world.runs.put(run('succeeded', { from: '01:00:00', to: '01:40:00', name: 'two' }));
    await driver.until('2026-11-21T09:00:00Z');
    world.runs.cause = undefined;
    await driver.until('2026-11-21T11:00:00Z');
    expect(verdicts().slice(1).toSorted()).toEqual([
      '11-21 01:45 met',
      '11-21 01:45 missed still-running recovered',
    ]);
  });

  it('and is due by a time: a run of today puts no new time of day off to tomorrow', async () => {
    await create(world.ctx, nightly({ ...within, due: at4 }), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('succeeded', { from: '01:00:00', to: '01:30:00' }));
    await driver.until('2026-11-21T02:00:00Z');
    await replace(world.ctx, nightly({ ...within, due: { ...at4, at: '05:00' } }), by);
    await driver.until('2026-11-21T05:10:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 met', '11-21 05:00 met']);
  });

  it.each([
    ['an edit', () => replace(world.ctx, nightly({ ...within, grace: '1m' }), by)],
    [
      'a pause',
      async () => {
        await changeStatus(world.ctx, { team: 'data', id: 'nightly' }, 'paused', by);
        await changeStatus(world.ctx, { team: 'data', id: 'nightly' }, 'active', by);
      },
    ],
  ])('that failed and was told is not told again after %s', async (_, act) => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('failed', { from: '01:00:00', to: '01:03:00' }));
    await driver.until('2026-11-21T01:10:00Z');
    await act();
    await driver.until('2026-11-21T04:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 missed failed open']);
    expect(alerts()).toHaveLength(1);
  });

  it('that hangs is announced at once when an edit allows less than it has taken', async () => {
    await create(world.ctx, nightly({ job: { finishesWithin: '3h' } }), by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T02:30:00Z');
    await replace(world.ctx, nightly({ job: { finishesWithin: '1h' } }), by);
    await driver.until('2026-11-21T02:31:00Z');
    expect(verdicts()).toEqual(['11-21 02:30 missed still-running open']);
  });

  it('is recovered at once, though other deadlines lie between', async () => {
    await create(world.ctx, nightly({ ...within, due: { every: '15m' }, notify: ['hook'] }), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('succeeded', { from: '01:00:00', to: '01:50:00' }));
    const own = world.deadlines.all().find(({ awaits }) => awaits.kind === 'run' && awaits.run !== undefined);
    expect(own?.breach).toMatchObject({ status: 'recovered', lateBy: 5 * 60_000 });
  });

  it('is met by what the service says when it ended, where the event says it a second later', async () => {
    await create(world.ctx, nightly({ due: at4 }), by);
    await told(run('running', { from: '03:00:00' }));
    const late = run('succeeded', { from: '03:00:00', to: '04:00:01' });
    await driver.until('2026-11-21T04:00:02Z');
    await recordRun(world.ctx, late);
    world.runs.put(run('succeeded', { from: '03:00:00', to: '03:59:59' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met']);
  });

  it('has started when its end alone was told', async () => {
    const { startedAt: _untold, ...ended } = run('succeeded', { from: '03:00:00', to: '03:30:00' });
    await create(world.ctx, nightly({ due: at4, job: { mustHave: 'started' } }), by);
    await told(ended);
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met']);
  });

  it.each([
    ['succeeded', '11-21 01:45 met', undefined],
    ['failed', '11-21 01:45 missed failed open', 'opened: run one ended Sat 2026-11-21 00:59:05: FAILED'],
  ] as const)('has %s, though by another clock that was before it began', async (state, verdict, alert) => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    const { startedAt: _untold, ...ended } = run(state, { from: '01:00:00', to: '00:59:05' });
    await recordRun(world.ctx, ended);
    await driver.until('2026-11-21T02:00:00Z');
    expect(verdicts()).toEqual([verdict]);
    expect(alerts()[0]).toBe(alert);
  });

  it('takes the success of a redrive for the run that failed', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await told(run('failed', { from: '01:00:00', to: '01:03:00' }));
    await told(run('running', { from: '02:00:00', name: 'one:redrive1' }));
    await told(run('succeeded', { from: '02:00:00', to: '02:20:00', name: 'one:redrive1' }));
    await driver.until('2026-11-21T03:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 missed failed recovered', '11-21 02:45 met']);
    expect(alerts().at(-1)).toBe(
      'recovered: run one:redrive1 ended Sat 2026-11-21 02:20 after 20 min: SUCCEEDED',
    );
  });

  it.each<[string, Run[], string]>([
    [
      'is met by a retry within its time, and nobody was paged before',
      [
        run('failed', { from: '01:00:00', to: '01:10:00', name: 'jr_1' }),
        run('running', { from: '01:11:00', name: 'jr_1_attempt_1' }),
        run('succeeded', { from: '01:11:00', to: '01:45:00', name: 'jr_1_attempt_1' }),
      ],
      '11-21 01:45 met',
    ],
    [
      'is missed when its time is over and no retry came',
      [run('failed', { from: '01:00:00', to: '01:10:00', name: 'jr_1' })],
      '11-21 01:45 missed failed open',
    ],
    [
      'is recovered by a retry that takes longer',
      [
        run('failed', { from: '01:00:00', to: '01:10:00', name: 'jr_1' }),
        run('succeeded', { from: '01:11:00', to: '02:00:00', name: 'jr_1_attempt_1' }),
      ],
      '11-21 01:45 missed failed recovered',
    ],
  ])('a run of Glue that fails %s', async (_, runs, verdict) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: 'glue', job: '' }] });
    await create(world.ctx, nightly({ job: { source: 'glue', finishesWithin: '45m' } }), by);
    for (const one of runs) await told({ ...one, source: 'glue' });
    await driver.until('2026-11-21T02:05:00Z');
    expect(verdicts()).toEqual([verdict]);
    if (verdict.endsWith('met')) expect(alerts()).toEqual([]);
  });

  it.each([
    ['nightly-load', 'of which no event told'],
    ['nightly-*', 'of which no event told, and whose runs are not listed'],
  ])('is met by the success of a retry of %s %s', async (name) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: 'glue', job: '' }] });
    await create(world.ctx, nightly({ job: { source: 'glue', name, finishesWithin: '45m' } }), by);
    const source = 'glue' as const;
    await told({ ...run('failed', { from: '01:00:00', to: '01:10:00', name: 'jr_1' }), source });
    await driver.until('2026-11-21T01:44:30Z');
    const retry = { from: '01:11:00', to: '01:44:00', name: 'jr_1_attempt_1' };
    world.runs.put({ ...run('succeeded', retry), source });
    await driver.until('2026-11-21T02:05:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 met']);
  });

  it.each<[RunSource, string]>([
    ['stepfunctions', 'load_2026-11-21_attempt_1'],
    ['custom', 'load_2026-11-21_attempt_1'],
    ['custom', 'load:redrive1'],
    ['custom', 'jr_1_attempt_2'],
  ])('watches a run of %s that somebody calls %s like any other', async (source, name) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
    await create(world.ctx, nightly({ job: { source, finishesWithin: '45m' } }), by);
    const [hanging = ''] = name.split(/_attempt_|:redrive/);
    await told({ ...run('running', { from: '01:00:00', name: hanging }), source });
    await told({ ...run('running', { from: '01:00:00', name }), source });
    await told({ ...run('succeeded', { from: '01:00:00', to: '01:20:00', name }), source });
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts().toSorted()).toEqual(['11-21 01:45 met', '11-21 01:45 missed still-running open']);
  });

  it('announces one that fails at once, also when its failure is told before its start', async () => {
    await create(world.ctx, nightly(within), by);
    const { startedAt: _untold, ...ended } = run('failed', { from: '01:00:00', to: '01:03:00' });
    await told(ended);
    await recordRun(world.ctx, run('running', { from: '01:00:00' }));
    expect(verdicts()).toEqual(['11-21 01:48 missed failed open']);
  });

  it('announces one that fails at once, also when the clock of the job is ahead of ours', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:45:04Z');
    await recordRun(world.ctx, run('failed', { from: '01:00:00', to: '01:45:05' }));
    expect(verdicts()).toEqual(['11-21 01:45 missed still-running never']);
  });

  it('announces one that could not even be started, once, whatever is told of it again', async () => {
    await create(world.ctx, nightly(within), by);
    const { startedAt: _never, ...failed } = run('failed', { from: '01:00:00', to: '01:03:00' });
    await told({ ...failed, status: 'TaskFailedToStart' });
    await driver.until('2026-11-21T01:03:30Z');
    for (const again of [1, 2]) {
      await driver.until(`2026-11-21T0${again}:30:00Z`);
      await recordRun(world.ctx, { ...failed, status: 'TaskFailedToStart' });
    }
    await driver.until('2026-11-21T03:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:48 missed failed open']);
    expect(alerts()).toEqual(['opened: run one ended Sat 2026-11-21 01:03: TaskFailedToStart']);
  });

  it('announces one that could not be started and of which no event told', async () => {
    await create(world.ctx, nightly(within), by);
    const { startedAt: _never, ...failed } = run('failed', { from: '01:00:00', to: '01:03:00' });
    await driver.until('2026-11-21T01:04:00Z');
    world.runs.put(failed);
    await driver.until('2026-11-21T03:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:48 missed failed open']);
  });

  it('does not announce one that could not be started before it was registered', async () => {
    const { startedAt: _never, ...failed } = run('failed', { from: '01:00:00', to: '01:03:00' });
    world.runs.put(failed);
    await driver.until('2026-11-21T01:10:00Z');
    await create(world.ctx, nightly(within), by);
    await driver.until('2026-11-21T03:00:00Z');
    expect(verdicts()).toEqual([]);
  });

  it('has one deadline when it was missed long before its failure was told, without its start', async () => {
    await create(world.ctx, nightly(within), by);
    await driver.until('2026-11-21T01:00:01Z');
    await recordRun(world.ctx, run('running', { from: '01:00:00' }));
    const { startedAt: _untold, ...failed } = run('failed', { from: '01:00:00', to: '05:00:00' });
    await driver.until('2026-11-21T05:00:00Z');
    await recordRun(world.ctx, failed);
    await driver.until('2026-11-21T07:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 missed still-running never']);
  });

  it('has one deadline when its start is told hours after its failure', async () => {
    await create(world.ctx, nightly(within), by);
    const { startedAt: _untold, ...failed } = run('failed', { from: '01:00:00', to: '05:00:00' });
    await driver.until('2026-11-21T05:00:00Z');
    await recordRun(world.ctx, failed);
    await recordRun(world.ctx, run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T07:00:00Z');
    expect(verdicts()).toEqual(['11-21 05:45 missed failed open']);
  });

  it('has one deadline, and is announced once, when its start and its failure are recorded at the same time', async () => {
    const both = Promise.withResolvers<undefined>();
    let creations = 0;
    const before = (port: string, method: string) => {
      if (`${port} ${method}` !== 'deadlines create') return undefined;
      creations += 1;
      if (creations === 2) both.resolve(undefined);
      return both.promise;
    };
    await begin(before);
    await create(world.ctx, nightly(within), by);
    const { startedAt: _untold, ...failed } = run('failed', { from: '01:00:00', to: '01:00:02' });
    await driver.until('2026-11-21T01:00:03Z');
    await Promise.all([
      recordRun(world.ctx, failed),
      recordRun(world.ctx, run('running', { from: '01:00:00' })),
    ]);
    await driver.until('2026-11-21T03:00:00Z');
    expect(creations).toBe(2);
    expect(verdicts()).toHaveLength(1);
    expect(alerts()).toEqual([expect.stringContaining('opened: run one ended Sat 2026-11-21 01:00:02')]);
  });

  it('is announced at once, though its start takes away the deadline by which its failure is being judged', async () => {
    const [judging, taken] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    let creations = 0;
    const before = (port: string, method: string) => {
      const call = `${port} ${method}`;
      if (call === 'deadlines create') creations += 1;
      if (call === 'deadlines create' && creations === 1) return judging.promise;
      if (call === 'schedules remove') taken.resolve(undefined);
      if (call !== 'deadlines getWithRegistration') return undefined;
      judging.resolve(undefined);
      return taken.promise;
    };
    await begin(before);
    await create(world.ctx, nightly(within), by);
    await driver.until('2026-11-21T01:00:03Z');
    await Promise.all([
      recordRun(world.ctx, run('running', { from: '01:00:00' })),
      recordRun(world.ctx, ended('failed', '01:00:02')),
    ]);
    expect(creations).toBe(2);
    expect(verdicts()).toEqual(['11-21 01:45 missed failed open']);
  });

  it.each<[string, Run[], string[]]>([
    [
      'is told to run again and again',
      ['01:00:00', '02:30:00', '04:00:00'].map((from) => run('running', { from })),
      ['11-21 04:00 missed still-running open'],
    ],
    [
      'fails after hours, without its start',
      [run('running', { from: '01:00:00' }), ended('failed', '03:30:00')],
      ['11-21 04:00 missed failed open'],
    ],
    [
      'has the id of one that is over',
      [
        ...[run('running', { from: '01:00:00' }), ended('succeeded', '01:10:00')],
        run('running', { from: '05:00:00' }),
      ],
      ['11-21 04:00 met', '11-21 08:00 missed still-running open'],
    ],
  ])('has one deadline when it %s', async (_, runs, expected) => {
    await create(world.ctx, nightly({ job: { finishesWithin: '3h' } }), by);
    for (const one of runs) await told(one);
    await driver.until('2026-11-21T12:00:00Z');
    expect(verdicts()).toEqual(expected);
  });

  it('has one deadline when it fails after days, without its start', async () => {
    await create(world.ctx, nightly({ job: { finishesWithin: '5d' } }), by);
    await driver.until('2026-11-21T01:00:01Z');
    await recordRun(world.ctx, run('running', { from: '01:00:00' }));
    await driver.until('2026-11-24T01:00:00Z');
    await recordRun(world.ctx, { ...ended('failed', '01:00:00'), endedAt: world.clock.now });
    await driver.until('2026-12-05T01:00:00Z');
    expect(verdicts()).toEqual(['11-26 01:00 missed failed never']);
  });

  it('judges overlapping runs, and two that began in one second, each by itself', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00', name: 'one' }));
    await told(run('running', { from: '01:00:00', name: 'two' }));
    await told(run('succeeded', { from: '01:00:00', to: '01:20:00', name: 'two' }));
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts().toSorted()).toEqual(['11-21 01:45 met', '11-21 01:45 missed still-running open']);
  });

  it('finds a run whose start no event told, and a hung one is announced', async () => {
    await create(world.ctx, nightly(within), by);
    await driver.until('2026-11-21T01:00:00Z');
    world.runs.put(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 missed still-running open']);
  });

  it('gives one deadline to a run of which all events come twice and in the wrong order', async () => {
    await create(world.ctx, nightly(within), by);
    const [began, ended] = [
      run('running', { from: '01:00:00' }),
      run('succeeded', { from: '01:00:00', to: '01:20:00' }),
    ];
    await told(ended);
    for (const one of [began, ended, began]) await recordRun(world.ctx, one);
    await driver.until('2026-11-21T02:00:00Z');
    expect(verdicts()).toEqual(['11-21 01:45 met']);
  });

  it('goes on watching a run that began before an edit, by the new rules', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:10:00Z');
    await replace(world.ctx, nightly({ job: { finishesWithin: '30m' } }), by);
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts()).toEqual(['11-21 01:30 missed still-running open']);
  });

  it('goes on watching one of which nobody can be asked, by what was told of it', async () => {
    const grants = [{ source: '*' as const, job: '' }];
    await world.teams.save({ id: 'data', grants, createdAt: 0, version: 1 });
    await create(world.ctx, nightly({ job: { source: 'custom', finishesWithin: '45m' } }), by);
    await told({ ...run('running', { from: '01:00:00' }), source: 'custom' });
    await driver.until('2026-11-21T01:10:00Z');
    await replace(world.ctx, nightly({ job: { source: 'custom', finishesWithin: '30m' } }), by);
    await driver.until('2026-11-21T01:50:00Z');
    expect(verdicts()).toEqual(['11-21 01:30 missed still-running open']);
  });

  it('asks when a run began of which only the end is told, as of Glue', async () => {
    await create(world.ctx, nightly(within), by);
    const ended = run('failed', { from: '01:00:00', to: '01:03:00' });
    await driver.until('2026-11-21T01:03:00Z');
    world.runs.put(ended);
    const { startedAt: _untold, ...end } = ended;
    await recordRun(world.ctx, end);
    expect(verdicts()).toEqual(['11-21 01:45 missed failed open']);
  });

  it('says how long a run took of whose end no start was told', async () => {
    await create(world.ctx, nightly(within), by);
    await told(run('running', { from: '01:00:00' }));
    const { startedAt: _untold, ...end } = run('succeeded', { from: '01:00:00', to: '02:00:00' });
    await driver.until('2026-11-21T02:00:01Z');
    await recordRun(world.ctx, end);
    await driver.until('2026-11-21T02:01:00Z');
    expect(alerts().at(-1)).toContain('after 1 h');
  });

  it('does not judge runs that were overdue before it was registered', async () => {
    await driver.until('2026-11-21T02:00:00Z');
    await create(world.ctx, nightly(within), by);
    await recordRun(world.ctx, run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T03:00:00Z');
    expect(world.deadlines.all()).toEqual([]);
  });

  it('watches nothing while it is paused', async () => {
    await create(world.ctx, nightly(within), by);
    await changeStatus(world.ctx, ref, 'paused', by);
    await told(run('running', { from: '01:00:00' }));
    await driver.until('2026-11-21T01:50:00Z');
    expect(world.deadlines.all()).toEqual([]);
  });

  it('and that must have succeeded by four: one run serves both', async () => {
    await create(world.ctx, nightly({ ...within, due: at4 }), by);
    await told(run('running', { from: '03:00:00' }));
    await told(run('succeeded', { from: '03:00:00', to: '03:30:00' }));
    await driver.until('2026-11-21T04:05:00Z');
    expect(verdicts()).toEqual(['11-21 03:45 met', '11-21 04:00 met']);
  });

  it('and that must have succeeded by four: one run serves both, also when its own deadline comes after', async () => {
    await create(world.ctx, nightly({ ...within, due: at4 }), by);
    await told(run('running', { from: '03:30:00' }));
    await told(run('succeeded', { from: '03:30:00', to: '03:59:00' }));
    await driver.until('2026-11-21T04:20:00Z');
    expect(verdicts()).toEqual(['11-21 04:00 met', '11-21 04:15 met']);
  });
});

describe('a service of which this deployment does not hear', () => {
  it('is refused with those of which it does, and others are not', async () => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
    const ctx = { ...world.ctx, jobSources: new Set(['stepfunctions', 'custom'] as const) };
    await create(ctx, nightly({ due: at4 }), by);
    await expect(
      create(ctx, nightly({ id: 'x', due: at4, job: { source: 'glue' } }), by),
    ).rejects.toMatchObject({
      problems: [
        {
          field: 'job.source',
          given: 'glue',
          message:
            'must be one of stepfunctions, custom: this deployment hears of no other jobs, an operator switches them on',
        },
      ],
    });
  });
});

describe('what is not allowed', () => {
  it.each([
    ['no due and no finishesWithin', nightly(), 'due'],
    ['a silence', nightly({ due: { silentFor: '1h' } }), 'due'],
    ['a job that is not granted', nightly({ due: at4, job: { name: 'weekly-load' } }), 'job.name'],
    ['a service that is not granted', nightly({ due: at4, job: { source: 'glue' } }), 'job.source'],
    ['two kinds', nightly({ due: at4, checkIn: {} }), 'job'],
  ])('%s', async (_name, body, field) => {
    await expect(create(world.ctx, body, by)).rejects.toMatchObject({
      problems: [expect.objectContaining({ field })],
    });
  });

  it.each<[RunSource, string, string[]]>([
    ['batch', 'price-run', ['job.name']],
    ['batch', 'price-*', ['job.name']],
    ['ecs', '*', ['job.name']],
    ['batch', 'production/price-*', []],
    ['ecs', '**', []],
    ['glue', 'price-*', []],
  ])('a name of %s that no run has: %s', async (source, name, fields) => {
    const team = await world.teams.get('data');
    await world.teams.save({ ...team!, grants: [{ source: '*', job: '' }] });
    const refused: unknown = await create(world.ctx, nightly({ due: at4, job: { source, name } }), by).catch(
      (error: unknown) => error,
    );
    const faulty = refused instanceof Invalid ? refused.problems.map(({ field }) => field) : [];
    expect(faulty).toEqual(fields);
  });
});
