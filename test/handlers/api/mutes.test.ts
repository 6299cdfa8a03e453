import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient } from './client.ts';
import { BREACH, daily, DAILY, MISSED } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
  api.world.clock.set('2026-11-21T04:00:00Z');
});

const MUTES = '/v1/teams/data/mutes';

describe('mutes', () => {
  test('are made for a length of time, listed, and ended', async () => {
    const body = { for: '4h', expectations: ['daily'], why: 'the warehouse moves' };
    const made = await api.ok(`POST ${MUTES}`, { body, status: 201 });
    expect(made).toMatchObject({
      ...{ expectations: ['daily'], why: 'the warehouse moves' },
      ...{ from: '2026-11-21T04:00:00.000Z', until: '2026-11-21T08:00:00.000Z' },
    });
    expect(await api.ok(`GET ${MUTES}`, { as: 'viewer' })).toEqual({ items: [made] });
    await api.ok(`DELETE ${MUTES}/${String(made['id'])}`, { status: 204 });
    expect(await api.ok(`GET ${MUTES}`)).toEqual({ items: [] });
  });

  test('are made until an instant, in any zone, from a later one on', async () => {
    const body = { from: '2026-11-21T06:00:00+01:00', until: '2026-11-21T09:00:00+01:00' };
    expect(await api.ok(`POST ${MUTES}`, { body, status: 201 })).toMatchObject({
      ...{ from: '2026-11-21T05:00:00.000Z', until: '2026-11-21T08:00:00.000Z' },
    });
  });

  test.each([
    [{}, 'until', 'must be given, or for, and not both'],
    [{ for: '1h', until: '2026-11-21T08:00:00Z' }, 'until', 'must be given, or for, and not both'],
    [{ until: '2026-11-21T08:00:00' }, 'until', /^must be an instant with its offset/],
    [{ until: '2026-11-21T04:00:00Z' }, 'until', /^must be after 2026-11-21T04:00:00.000Z/],
    [{ for: 'soon' }, 'for', /^must be a length such as/],
    [{ for: '1h', expectations: [] }, 'expectations', 'must be a list of 1 to 50 entries'],
    [{ for: '1h', expectations: ['[a'] }, 'expectations.0', /./],
    [{ for: '1h', teams: ['other'] }, 'teams', /^is not a known field/],
  ])('%j is refused', async (body, field, message) => {
    const { status, body: problem } = await api.send(`POST ${MUTES}`, { body });
    expect(status).toBe(400);
    expect(problem).toMatchObject({
      errors: [{ field, message: typeof message === 'string' ? message : expect.stringMatching(message) }],
    });
    expect(await api.ok(`GET ${MUTES}`)).toEqual({ items: [] });
  });

  test('are for editors of the team', async () => {
    const { status } = await api.send(`POST ${MUTES}`, { body: { for: '1h' }, as: 'viewer' });
    expect(status).toBe(403);
  });

  test('that are not there cannot be ended', async () => {
    expect((await api.send(`DELETE ${MUTES}/nothing`)).status).toBe(404);
  });

  test('are seen on the breach and in its timeline', async () => {
    await api.ok('POST /v1/expectations', { body: daily, status: 201 });
    await api.ok(`POST ${MUTES}`, { body: { for: '4h' }, status: 201 });
    await api.driver.until('2026-11-21T05:00:30Z');
    expect(await api.ok(`GET ${BREACH}`)).toMatchObject({ mutedUntil: '2026-11-21T08:00:00.000Z' });
    const { timeline } = await api.ok(`GET ${DAILY}/deadlines/${MISSED}`);
    expect(timeline).toMatchObject([{ kind: 'transition', type: 'opened', muted: true }]);
    expect(api.world.senders.sent).toEqual([]);
  });
});
