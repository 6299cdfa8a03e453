import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient } from './client.ts';

const due = { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: 'DE-BE' };
const orders = {
  id: 'orders',
  team: 'data',
  file: { bucket: 'acme', key: 'orders/{yyyy}/{MM}/{dd}/*.csv' },
  due,
  grace: '10m',
  notify: ['mail'],
};
const backup = { id: 'backup', team: 'data', checkIn: {}, due: { silentFor: '1h' } };
const { id: _id, team: _team, ...ordersWithoutNames } = orders;
const path = '/v1/teams/data/expectations/orders';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

describe('registering', () => {
  test('answers the address, the revision, the body with its defaults, and who did it', async () => {
    const { status, headers, body } = await api.send('POST /v1/expectations?why=first%20of%20all', {
      body: orders,
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(path);
    expect(headers.get('etag')).toBe('"1"');
    expect(body).toMatchObject({
      revision: 1,
      status: 'active',
      expectation: { ...orders, file: { ...orders.file, minCount: 1, minBytes: 1 }, giveUpAfter: '3d' },
      changedBy: expect.stringMatching(/^key:\S+ \(editor\)$/) as unknown,
      why: 'first of all',
      warnings: [],
    });
    expect(await api.ok(`GET ${path}`, { as: 'viewer' })).toMatchObject({ revision: 1, why: 'first of all' });
  });

  test('tells that runs of the job cannot be looked for, and why', async () => {
    api.world.runs.cause = 'access to Glue job orders is denied';
    const grants = [{ source: '*', job: '' }];
    await api.ok('PUT /v1/teams/data', { as: 'operator', body: { grants } });
    const body = {
      ...{ id: 'load', team: 'data' },
      job: { source: 'glue', name: 'orders', finishesWithin: '1h' },
    };
    const inconclusive = { cause: api.world.runs.cause, attempts: 1 };
    expect(await api.ok('POST /v1/expectations', { body, status: 201 })).toMatchObject({ inconclusive });
    expect(await api.ok('GET /v1/teams/data/expectations/load')).toMatchObject({ inconclusive });
  });

  test('warns when nobody is told', async () => {
    const { warnings } = await api.ok('POST /v1/expectations', { body: backup, status: 201 });
    expect(warnings).toEqual(['notify is empty: nobody is told when it is missed']);
  });

  test('shows the address of check-ins once', async () => {
    const { pingUrl } = await api.ok('POST /v1/expectations', { body: backup, status: 201 });
    expect(pingUrl).toMatch(/^https:\/\/overdue\.example\.com\/ping\/[\w-]{24}$/);
    expect(await api.ok('GET /v1/teams/data/expectations/backup')).not.toHaveProperty('pingUrl');
    const again = await api.ok('PUT /v1/teams/data/expectations/backup', {
      body: { ...backup, grace: '5m' },
    });
    expect(again).not.toHaveProperty('pingUrl');
  });

  test('refuses an id that is taken', async () => {
    await api.ok('POST /v1/expectations', { body: orders, status: 201 });
    const { status, body } = await api.send('POST /v1/expectations', { body: orders });
    expect(status).toBe(409);
    expect(body).toMatchObject({ detail: 'expectation orders of team data exists already' });
  });

  test('can be done again after a deletion, with the next revision', async () => {
    await api.ok('POST /v1/expectations', { body: orders, status: 201 });
    await api.ok(`DELETE ${path}`, { status: 204 });
    expect(await api.ok('POST /v1/expectations', { body: orders, status: 201 })).toMatchObject({
      revision: 3,
    });
  });
});

describe('putting', () => {
  test('creates, changes nothing the second time, and replaces', async () => {
    expect(await api.ok(`PUT ${path}`, { body: orders, status: 201 })).toMatchObject({ revision: 1 });
    expect(await api.ok(`PUT ${path}`, { body: orders })).toMatchObject({ revision: 1 });
    const replaced = await api.ok(`PUT ${path}?why=slower`, { body: { ...orders, grace: '20m' } });
    expect(replaced).toMatchObject({ revision: 2, why: 'slower', expectation: { grace: '20m' } });
  });

  test('takes team and id from the address when the body has none', async () => {
    const { expectation } = await api.ok(`PUT ${path}`, { body: ordersWithoutNames, status: 201 });
    expect(expectation).toMatchObject({ team: 'data', id: 'orders' });
  });

  test('refuses a body with other names, together with its other faults', async () => {
    const { status, body } = await api.send(`PUT ${path}`, {
      body: { ...orders, id: 'ordres', team: 'finance', grace: 'x' },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      detail: '3 fields are not valid',
      errors: [
        { field: 'team', message: 'must be data as in the address, or absent', given: 'finance' },
        { field: 'id', message: 'must be orders as in the address, or absent', given: 'ordres' },
        { field: 'grace', given: 'x' },
      ],
    });
  });

  test.each([
    ['If-Match', '"1"', 200],
    ['If-Match', '*', 200],
    ['If-Match', '"2"', 412],
    ['If-None-Match', '*', 412],
    ['If-Match', '3', 400],
    ['If-Match', 'W/"1"', 400],
    ['If-None-Match', '"1"', 400],
  ])('with %s: %s, when it is at revision 1, is answered with %i', async (name, value, status) => {
    await api.ok(`PUT ${path}`, { body: orders, status: 201 });
    const sent = { body: { ...orders, grace: '20m' }, headers: { [name]: value } };
    const answer = await api.send(`PUT ${path}`, sent);
    expect(answer.status).toBe(status);
    expect(api.world.registrations.now({ team: 'data', id: 'orders' })?.revision).toBe(
      status === 200 ? 2 : 1,
    );
  });

  test.each([
    ['If-Match', '"1"', 412],
    ['If-Match', '*', 412],
    ['If-None-Match', '*', 201],
  ])('with %s: %s, when there is none, is answered with %i', async (name, value, status) => {
    const answer = await api.send(`PUT ${path}`, { body: orders, headers: { [name]: value } });
    expect(answer.status).toBe(status);
  });

  test('says what the header must be', async () => {
    const { body } = await api.send(`PUT ${path}`, { body: orders, headers: { 'If-Match': 'three' } });
    expect(body).toMatchObject({
      errors: [
        {
          field: 'If-Match',
          message: 'must be * or a revision in quotation marks, such as "3"',
          given: 'three',
        },
      ],
    });
  });

  test('refuses both conditions at once', async () => {
    const headers = { 'If-Match': '*', 'If-None-Match': '*' };
    const { status, body } = await api.send(`PUT ${path}`, { body: orders, headers });
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field: 'If-None-Match' }] });
  });
});

