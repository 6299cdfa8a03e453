import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';
import { BREACH, DAILY, daily, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
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
    expect([from, to]).toEqual(['2026-11-21T05:00:00.001Z', '2029-12-23T05:00:00.001Z']);
    expect(items).toHaveLength(2);
  });
});
