import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const path = '/v1/teams/data/calendars/acme-plant';
const PLANT = {
  title: 'ACME, plant in Halle',
  days: [{ date: '2026-12-31', name: 'Stocktaking' }, { date: '2026-12-24' }],
  validUntil: '2027-12-31',
};
const check = {
  id: 'closing',
  team: 'data',
  checkIn: {},
  due: { at: '18:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: ['DE-BE', 'acme-plant'] },
  notify: ['mail'],
};

describe('a calendar of a team', () => {
  test('is created with its days in order, read, and listed with their number', async () => {
    const { headers, body } = await api.send(`PUT ${path}?why=plant%20plan`, { body: PLANT, as: 'editor' });
    expect(headers.get('ETag')).toBe('"1"');
    expect(body).toMatchObject({
      name: 'acme-plant',
      days: [{ date: '2026-12-24' }, { date: '2026-12-31', name: 'Stocktaking' }],
      ...{ validUntil: '2027-12-31', revision: 1, why: 'plant plan', usedBy: [], warnings: [] },
    });
    expect(await api.ok(`GET ${path}`, { as: 'viewer' })).toEqual(body);
    expect(await api.ok('GET /v1/teams/data/calendars', { as: 'viewer' })).toMatchObject({
      items: [{ name: 'acme-plant', days: 2, revision: 1 }],
    });
  });

  test('is a calendar of that team only', async () => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    expect((await api.send(`GET ${path}`, { as: 'stranger' })).status).toBe(403);
    expect((await api.send(`PUT ${path}`, { as: 'viewer', body: PLANT })).status).toBe(403);
    const other = { ...check, team: 'finance', notify: [] };
    const { status, text } = await api.send('POST /v1/preview', { as: 'stranger', body: other });
    expect([status, text]).toEqual([400, expect.stringContaining('acme-plant')]);
  });

  test('makes no revision of the same content, and one of each change, with who and why', async () => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    expect(await api.ok(`PUT ${path}`, { body: PLANT })).toMatchObject({ revision: 1 });
    await api.ok(`PUT ${path}?why=moved`, { body: { ...PLANT, days: [] } });
    expect(await api.ok(`GET ${path}/revisions`)).toMatchObject({
      items: [
        { revision: 2, days: [], why: 'moved', status: 'active' },
        { revision: 1, days: [{ date: '2026-12-24' }, { date: '2026-12-31' }] },
      ],
    });
  });

  test.each([
    [{ 'If-None-Match': '*' }, 412],
    [{ 'If-Match': '"2"' }, 412],
    [{ 'If-Match': '"1"' }, 200],
    [{ 'If-Match': '*' }, 200],
  ])('that exists, changed under the condition %j: %i', async (headers, status) => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    const changed = { ...PLANT, title: 'Halle' };
    expect((await api.send(`PUT ${path}`, { body: changed, headers })).status).toBe(status);
    expect(at(await api.ok(`GET ${path}`), 'revision')).toBe(status === 200 ? 2 : 1);
  });

  test.each([
    [{ 'If-None-Match': '*' }, 201],
    [{ 'If-Match': '*' }, 412],
    [{ 'If-Match': '"1"' }, 412],
  ])('that does not exist, put under the condition %j: %i', async (headers, status) => {
    expect((await api.send(`PUT ${path}`, { body: PLANT, headers })).status).toBe(status);
  });

  test.each<[unknown, string, string]>([
    [{ days: [{ date: '2026-02-30' }] }, 'days.0.date', 'must be a date that exists'],
    [
      { days: [{ date: '24.12.2026' }] },
      'days.0.date',
      'must be a date of the years 1970 to 2199 such as 2026-12-24',
    ],
    [
      { days: [{ date: '2026-12-24' }, { date: '2026-12-24' }] },
      'days.1.date',
      'must not be there twice: it is days.0',
    ],
    [{ days: [] }, 'validUntil', 'is required where days is empty, such as 2026-12-31'],
    [
      { days: [{ date: '2026-12-24' }], validUntil: '2026-12-23' },
      'validUntil',
      'must not be before the last of the days, 2026-12-24',
    ],
    [{ dates: [] }, 'days', 'is required: a list of at most 2000 entries'],
  ])('%j is refused and names the field', async (body, field, message) => {
    const answer = await api.send(`PUT ${path}`, { body });
    expect(answer.status).toBe(400);
    const errors = at(answer.body, 'errors');
    expect(errors).toContainEqual(expect.objectContaining({ field, message }));
  });

  test.each(['DE', 'DE-BE', 'Acme', 'x/y'])(
    'cannot have the name %j, which regions or paths have',
    async (name) => {
      const { status } = await api.send(`PUT /v1/teams/data/calendars/${name}`, { body: PLANT });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(at(await api.ok('GET /v1/teams/data/calendars'), 'items')).toEqual([]);
    },
  );

  test('excuses deadlines beside public holidays, each by its name', async () => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    const { deadlines } = await api.ok('POST /v1/preview?count=7&after=2026-12-23T20:00:00Z', {
      body: check,
    });
    const shown = (deadlines as { occurrence: string; excused?: string }[]).flatMap(
      ({ occurrence, excused }) => (excused === undefined ? [] : `${occurrence} ${excused}`),
    );
    expect(shown).toEqual([
      '2026-12-24T18:00 ACME, plant in Halle',
      '2026-12-25T18:00 Christmas Day',
      '2026-12-31T18:00 Stocktaking',
      '2027-01-01T18:00 New Year',
    ]);
  });

  test('says who uses it, and is not deleted while anybody does', async () => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    await api.ok('POST /v1/expectations', { body: check, status: 201 });
    expect(await api.ok(`GET ${path}`)).toMatchObject({ usedBy: ['closing'] });
    const refused = await api.send(`DELETE ${path}`);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('calendar acme-plant is named by closing');
    await api.send('DELETE /v1/teams/data/expectations/closing');
    expect((await api.send(`DELETE ${path}`)).status).toBe(204);
    expect((await api.send(`GET ${path}`)).status).toBe(404);
  });

  test('that was deleted keeps its revisions, and goes on with the next when the name is used again', async () => {
    await api.ok(`PUT ${path}`, { body: PLANT, status: 201 });
    await api.send(`DELETE ${path}?why=closed`);
    expect(await api.ok(`GET ${path}/revisions`)).toMatchObject({
      items: [{ revision: 2, status: 'deleted', why: 'closed' }, { revision: 1 }],
    });
    expect(await api.ok(`PUT ${path}`, { body: PLANT, status: 201 })).toMatchObject({ revision: 3 });
  });

  test('are at most 100 of a team', async () => {
    for (let count = 0; count < 100; count++) {
      await api.ok(`PUT /v1/teams/data/calendars/c${count}`, { body: PLANT, status: 201 });
    }
    const { status, text } = await api.send(`PUT ${path}`, { body: PLANT });
    expect([status, text]).toEqual([409, expect.stringContaining('at most 100')]);
    await api.ok('PUT /v1/teams/data/calendars/c7', { body: { ...PLANT, title: 'Other' } });
  });
});

