import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

describe('teams', () => {
  test('are created and replaced by operators', async () => {
    const body = { title: 'Logistics', grants: [{ bucket: 'acme' }, { bucket: '*', prefix: 'in/' }] };
    const created = await api.ok('PUT /v1/teams/logistics', { as: 'operator', body, status: 201 });
    expect(created).toEqual({
      id: 'logistics',
      title: 'Logistics',
      grants: [
        { bucket: 'acme', prefix: '' },
        { bucket: '*', prefix: 'in/' },
      ],
      createdAt: '2026-11-21T05:00:00.000Z',
    });
    api.world.clock.advance(1000);
    const replaced = await api.ok('PUT /v1/teams/logistics', { as: 'operator', body: {} });
    expect(replaced).toEqual({ id: 'logistics', grants: [], createdAt: created['createdAt'] });
    expect(await api.ok('GET /v1/teams/logistics', { as: 'watcher' })).toEqual(replaced);
  });

  test.each([
    ['operator', ['data', 'finance']],
    ['watcher', ['data', 'finance']],
    ['viewer', ['data']],
    ['stranger', ['finance']],
  ] as const)('as %s sees them: %j', async (as, ids) => {
    const { items } = await api.ok('GET /v1/teams', { as });
    expect((items as object[]).map((team) => at(team, 'id'))).toEqual(ids);
  });

  test('with a faulty bucket are refused', async () => {
    const body = { grants: [{ bucket: 's3://acme', prefx: 'x' }] };
    const answer = await api.send('PUT /v1/teams/logistics', { as: 'operator', body });
    expect(answer.body).toMatchObject({
      errors: [
        { field: 'grants.0.bucket', message: 'must be the name of an S3 bucket, or * for all buckets' },
        { field: 'grants.0.prefx', message: 'is not a known field; did you mean prefix?' },
      ],
    });
  });

  test('that do not exist are answered with 404', async () => {
    const { status, body } = await api.send('GET /v1/teams/nobody', { as: 'operator' });
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: 'there is no team nobody; an operator creates it' });
  });
});

describe('API keys', () => {
  test('are shown once, work at once, and stop working when they are removed', async () => {
    const body = { team: 'data', role: 'viewer', name: 'board' };
    const { key, ...shown } = await api.ok('POST /v1/keys', { as: 'admin', body, status: 201 });
    expect(shown).toMatchObject({ ...body, createdBy: expect.stringContaining('(admin)') as unknown });
    const headers = { authorization: `Bearer ${String(key)}` };
    expect((await api.send('GET /v1/teams/data', { as: 'nobody', headers })).status).toBe(200);
    const { items } = await api.ok('GET /v1/keys', { as: 'admin' });
    expect(items).toContainEqual(shown);
    await api.ok(`DELETE /v1/keys/${String(shown['id'])}`, { as: 'admin', status: 204 });
    expect((await api.send('GET /v1/teams/data', { as: 'nobody', headers })).status).toBe(401);
  });

  test('of operators are made by operators', async () => {
    const body = { team: '*', role: 'admin', name: 'second operator' };
    expect((await api.send('POST /v1/keys', { as: 'admin', body })).status).toBe(403);
    const { key } = await api.ok('POST /v1/keys', { as: 'operator', body, status: 201 });
    const headers = { authorization: `Bearer ${String(key)}` };
    expect((await api.send('GET /v1/breaches', { as: 'nobody', headers })).status).toBe(200);
  });

  test('of the own team are listed by default, of operators for operators', async () => {
    const names = async (as: 'admin' | 'operator' | 'stranger') =>
      ((await api.ok('GET /v1/keys', { as }))['items'] as object[]).map((key) => at(key, 'name'));
    expect((await names('admin')).toSorted()).toEqual(['admin', 'editor', 'viewer']);
    expect(await names('stranger')).toEqual(['stranger']);
    expect((await names('operator')).toSorted()).toEqual(['operator', 'watcher']);
  });

  test('of another team and of nobody cannot be told apart', async () => {
    const [foreign] = await api.world.apiKeys.list('finance');
    const there = await api.send(`DELETE /v1/keys/${foreign?.id ?? ''}`, { as: 'admin' });
    const notThere = await api.send(`DELETE /v1/keys/${'x'.repeat(foreign?.id.length ?? 0)}`, {
      as: 'admin',
    });
    expect([there.status, notThere.status]).toEqual([404, 404]);
    expect(await api.world.apiKeys.list('finance')).toHaveLength(1);
    expect((await api.send(`DELETE /v1/keys/${foreign?.id ?? ''}`, { as: 'editor' })).status).toBe(403);
    await api.ok(`DELETE /v1/keys/${foreign?.id ?? ''}`, { as: 'operator', status: 204 });
  });

  test('of a team that does not exist are refused', async () => {
    const body = { team: 'nobody', role: 'viewer', name: 'x' };
    const answer = await api.send('POST /v1/keys', { as: 'operator', body });
    expect(answer.body).toMatchObject({
      errors: [{ field: 'team', message: 'must be a team that exists, or * for operators', given: 'nobody' }],
    });
  });

  test('need a role, a name and a team', async () => {
    const answer = await api.send('POST /v1/keys', { as: 'admin', body: { role: 'root' } });
    expect(answer.body).toMatchObject({
      errors: [
        { field: 'team', message: 'is required: text such as data-platform' },
        { field: 'role', message: 'must be one of viewer, editor, admin', given: 'root' },
        { field: 'name', message: 'is required: text such as deploy' },
      ],
    });
  });
});
