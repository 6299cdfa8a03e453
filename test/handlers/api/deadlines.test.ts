import { beforeEach, describe, expect, test } from '@jest/globals';
import { recordObject } from '../../../functions/app/evidence/record-object.ts';
import { ApiClient, at } from './client.ts';
import { BREACH, DAILY, daily, MISSED, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const deadline = `${DAILY}/deadlines/${MISSED}`;

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
      { kind: 'transition', type: 'opened', seq: 1, reason: 'absent', at: '2026-11-21T05:00:00.000Z' },
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
    for (let n = 1; n <= 25; n++) await api.ok(`POST ${DAILY}/check-ins`, { body: { exitCode: n } });
    const list = await api.ok(`GET ${DAILY}/deadlines?status=missed`);
    expect(at(list, 'items', 0, 'evidence', 'length')).toBe(20);
    expect(at(list, 'items', 0, 'moreEvidence')).toBe(5);
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

describe('what people do about a breach', () => {
  beforeEach(async () => {
    await missDaily(api);
  });

  test('is in its timeline with who did it', async () => {
    api.world.clock.advance(1000);
    const acknowledged = await api.ok(`POST ${BREACH}/acknowledge`, { body: { text: 'on it' } });
    expect(acknowledged).toMatchObject({
      acknowledged: { by: expect.stringContaining('(editor)') as unknown },
    });
    api.world.clock.advance(1000);
    await api.ok(`POST ${BREACH}/notes`, { body: { text: 'ACME is down' }, as: 'admin' });
    api.world.clock.advance(1000);
    const closed = await api.ok(`POST ${BREACH}/close`, { body: { text: 'gave up' } });
    expect(closed).toMatchObject({ status: 'closed' });
    const { timeline } = await api.ok(`GET ${BREACH}`, { as: 'viewer' });
    expect(timeline).toMatchObject([
      { kind: 'transition', type: 'opened' },
      { kind: 'delivery' },
      { kind: 'acknowledged', text: 'on it', actor: expect.stringContaining('(editor)') as unknown },
      { kind: 'note', text: 'ACME is down', actor: expect.stringContaining('(admin)') as unknown },
      { kind: 'transition', type: 'closed' },
      { kind: 'note', text: 'gave up' },
    ]);
  });

  test('needs no words but for a note', async () => {
    expect((await api.send(`POST ${BREACH}/notes`)).status).toBe(400);
    expect((await api.send(`POST ${BREACH}/acknowledge`)).status).toBe(200);
    expect((await api.send(`POST ${BREACH}/close`)).status).toBe(200);
  });

  test('is refused when the breach is over, but for a note', async () => {
    await api.ok(`POST ${BREACH}/close`);
    const { status, body } = await api.send(`POST ${BREACH}/close`);
    expect(status).toBe(409);
    expect(body).toMatchObject({ detail: 'the breach is closed, not open' });
    expect((await api.send(`POST ${BREACH}/acknowledge`)).status).toBe(409);
    expect((await api.send(`POST ${BREACH}/notes`, { body: { text: 'later' } })).status).toBe(200);
  });

  test.each(['acknowledge', 'close', 'notes'])(
    '%s of what was not missed is answered with 404',
    async (verb) => {
      const pending = '2026-11-22T06:00~r1';
      const body = { text: 'x' };
      const answer = await api.send(`POST ${DAILY}/breaches/${pending}/${verb}`, { body });
      expect(answer.status).toBe(404);
      expect(
        await api.world.timeline.of({
          team: 'data',
          expectation: 'daily',
          occurrence: '2026-11-22T06:00',
          rev: 1,
        }),
      ).toEqual([]);
      expect((await api.send(`GET ${DAILY}/breaches/${pending}`)).body).toMatchObject({
        detail: 'deadline 2026-11-22T06:00~r1 of expectation daily has no breach: it is pending',
      });
    },
  );
});

describe('lists of breaches', () => {
  beforeEach(async () => {
    await missDaily(api);
    await api.driver.until('2026-11-22T05:00:30Z');
    await api.ok('PUT /v1/teams/data/expectations/other', {
      body: { checkIn: {}, due: { ...daily.due, at: '06:30' } },
      status: 201,
    });
    await api.driver.until('2026-11-22T05:31:00Z');
    await api.ok(`POST ${DAILY}/breaches/2026-11-22T06:00~r1/close`);
  });

  test.each([
    ['', ['other 2026-11-22T06:30~r1', 'daily 2026-11-22T06:00~r1', 'daily 2026-11-21T06:00~r1']],
    ['&expectation=daily', ['daily 2026-11-22T06:00~r1', 'daily 2026-11-21T06:00~r1']],
    ['&status=open', ['other 2026-11-22T06:30~r1']],
    ['&severity=medium', ['other 2026-11-22T06:30~r1']],
    ['&from=2026-11-22T05:00:00Z', ['other 2026-11-22T06:30~r1', 'daily 2026-11-22T06:00~r1']],
    ['&to=2026-11-22T05:00:00Z', ['daily 2026-11-21T06:00~r1']],
    ['&status=never', ['daily 2026-11-21T06:00~r1']],
    ['&status=recovered', []],
  ])('with %j', async (query, found) => {
    const { items } = await api.ok(`GET /v1/breaches?team=data${query}`, { as: 'viewer' });
    expect(
      (items as object[]).map((one) => `${String(at(one, 'expectation'))} ${String(at(one, 'id'))}`),
    ).toEqual(found);
  });

  test('of all teams are for operators, and of another team empty', async () => {
    expect((await api.ok('GET /v1/breaches', { as: 'watcher' }))['items']).toHaveLength(3);
    expect((await api.ok('GET /v1/breaches?team=finance', { as: 'stranger' }))['items']).toEqual([]);
  });

  test('reach 30 days back by default', async () => {
    api.world.clock.set('2026-12-21T05:00:00.001Z');
    const { items, from, to } = await api.ok('GET /v1/breaches?team=data');
    expect([from, to]).toEqual(['2026-11-21T05:00:00.001Z', '2026-12-21T05:00:00.002Z']);
    expect(items).toHaveLength(2);
  });
});

test('deadlines of what never existed are answered with 404', async () => {
  const { status, body } = await api.send('GET /v1/teams/data/expectations/nothing/deadlines');
  expect(status).toBe(404);
  expect(body).toMatchObject({ detail: 'team data has no expectation nothing' });
  expect((await api.send(`GET ${deadline}`)).status).toBe(404);
});