describe('an iCalendar file', () => {
  const headers = { 'Content-Type': 'text/calendar; charset=utf-8' };
  const file = (...lines: string[]) =>
    ['BEGIN:VCALENDAR', 'VERSION:2.0', 'X-WR-CALNAME:Works', ...lines, 'END:VCALENDAR'].join('\r\n');

  test('is taken as it is exported', async () => {
    const raw = file(
      'BEGIN:VEVENT',
      'DTSTART;VALUE=DATE:20261230',
      'DTEND;VALUE=DATE:20270102',
      'SUMMARY:Shut',
      'END:VEVENT',
    );
    expect(await api.ok(`PUT ${path}`, { raw, headers, status: 201 })).toMatchObject({
      title: 'Works',
      days: ['2026-12-30', '2026-12-31', '2027-01-01'].map((date) => ({ date, name: 'Shut' })),
      validUntil: '2027-01-01',
    });
  });

  test('that cannot be read is refused with the line', async () => {
    const raw = file('BEGIN:VEVENT', 'DTSTART:20261230T080000Z', 'END:VEVENT');
    const { status, body } = await api.send(`PUT ${path}`, { raw, headers });
    expect(status).toBe(400);
    expect(at(body, 'errors')).toEqual([
      expect.objectContaining({
        field: 'line 5',
        message: expect.stringContaining('only events of whole days'),
      }),
    ]);
  });

  test('is not taken where JSON is wanted', async () => {
    const { status } = await api.send('POST /v1/expectations', { raw: file(), headers });
    expect(status).toBe(415);
  });
});

describe('a calendar that runs out', () => {
  test.each([
    [
      '2026-12-21',
      ['calendar acme-plant is valid until 2026-12-21: days after it are taken for no holidays'],
    ],
    ['2026-12-22', []],
    [
      '2026-11-21',
      ['calendar acme-plant is valid until 2026-11-21: days after it are taken for no holidays'],
    ],
    ['2026-11-20', ['calendar acme-plant ran out on 2026-11-20: days after it are taken for no holidays']],
  ])('on %s, asked on 2026-11-21, warns: %j', async (validUntil, warnings) => {
    const body = { days: [], validUntil };
    expect(await api.ok(`PUT ${path}`, { body, status: 201 })).toMatchObject({ warnings });
    const registered = await api.ok('POST /v1/expectations', { body: check, status: 201 });
    expect(registered).toMatchObject({ warnings });
    expect(await api.ok('GET /v1/teams/data/calendars')).toMatchObject({ items: [{ validUntil }] });
  });

  test('before the last deadline of a preview warns there', async () => {
    await api.ok(`PUT ${path}`, { body: { days: [], validUntil: '2027-01-31' }, status: 201 });
    const asked = (after: string) => api.ok(`POST /v1/preview?count=1&after=${after}`, { body: check });
    expect(await asked('2027-01-28T20:00:00Z')).toMatchObject({ warnings: [] });
    expect(await asked('2027-01-29T20:00:00Z')).toMatchObject({
      warnings: ['calendar acme-plant is valid until 2027-01-31: days after it are taken for no holidays'],
    });
  });
});
