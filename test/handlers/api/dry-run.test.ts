import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';

const due = { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin', holidays: 'DE-BE' };
const orders = {
  id: 'orders',
  team: 'data',
  file: { bucket: 'acme', key: 'orders/{yyyy}/{MM}/{dd}/*.csv' },
  due,
  notify: ['mail'],
};
const backup = { id: 'backup', team: 'data', checkIn: {}, due: { silentFor: '1h' } };
const path = '/v1/teams/data/expectations/orders';

let api: ApiClient;

describe('a dry run', () => {
  const READS = ['get', 'list', 'find', 'problem', 'holidays', 'between', 'of'];
  let writes: string[];

  beforeEach(async () => {
    writes = [];
    const before = (port: string, method: string) => {
      if (!READS.includes(method)) writes.push(`${port}.${method}`);
    };
    api = await ApiClient.start({ before });
  });

  test('says what would change, with the next deadlines, and changes nothing', async () => {
    await api.ok(`PUT ${path}`, { body: orders, status: 201 });
    expect(writes).toContain('registrations.save');
    writes = [];
    const body = { ...orders, title: 'Orders', due: { ...due, at: '07:00' } };
    const answer = await api.ok(`PUT ${path}?dryRun=true`, { body });
    expect(answer).toMatchObject({
      dryRun: true,
      creates: false,
      changed: ['due', 'title'],
      replansDeadlines: true,
      warnings: [],
    });
    expect(at(answer, 'preview', 'deadlines', 0, 'dueLocal')).toBe('Mon 2026-11-23 07:00');
    expect(writes).toEqual([]);
  });

  test('of what is not registered creates nothing, not even a token', async () => {
    const put = 'PUT /v1/teams/data/expectations/backup?dryRun=true';
    const answer = await api.ok(put, { body: backup });
    expect(answer).toMatchObject({ creates: true, changed: [] });
    expect(answer).not.toHaveProperty('pingUrl');
    expect(writes).toEqual([]);
  });

  test('of a change of names leaves the deadlines alone', async () => {
    await api.ok(`PUT ${path}`, { body: orders, status: 201 });
    const answer = await api.ok(`PUT ${path}?dryRun=true`, { body: { ...orders, title: 'Orders' } });
    expect(answer).toMatchObject({ changed: ['title'], replansDeadlines: false });
  });

  test('keeps the grid of an expectation that exists', async () => {
    const every = { id: 'orders', team: 'data', checkIn: {}, due: { every: '1h' } };
    await api.ok(`PUT ${path}`, { body: every, status: 201 });
    api.world.clock.set('2026-11-21T05:20:00Z');
    const answer = await api.ok(`PUT ${path}?dryRun=true`, { body: { ...every, grace: '5m' } });
    expect(at(answer, 'preview', 'deadlines', 0, 'dueAt')).toBe('2026-11-21T06:00:00.000Z');
  });

  test('does not ask again for a day that was judged already', async () => {
    await api.ok(`PUT ${path}`, { body: { ...orders, due: { ...due, days: 'daily' } }, status: 201 });
    api.world.clock.set('2026-11-22T06:30:00Z');
    const body = { ...orders, due: { ...due, days: 'daily', at: '09:00' } };
    const answer = await api.ok(`PUT ${path}?dryRun=true`, { body });
    expect(at(answer, 'preview', 'deadlines', 0, 'occurrence')).toBe('2026-11-23T09:00');
  });

  test('is refused like the change itself', async () => {
    await api.ok(`PUT ${path}`, { body: orders, status: 201 });
    const put = `PUT ${path}?dryRun=true`;
    expect((await api.send(put, { body: orders, headers: { 'If-Match': '"7"' } })).status).toBe(412);
    expect((await api.send(put, { body: { ...orders, grace: 'x' } })).status).toBe(400);
  });
});
