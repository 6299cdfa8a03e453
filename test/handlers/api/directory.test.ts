import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';
import { daily, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const WEBHOOK = { type: 'webhook', url: 'https://hooks.example.com/secret-path' };
const channel = '/v1/teams/data/channels/chat';

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

describe('channels', () => {
  test('of webhooks are given a secret, which is shown once and kept', async () => {
    const { secret, ...shown } = await api.ok(`PUT ${channel}`, { body: WEBHOOK, status: 201 });
    expect(String(secret)).toMatch(/^[\w-]{43}$/);
    expect(shown).toEqual({
      team: 'data',
      name: 'chat',
      type: 'webhook',
      summary: 'webhook, signed',
      createdAt: '2026-11-21T05:00:00.000Z',
      failures: 0,
    });
    expect(await api.ok(`GET ${channel}`)).toEqual(shown);
    const moved = await api.ok(`PUT ${channel}`, { body: { ...WEBHOOK, url: 'https://new.example.com/x' } });
    expect(moved).toEqual(shown);
    const { target } = (await api.world.channels.get('data', 'chat')) ?? {};
    expect(target).toEqual({ type: 'webhook', url: 'https://new.example.com/x', secret });
  });

  test('with a secret of their own do not show it', async () => {
    const body = { ...WEBHOOK, secret: 'correct horse battery staple' };
    const { text } = await api.send(`PUT ${channel}`, { body });
    expect(text).not.toContain('horse');
  });

  test.each([
    [{ type: 'slack', url: 'https://hooks.example.com/T0/B0' }, 'Slack webhook'],
    [{ type: 'email', to: ['a@example.com', 'b@example.com'] }, 'e-mail to 2 recipients'],
    [{ type: 'email', to: ['a@example.com'] }, 'e-mail to 1 recipient'],
    [{ type: 'sns', topicArn: 'arn:aws:sns:eu-central-1:123456789012:alerts' }, 'SNS topic'],
  ])('%j is shown as %j', async (body, summary) => {
    expect(await api.ok(`PUT ${channel}`, { body, status: 201 })).toMatchObject({ summary, type: body.type });
  });

  test.each([
    [
      { type: 'webook', url: 'https://x.example.com' },
      'type',
      'must be one of webhook, slack, email, sns; did you mean webhook?',
    ],
    [{ url: 'https://x.example.com' }, 'type', 'is required: one of webhook, slack, email, sns'],
    [{ type: 'webhook', url: 'hooks.example.com' }, 'url', 'must be an http or https address'],
    [{ ...WEBHOOK, secret: 'short' }, 'secret', 'must be text of 16 to 200 characters'],
    [{ type: 'email', to: ['nobody'] }, 'to.0', 'must be an e-mail address such as ops@example.com'],
    [{ type: 'email', to: [] }, 'to', 'must be a list of 1 to 50 entries'],
    [{ type: 'email', ot: ['a@example.com'] }, 'to', 'is required: a list of 1 to 50 entries'],
    [{ ...WEBHOOK, topicArn: 'x' }, 'topicArn', /^is not a known field|^does not go together with/],
  ])('%j is refused, without repeating it', async (body, field, message) => {
    const answer = await api.send(`PUT ${channel}`, { body });
    expect(answer.status).toBe(400);
    const expected: unknown = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(at(answer.body, 'errors', 0)).toEqual({ field, message: expected });
  });

  test('that this deployment cannot send to are refused with its reason', async () => {
    api.world.senders.problem = ({ type }) =>
      type === 'sns' ? 'this deployment has no SNS' : 'url must begin with https://';
    const refused = await api.send(`PUT ${channel}`, { body: { ...WEBHOOK, url: 'http://x.example.com' } });
    expect(refused.body).toMatchObject({ errors: [{ field: 'url', message: 'must begin with https://' }] });
    const sns = { type: 'sns', topicArn: 'arn:aws:sns:eu-central-1:123456789012:alerts' };
    expect((await api.send(`PUT ${channel}`, { body: sns })).body).toMatchObject({
      errors: [{ field: 'type', message: 'cannot be used: this deployment has no SNS' }],
    });
    expect(await api.world.channels.get('data', 'chat')).toBeUndefined();
  });

  test('of a team that does not exist are refused', async () => {
    const { status } = await api.send('PUT /v1/teams/nobody/channels/x', { as: 'operator', body: WEBHOOK });
    expect(status).toBe(404);
  });

  test('that expectations name are not removed', async () => {
    await api.ok('POST /v1/expectations', { body: daily, status: 201 });
    const { status, body } = await api.send('DELETE /v1/teams/data/channels/mail');
    expect(status).toBe(409);
    expect(body).toMatchObject({
      detail: 'channel mail is named by daily: take it out of their notify first',
    });
    await api.ok('PUT /v1/teams/data/expectations/daily', { body: { ...daily, notify: [] } });
    await api.ok('DELETE /v1/teams/data/channels/mail', { status: 204 });
    expect((await api.send('DELETE /v1/teams/data/channels/mail')).status).toBe(404);
  });

  test('are tested at once, past the queue', async () => {
    expect(await api.ok('POST /v1/teams/data/channels/mail/test')).toEqual({ delivered: true });
    expect(api.world.senders.sent).toMatchObject([
      {
        target: { type: 'email' },
        message: { channel: 'mail', alerts: [{ type: 'test', title: 'Channel mail' }] },
      },
    ]);
    api.world.senders.failure = 'mail.example.com answered 550';
    expect(await api.ok('POST /v1/teams/data/channels/mail/test')).toEqual({
      delivered: false,
      problem: 'mail.example.com answered 550',
    });
  });

  test('show how their sends go, and try again when they are replaced', async () => {
    api.world.senders.failure = 'mail.example.com answered 550';
    await missDaily(api);
    const shown = await api.ok('GET /v1/teams/data/channels/mail');
    expect(shown).toMatchObject({ lastProblem: 'mail.example.com answered 550' });
    expect(shown['failures']).toBeGreaterThan(0);
    expect(shown).toHaveProperty('nextAttemptAt');
    api.world.senders.failure = undefined;
    await api.ok('PUT /v1/teams/data/channels/mail', { body: { type: 'email', to: ['new@example.com'] } });
    await api.driver.until('2026-11-21T05:00:31Z');
    expect(api.world.senders.sent).toMatchObject([{ target: { to: ['new@example.com'] } }]);
    expect(await api.ok('GET /v1/teams/data/channels/mail')).toMatchObject({ failures: 0 });
  });
});

test('what is secret is in no answer but the one that makes it', async () => {
  const { secret } = await api.ok(`PUT ${channel}`, { body: WEBHOOK, status: 201 });
  const { pingUrl } = await api.ok('POST /v1/expectations', {
    body: { ...daily, notify: ['mail', 'chat'] },
    status: 201,
  });
  const made = { team: 'data', role: 'viewer', name: 'x' };
  const { key } = await api.ok('POST /v1/keys', { as: 'admin', body: made, status: 201 });
  const token = String(pingUrl).split('/').at(-1) ?? '';
  const { sha256 } = api.world.secrets;
  const secrets = [
    ...[secret, token, key].map(String),
    ...[token, String(key).split('_').slice(2).join('_')].map(sha256),
    ...['secret-path', 'hooks.example.com', 'secret.person'],
  ];
  await api.driver.until('2026-11-22T05:10:00Z');
  api.answers.length = 0;
  const documented = api
    .operations()
    .filter(({ method, path }) => method === 'get' && path.startsWith('/v1/'));
  for (const { path } of documented) {
    const request = path
      .replace('{team}', 'data')
      .replace('{id}', 'daily')
      .replace('{name}', 'chat')
      .replace('{deadline}', '2026-11-22T06:00~r1');
    expect([request, (await api.send(`GET ${request}`, { as: 'operator' })).status]).toEqual([request, 200]);
  }
  await api.send('PUT /v1/teams/data/expectations/daily', { body: { ...daily, grace: '5m' } });
  await api.send(`PUT ${channel}`, { body: WEBHOOK });
  await api.send(`POST ${channel}/test`);
  expect(api.answers.length).toBe(documented.length + 3);
  for (const one of secrets) expect(api.answers.filter((answer) => answer.includes(one))).toEqual([]);
});