describe('pausing, resuming and deleting', () => {
  beforeEach(async () => {
    await api.ok(`PUT ${path}`, { body: orders, status: 201 });
  });

  test('are revisions with who and why, the newest first', async () => {
    await api.ok(`POST ${path}/pause?why=holidays`);
    await api.ok(`POST ${path}/resume`, { as: 'admin' });
    await api.ok(`DELETE ${path}?why=over`, { status: 204 });
    const { items } = await api.ok(`GET ${path}/revisions`);
    expect(items).toMatchObject([
      { revision: 4, status: 'deleted', why: 'over' },
      { revision: 3, status: 'active', changedBy: expect.stringContaining('(admin)') as unknown },
      { revision: 2, status: 'paused', why: 'holidays' },
      { revision: 1, status: 'active', expectation: { id: 'orders' } },
    ]);
  });

  test('twice change nothing the second time', async () => {
    await api.ok(`POST ${path}/pause`);
    expect(await api.ok(`POST ${path}/pause`)).toMatchObject({ revision: 2, status: 'paused' });
  });

  test('are refused at another revision', async () => {
    const headers = { 'If-Match': '"9"' };
    for (const request of [`POST ${path}/pause`, `POST ${path}/resume`, `DELETE ${path}`]) {
      expect((await api.send(request, { headers })).status).toBe(412);
    }
  });

  test('leave what was deleted unreadable but for its history', async () => {
    await api.ok(`DELETE ${path}`, { status: 204 });
    const { status, body } = await api.send(`GET ${path}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({
      detail: 'expectation orders of team data was deleted; its revisions can be read',
    });
    expect((await api.send(`DELETE ${path}`)).status).toBe(404);
    expect((await api.ok('GET /v1/teams/data/expectations'))['items']).toEqual([]);
    expect((await api.send(`GET ${path}/deadlines`)).status).toBe(200);
  });
});

test('a new token ends the address before it', async () => {
  const first = await api.ok('POST /v1/expectations', { body: backup, status: 201 });
  const second = await api.ok('POST /v1/teams/data/expectations/backup/token');
  const pathOf = ({ pingUrl }: Record<string, unknown>) => new URL(String(pingUrl)).pathname;
  expect((await api.send(`GET ${pathOf(first)}`)).status).toBe(404);
  expect((await api.send(`GET ${pathOf(second)}`)).status).toBe(200);
});

test('an expectation of files has no token to renew', async () => {
  await api.ok(`PUT ${path}`, { body: orders, status: 201 });
  expect((await api.send(`POST ${path}/token`)).status).toBe(409);
});
