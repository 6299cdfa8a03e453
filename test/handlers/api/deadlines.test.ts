import { beforeEach, describe, expect, test } from '@jest/globals';
import { Enough } from '../../../functions/app/evidence/enough.ts';
import { recordObject } from '../../../functions/app/evidence/record-object.ts';
import { recordRun } from '../../../functions/app/evidence/record-run.ts';
import { ApiClient, at } from './client.ts';
import { DAILY, daily, MISSED, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const deadline = `${DAILY}/deadlines/${MISSED}`;

test('the deadline of a run has the run, and where to look at it', async () => {
  await api.ok('PUT /v1/teams/data', { as: 'operator', body: { grants: [{ source: '*', job: '' }] } });
  const body = {
    ...{ id: 'load', team: 'data' },
    job: { source: 'glue', name: 'orders', finishesWithin: '1h' },
  };
  await api.ok('POST /v1/expectations', { body, status: 201 });
  const place = { account: '111122223333', region: 'eu-central-1' };
  const run = { source: 'glue' as const, job: 'orders', run: 'jr_17', ...place };
  const startedAt = api.world.ctx.now();
  await recordRun(api.world.ctx, { ...run, state: 'running', status: 'RUNNING', startedAt });
  const { items } = await api.ok('GET /v1/teams/data/expectations/load/deadlines');
  const link =
    'https://eu-central-1.console.aws.amazon.com/gluestudio/home?region=eu-central-1#/job/orders/run/jr_17';
  expect(items).toMatchObject([{ run: { ...run, link } }]);
});

describe('a deadline that was missed', () => {
  beforeEach(async () => {
    await missDaily(api);
  });

  test('shows the verdict, the breach and local times', async () => {
    expect(await api.ok(`GET ${deadline}`, { as: 'viewer' })).toMatchObject({
      id: MISSED,
      occurrence: '2026-11-21T06:00',
      rev: 1,
      status: 'missed',
      dueAt: '2026-11-21T05:00:00.000Z',
      dueLocal: 'Sat 2026-11-21 06:00',
      timezone: 'Europe/Berlin',
      expects: 'a check-in',
      breach: { status: 'open', reason: 'absent', severity: 'high', seen: 'no check-in' },
      evidence: [],
    });
  });

  test('shows who was told', async () => {
    const { timeline } = await api.ok(`GET ${deadline}`);
    expect(timeline).toMatchObject([
      { kind: 'transition', type: 'opened', seq: 1, reason: 'absent', at: '2026-11-21T05:00:01.000Z' },
      { kind: 'delivery', seq: 1, channel: 'mail', status: 'delivered', attempts: 1 },
    ]);
  });

  test('shows a failed delivery with its problem', async () => {
    api.world.senders.failure = 'mail.example.com answered 550';
    await api.driver.until('2026-11-21T06:20:00Z');
    await api.ok(`POST ${DAILY}/check-ins`);
    await api.driver.until('2026-11-21T06:20:01Z');
    const { timeline } = await api.ok(`GET ${deadline}`);
    expect(timeline).toContainEqual(
      expect.objectContaining({ seq: 2, status: 'retrying', problem: 'mail.example.com answered 550' }),
    );
  });

  test('shows what came late, and how late', async () => {
    await api.driver.until('2026-11-21T06:20:00Z');
    await api.ok(`POST ${DAILY}/check-ins`, { body: { body: 'done' } });
    const answer = await api.ok(`GET ${deadline}`);
    expect(answer).toMatchObject({
      status: 'missed',
      breach: {
        status: 'recovered',
        lateSeconds: 4800,
        late: '1 h 20 min',
        arrivedAt: '2026-11-21T06:20:00.000Z',
      },
      evidence: [
        { accepted: true, serves: true, atLocal: 'Sat 2026-11-21 07:20', checkIn: { body: 'done' } },
      ],
    });
    expect(at(answer, 'timeline', 2)).toMatchObject({
      type: 'recovered',
      lateSeconds: 4800,
      late: '1 h 20 min',
    });
  });

  test('does not share what came with the deadline after it', async () => {
    await api.driver.until('2026-11-21T06:20:00Z');
    await api.ok(`POST ${DAILY}/check-ins`);
    await api.driver.until('2026-11-21T06:30:00Z');
    await api.ok(`POST ${DAILY}/check-ins`);
    const { items } = await api.ok(`GET ${DAILY}/deadlines?to=2026-11-22T06:00:00Z`);
    expect(items).toMatchObject([
      { occurrence: '2026-11-22T06:00', evidence: [{ at: '2026-11-21T06:30:00.000Z', serves: false }] },
      {
        occurrence: '2026-11-21T06:00',
        evidence: [
          { at: '2026-11-21T06:20:00.000Z', serves: true },
          { at: '2026-11-21T06:30:00.000Z', accepted: true, serves: false },
        ],
      },
    ]);
  });

  test('shows failures that were reported, with the reason why they do not count', async () => {
    await api.driver.until('2026-11-21T06:20:00Z');
    await api.ok(`POST ${DAILY}/check-ins`, { body: { exitCode: 3 } });
    const { evidence } = await api.ok(`GET ${deadline}`);
    expect(evidence).toMatchObject([{ accepted: false, serves: false, rejected: 'failed with exit code 3' }]);
  });

  test('shows bodies of check-ins alone, not in lists', async () => {
    await api.driver.until('2026-11-21T06:20:00Z');
    await api.ok(`POST ${DAILY}/check-ins`, { body: { body: 'done' } });
    const list = await api.send(`GET ${DAILY}/deadlines?status=missed`);
    expect(at(list.body, 'items', 0, 'evidence', 0, 'checkIn')).toEqual({ signal: 'success' });
  });

  test('shows only the newest of much evidence, and says how much more there is', async () => {
    await api.driver.until('2026-11-21T06:20:00Z');
    for (let n = 1; n <= 25; n++) {
      api.world.clock.advance(1000);
      await api.ok(`POST ${DAILY}/check-ins`, { body: { exitCode: n } });
    }
    const list = await api.ok(`GET ${DAILY}/deadlines?status=missed`);
    expect(at(list, 'items', 0, 'evidence', 'length')).toBe(20);
    expect(at(list, 'items', 0, 'moreEvidence')).toBe(5);
    expect(at(list, 'items', 0, 'evidence', 19, 'checkIn', 'exitCode')).toBe(25);
    expect(at(await api.ok(`GET ${deadline}`), 'evidence', 'length')).toBe(25);
  });
});

test('evidence is shown with the deadline whose date it names, rejected or not', async () => {
  const { world, driver } = api;
  world.clock.set('2026-11-19T12:00:00Z');
  world.objects.createBucket('acme');
  const file = { bucket: 'acme', key: 'orders/{yyyy}{MM}{dd}.csv' };
  const { id: _id, checkIn: _checkIn, ...rest } = daily;
  await api.ok('POST /v1/expectations', { body: { ...rest, id: 'orders', file }, status: 201 });
  const object = (key: string, size: number, iso: string) => {
    world.clock.set(iso);
    return recordObject(world.ctx, { bucket: 'acme', key, size, etag: key, at: Date.parse(iso) });
  };
  await object('orders/20261121.csv', 0, '2026-11-20T04:00:00Z');
  await object('orders/20261120.csv', 9, '2026-11-20T04:30:00Z');
  await driver.until('2026-11-20T05:01:00Z');
  const { items } = await api.ok('GET /v1/teams/data/expectations/orders/deadlines?to=2026-11-21T06:00:00Z');
  expect(items).toMatchObject([
    {
      status: 'pending',
      evidence: [
        { accepted: false, rejected: '0 bytes, at least 1 expected', object: { key: 'orders/20261121.csv' } },
      ],
    },
    { status: 'met', evidence: [{ accepted: true, serves: true, object: { key: 'orders/20261120.csv' } }] },
  ]);
});

test('a flood of objects is kept in part, and its deadline says about how much more came', async () => {
  const { world } = api;
  world.clock.set('2026-11-21T04:00:00Z');
  world.objects.createBucket('acme');
  const { id: _id, checkIn: _checkIn, ...rest } = daily;
  const file = { bucket: 'acme', key: 'orders/*.csv' };
  await api.ok('POST /v1/expectations', { body: { ...rest, id: 'hot', file }, status: 201 });
  const enough = new Enough();
  for (let index = 0; index < 300; index++) {
    world.clock.advance(1000);
    const object = { bucket: 'acme', key: `orders/${index}.csv`, size: 9, etag: `e${index}` };
    await recordObject(world.ctx, { ...object, at: world.clock.now }, enough);
  }
  const hot = await api.ok('GET /v1/teams/data/expectations/hot/deadlines/2026-11-21T06:00~r1');
  const kept = Number(at(hot, 'evidence', 'length'));
  expect(kept).toBeLessThan(60);
  // Counted with each doubling: between a half of it and all.
  expect(at(hot, 'evidenceNotKept')).toBe(256);
  expect(at(await api.ok('GET /v1/teams/data/expectations/hot/deadlines'), 'items', 0)).not.toHaveProperty(
    'evidenceNotKept',
  );
});

test('deadlines of what never existed are answered with 404', async () => {
  const { status, body } = await api.send('GET /v1/teams/data/expectations/nothing/deadlines');
  expect(status).toBe(404);
  expect(body).toMatchObject({ detail: 'team data has no expectation nothing' });
  expect((await api.send(`GET ${deadline}`)).status).toBe(404);
});
