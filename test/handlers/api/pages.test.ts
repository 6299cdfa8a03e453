import { beforeEach, describe, expect, test } from '@jest/globals';
import { HOUR } from '../../../functions/core/time.ts';
import { ApiClient, at } from './client.ts';
import { DAILY, daily, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

/** Every entry of a list by `name`, page by page; time passes between the pages. */
async function walk(request: string, limit: number, name: string): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const joint = request.includes('?') ? '&' : '?';
    const next = cursor === undefined ? '' : `&cursor=${cursor}`;
    const body = await api.ok(`${request}${joint}limit=${limit}${next}`);
    pages.push((body['items'] as object[]).map((item) => String(at(item, name))));
    cursor = body['cursor'] as string | undefined;
    api.world.clock.advance(HOUR);
  } while (cursor !== undefined);
  return pages;
}

/** Three days are missed, and two lie ahead. */
async function missDays(): Promise<void> {
  await missDaily(api);
  await api.driver.until('2026-11-23T05:00:30Z');
}

describe('page by page', () => {
  test('expectations come in order of their ids', async () => {
    for (const id of ['e', 'b', 'd', 'a', 'c']) {
      await api.ok(`PUT /v1/teams/data/expectations/${id}`, {
        body: { checkIn: {}, due: { silentFor: '1h' } },
        status: 201,
      });
    }
    expect(await walk('GET /v1/teams/data/expectations', 2, 'id')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test.each([1, 2, 3, 5])('deadlines come newest first, each once (%i a page)', async (limit) => {
    await missDays();
    const { items } = await api.ok(`GET ${DAILY}/deadlines`);
    const all = (items as object[]).map((item) => String(at(item, 'id')));
    expect(all).toHaveLength(7);
    expect(all).toEqual(all.toSorted().reverse());
    const pages = await walk(`GET ${DAILY}/deadlines`, limit, 'id');
    expect(pages.flat()).toEqual(all);
    expect(pages).toHaveLength(Math.ceil(7 / limit));
  });

  test('breaches come newest first, each once', async () => {
    await missDays();
    const pages = await walk('GET /v1/breaches?team=data&severity=high', 2, 'occurrence');
    expect(pages).toEqual([['2026-11-23T06:00', '2026-11-22T06:00'], ['2026-11-21T06:00']]);
  });

  test('the range of the first page is that of the others, though time passes', async () => {
    await missDays();
    const first = await api.ok(`GET ${DAILY}/deadlines?limit=2`);
    api.world.clock.advance(60 * 24 * HOUR);
    const second = await api.ok(`GET ${DAILY}/deadlines?limit=2&cursor=${String(first['cursor'])}`);
    expect(second).toMatchObject({ from: first['from'], to: first['to'] });
    expect(second['items']).toHaveLength(2);
  });
});

describe('a cursor is refused', () => {
  const refused = {
    type: '/problems/not-valid',
    errors: [{ field: 'cursor', message: 'must be the cursor of the page before, with the same query' }],
  };
  let cursor: string;

  beforeEach(async () => {
    await missDays();
    cursor = String((await api.ok(`GET ${DAILY}/deadlines?limit=2`))['cursor']);
  });

  test.each([
    ['another status', `${DAILY}/deadlines?status=missed`],
    ['another expectation', '/v1/teams/data/expectations/other/deadlines?'],
    ['another list', '/v1/breaches?team=data'],
    ['another range', `${DAILY}/deadlines?from=2026-11-01T00:00:00Z`],
    ['a list of another kind', '/v1/teams/data/expectations?'],
  ])('with %s', async (_name, path) => {
    await api.ok('PUT /v1/teams/data/expectations/other', { body: { ...daily, id: 'other' }, status: 201 });
    const { status, body } = await api.send(`GET ${path}&cursor=${cursor}`);
    expect(status).toBe(400);
    expect(body).toMatchObject(refused);
  });

  test.each(['x', 'W10', 'eyJhIjoxfQ', Buffer.from('[0,1,"x"]').toString('base64url')])(
    '%j',
    async (garbage) => {
      const { status, body } = await api.send(`GET ${DAILY}/deadlines?cursor=${garbage}`);
      expect(status).toBe(400);
      expect(body).toMatchObject(refused);
    },
  );
});
