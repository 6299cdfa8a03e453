import { describe, expect, test } from '@jest/globals';
import { ApiClient, type Caller } from './client.ts';
import { BREACH, DAILY, MISSED, missDaily } from './scenes.ts';

const expectation = { id: 'new', team: 'data', checkIn: {}, due: { silentFor: '1h' } };
const webhook = { type: 'slack', url: 'https://hooks.example.com/T0/B0/x' };
const plant = { days: [], validUntil: '2027-12-31' };
const key = { team: 'data', role: 'viewer', name: 'board' };

/** Who may do it: everybody from this role of the team on, or only operators. */
type Least = 'viewer' | 'editor' | 'admin' | 'operator' | 'any operator';

const ALLOWED: Record<Least, readonly Caller[]> = {
  viewer: ['viewer', 'editor', 'admin', 'watcher', 'operator'],
  editor: ['editor', 'admin', 'operator'],
  admin: ['admin', 'operator'],
  operator: ['operator'],
  'any operator': ['watcher', 'operator'],
};

/** Every operation that needs a key: its id, a request, who may, and the answer to those who may. */
const OPERATIONS: [id: string, request: string, least: Least, status: number, body?: unknown][] = [
  ['createExpectation', 'POST /v1/expectations', 'editor', 201, expectation],
  ['putExpectation', 'PUT /v1/teams/data/expectations/new', 'editor', 201, expectation],
  ['putExpectation', 'PUT /v1/teams/data/expectations/new?dryRun=true', 'editor', 200, expectation],
  ['removeExpectation', `DELETE ${DAILY}`, 'editor', 204],
  ['pauseExpectation', `POST ${DAILY}/pause`, 'editor', 200],
  ['resumeExpectation', `POST ${DAILY}/resume`, 'editor', 200],
  ['listExpectations', 'GET /v1/teams/data/expectations', 'viewer', 200],
  ['readExpectation', `GET ${DAILY}`, 'viewer', 200],
  ['listRevisions', `GET ${DAILY}/revisions`, 'viewer', 200],
  ['renewToken', `POST ${DAILY}/token`, 'editor', 200],
  ['previewBody', 'POST /v1/preview', 'viewer', 200, expectation],
  ['previewExpectation', `GET ${DAILY}/preview`, 'viewer', 200],
  ['listDeadlines', `GET ${DAILY}/deadlines`, 'viewer', 200],
  ['readDeadline', `GET ${DAILY}/deadlines/${MISSED}`, 'viewer', 200],
  ['listBreaches', 'GET /v1/breaches?team=data', 'viewer', 200],
  ['listBreaches', 'GET /v1/breaches', 'any operator', 200],
  ['readBreach', `GET ${BREACH}`, 'viewer', 200],
  ['acknowledgeBreach', `POST ${BREACH}/acknowledge`, 'editor', 200],
  ['closeBreach', `POST ${BREACH}/close`, 'editor', 200],
  ['addNote', `POST ${BREACH}/notes`, 'editor', 200, { text: 'called' }],
  ['checkIn', `POST ${DAILY}/check-ins`, 'editor', 200],
  ['listChannels', 'GET /v1/teams/data/channels', 'viewer', 200],
  ['readChannel', 'GET /v1/teams/data/channels/mail', 'viewer', 200],
  ['putChannel', 'PUT /v1/teams/data/channels/chat', 'editor', 201, webhook],
  ['removeChannel', 'DELETE /v1/teams/data/channels/spare', 'editor', 204],
  ['testChannel', 'POST /v1/teams/data/channels/mail/test', 'editor', 200],
  ['mute', 'POST /v1/teams/data/mutes', 'editor', 201, { for: '1h' }],
  ['listMutes', 'GET /v1/teams/data/mutes', 'viewer', 200],
  ['endMute', 'DELETE /v1/teams/data/mutes/moving', 'editor', 204],
  ['listCalendars', 'GET /v1/teams/data/calendars', 'viewer', 200],
  ['readCalendar', 'GET /v1/teams/data/calendars/plant', 'viewer', 200],
  ['listCalendarRevisions', 'GET /v1/teams/data/calendars/plant/revisions', 'viewer', 200],
  ['putCalendar', 'PUT /v1/teams/data/calendars/other', 'editor', 201, plant],
  ['removeCalendar', 'DELETE /v1/teams/data/calendars/plant', 'editor', 204],
  ['readTeam', 'GET /v1/teams/data', 'viewer', 200],
  ['putTeam', 'PUT /v1/teams/data', 'operator', 200, { grants: [] }],
  ['createKey', 'POST /v1/keys', 'admin', 201, key],
  ['createKey', 'POST /v1/keys', 'operator', 201, { ...key, team: '*' }],
  ['listKeys', 'GET /v1/keys?team=data', 'admin', 200],
];

