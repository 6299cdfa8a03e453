import { beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, at } from './client.ts';
import { daily, missDaily } from './scenes.ts';

let api: ApiClient;
beforeEach(async () => {
  api = await ApiClient.start();
});

const WEBHOOK = { type: 'webhook', url: 'https://hooks.example.com/secret-path' };
const channel = '/v1/teams/data/channels/chat';

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
  const calendar = { days: [], validUntil: '2027-12-31' };
  await api.ok('PUT /v1/teams/data/calendars/chat', { body: calendar, status: 201 });
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
