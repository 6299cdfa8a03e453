import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';

const body = {
  id: 'new',
  team: 'data',
  file: { bucket: 'acme', key: 'orders/{yyyy}{MM}{dd}.csv' },
  due: { at: '02:30', days: 'daily', timezone: 'Europe/Berlin', holidays: 'DE-BE' },
  grace: '10m',
};

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

function preview(query: string, due: object = body.due) {
  return api.ok(`POST /v1/preview?${query}`, { as: 'viewer', body: { ...body, due } });
}

test('shows what is due when, until when it counts, and what it expects', async () => {
  expect(await preview('count=1&after=2026-11-21T12:00:00Z')).toEqual({
    deadlines: [
      {
        occurrence: '2026-11-22T02:30',
        dueAt: '2026-11-22T01:30:00.000Z',
        dueLocal: 'Sun 2026-11-22 02:30',
        timezone: 'Europe/Berlin',
        opensAt: '2026-11-15T01:30:00.000Z',
        opensLocal: 'Sun 2026-11-15 02:30',
        limitAt: '2026-11-22T01:40:00.000Z',
        limitLocal: 'Sun 2026-11-22 02:40',
        checkAt: '2026-11-22T01:40:15.000Z',
        expects: '1 object of at least 1 byte matching orders/20261122.csv in acme',
      },
    ],
    skipped: [],
    warnings: [],
  });
});

test('tells of a time that the clocks leave out', async () => {
  const { deadlines } = await preview('count=1&after=2027-03-27T12:00:00Z');
  expect(deadlines).toMatchObject([
    { dueLocal: 'Sun 2027-03-28 03:30', note: expect.stringContaining('02:30') as unknown },
  ]);
});

test('shows holidays on which nothing is owed, or that are skipped, with their names', async () => {
  const daily = await preview('count=1&after=2026-12-24T12:00:00Z');
  expect(at(daily, 'deadlines', 0)).toMatchObject({
    occurrence: '2026-12-25T02:30',
    excused: 'Christmas Day',
  });
  const business = await preview('count=1&after=2026-12-24T12:00:00Z', {
    ...body.due,
    days: 'business-days',
  });
  expect(business).toMatchObject({
    deadlines: [{ occurrence: '2026-12-28T02:30' }],
    skipped: [{ date: '2026-12-25', reason: 'Christmas Day' }],
  });
});

test.each([
  ['', 10],
  ['count=366', 366],
])('?%s: %i deadlines', async (query, count) => {
  expect(at(await preview(query), 'deadlines', 'length')).toBe(count);
});

test.each([
  'count=0',
  'count=367',
  'after=tomorrow',
  'after=2200-01-01T00:00:00Z',
  'after=1969-12-31T00:00:00Z',
])('?%s is refused', async (query) => {
  expect((await api.send(`POST /v1/preview?${query}`, { body })).status).toBe(400);
});

test('of a faulty body says what is wrong', async () => {
  const { status, body: answer } = await api.send('POST /v1/preview', { body: { ...body, grace: 'x' } });
  expect(status).toBe(400);
  expect(answer).toMatchObject({ errors: [{ field: 'grace' }] });
});

describe('of an expectation that is registered', () => {
  test('are its next deadlines after now, or after an instant', async () => {
    await api.ok('POST /v1/expectations', { body, status: 201 });
    const path = 'GET /v1/teams/data/expectations/new/preview';
    expect(at(await api.ok(path), 'deadlines', 0, 'occurrence')).toBe('2026-11-22T02:30');
    const later = await api.ok(`${path}?after=2027-01-01T00:00:00%2B01:00&count=2`);
    expect((later['deadlines'] as object[]).map((one) => at(one, 'occurrence'))).toEqual([
      '2027-01-01T02:30',
      '2027-01-02T02:30',
    ]);
  });

  test('there are none of one that is not', async () => {
    expect((await api.send('GET /v1/teams/data/expectations/new/preview')).status).toBe(404);
  });
});

test('a rule that fits one day in four years answers in time', async () => {
  const begun = performance.now();
  const rare = { cron: '0 0 29 2 *', timezone: 'Europe/Berlin' };
  await preview('count=366', rare);
  expect(performance.now() - begun).toBeLessThan(4000);
});