const CALLERS: Caller[] = ['viewer', 'editor', 'admin', 'stranger', 'watcher', 'operator'];

async function scene(): Promise<ApiClient> {
  const api = await ApiClient.start();
  await missDaily(api);
  const target = { type: 'email' as const, to: ['a@example.com'] };
  await api.world.channels.put({ team: 'data', name: 'spare', target, createdAt: 0 });
  const moving = { id: 'moving', from: 0, until: api.world.clock.now + 1, by: 'Ada' };
  await api.world.mutes.save('data', { mutes: [moving], version: 0 });
  await api.ok('PUT /v1/teams/data/calendars/plant', { as: 'operator', body: plant, status: 201 });
  return api;
}

describe.each(OPERATIONS)('%s: %s', (_id, request, least, status, body) => {
  test.each(CALLERS)('%s', async (as) => {
    const api = await scene();
    const answer = await api.send(request, { as, body });
    const expected = ALLOWED[least].includes(as) ? status : 403;
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: expected });
  });

  test('nobody', async () => {
    const api = await scene();
    const { status: refused, headers } = await api.send(request, { as: 'nobody', body });
    expect(refused).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="Overdue"');
  });
});

test('no operation is missing above but those that answer every key by what it may see', async () => {
  const api = await ApiClient.start();
  const secured = api.operations().flatMap(({ secured, operationId }) => (secured ? [operationId] : []));
  const tested = [...OPERATIONS.map(([id]) => id), 'listTeams', 'removeKey'];
  expect(new Set(tested)).toEqual(new Set(secured));
});

describe('what belongs to another team', () => {
  const guesses = OPERATIONS.filter(([, request]) => request.includes('/teams/data/'));

  test.each(guesses.map(([id, request, , , body]) => ({ id, request, body })))(
    '$id: $request is refused alike, whether it exists or not',
    async ({ request, body }) => {
      const api = await scene();
      const there = await api.send(request, { as: 'stranger', body });
      const absent = request.replace('daily', 'nothing').replace(/mail|chat|spare/, 'nothing');
      const nonsense = body === undefined ? undefined : { nonsense: true };
      const notThere = await api.send(absent, { as: 'stranger', body: nonsense });
      expect(there.body).toEqual({
        type: '/problems/forbidden',
        title: 'This API key may not do that',
        status: 403,
        detail: 'this key belongs to team finance',
      });
      expect(notThere.body).toEqual(there.body);
    },
  );

  test.each([
    ['GET /v1/teams/nobody'],
    ['GET /v1/breaches?team=nobody'],
    ['GET /v1/keys?team=nobody'],
    ['GET /v1/teams/Not%20a%20team/expectations'],
  ])('%s: nor whether the team exists', async (request) => {
    const api = await ApiClient.start();
    expect((await api.send(request, { as: 'stranger' })).status).toBe(403);
  });
});

describe('keys', () => {
  test.each([
    ['no scheme', 'ovd_abcdefghij_0123456789012345678901234567890'],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no key at all', 'Bearer '],
    ['a key that nobody has', 'Bearer ovd_abcdefghij_0123456789012345678901234567890'],
  ])('%s is answered with 401', async (_name, authorization) => {
    const api = await ApiClient.start();
    const answer = await api.send('GET /v1/teams', { as: 'nobody', headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  test('with the id of another and a secret of their own are refused', async () => {
    const api = await ApiClient.start();
    // A secret may have underscores of its own; the id has none.
    const forged = api.key('editor')?.replace(/^(ovd_[^_]+)_.*$/, `$1_${'x'.repeat(43)}`) ?? '';
    const headers = { authorization: `Bearer ${forged}` };
    const { status, body } = await api.send('GET /v1/teams', { as: 'nobody', headers });
    expect(status).toBe(401);
    expect(body).toMatchObject({ detail: 'the API key is not known' });
  });
});
