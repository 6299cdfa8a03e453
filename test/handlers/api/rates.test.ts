import { describe, expect, test } from '@jest/globals';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { newApiKey } from '../../../functions/app/access.ts';
import { createApi } from '../../../functions/handlers/api/app.ts';
import { limitsOf } from '../../../functions/handlers/api/callers.ts';
import type { ApiEnv } from '../../../functions/handlers/api/env.ts';
import { MemoryWorld } from '../../support/memory-context.ts';

interface Scene {
  world: MemoryWorld;
  /** @returns status and headers; the address is that of the network */
  get: (path: string, key?: string, address?: string) => Promise<Response>;
  /** An API key of team `data`. */
  makeKey: () => Promise<string>;
  ping: string;
  /** How often keys and check-in addresses were looked up. */
  lookUps: () => number;
}

async function scene(rates = { requests: 1, checkIns: 1 }): Promise<Scene> {
  let lookUps = 0;
  const before = (port: string, method: string) => {
    if (port === 'tokens' && method === 'find') lookUps++;
    if (port === 'apiKeys' && method === 'get') lookUps++;
  };
  const world = new MemoryWorld({ before });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const app: OpenAPIHono<ApiEnv> = createApi(
    world.ctx,
    limitsOf(rates, (c) => c.req.header('x-test-address')),
  );
  const makeKey = async () => {
    const made = newApiKey(world.ctx, { team: 'data', role: 'admin', name: 'k', createdBy: 'test' });
    await world.apiKeys.create(made.record);
    return made.key;
  };
  const body = JSON.stringify({ id: 'backup', team: 'data', checkIn: {}, due: { silentFor: '1h' } });
  const headers = { authorization: `Bearer ${await makeKey()}`, 'content-type': 'application/json' };
  const created = (await (
    await app.request('/v1/expectations', { method: 'POST', body, headers })
  ).json()) as {
    pingUrl: string;
  };
  return {
    world,
    makeKey,
    ping: new URL(created.pingUrl).pathname,
    lookUps: () => lookUps,
    get: async (path, key, address = '192.0.2.1') =>
      app.request(path, {
        headers: {
          'x-test-address': address,
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
      }),
  };
}

/** The statuses of so many requests, one after the other. */
async function statuses(times: number, send: () => Promise<Response>): Promise<number[]> {
  const all: number[] = [];
  for (let count = 0; count < times; count++) all.push((await send()).status);
  return all;
}

const WRONG = `ovd_abcdefghijkl_${'x'.repeat(43)}`;

describe('an API key', () => {
  test('may make ten seconds of requests at once; then it is told how long to wait', async () => {
    const { get, makeKey, world } = await scene();
    const key = await makeKey();
    expect(await statuses(10, () => get('/v1/teams', key))).toEqual(Array(10).fill(200));
    const refused = await get('/v1/teams', key);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit-policy')).toBe('"key";q=10;w=10');
    expect(refused.headers.get('ratelimit')).toBe('"key";r=0;t=1');
    expect(await refused.json()).toEqual({
      type: '/problems/too-many-requests',
      title: 'Too many requests',
      status: 429,
      detail: 'an API key may make 1 requests a second, up to 10 at once; try again in 1 s',
    });
    world.clock.advance(999);
    expect((await get('/v1/teams', key)).status).toBe(429);
    world.clock.advance(1);
    expect((await get('/v1/teams', key)).status).toBe(200);
  });

  test('is told with each answer what is left', async () => {
    const { get, makeKey } = await scene();
    const { headers } = await get('/v1/teams', await makeKey());
    expect(headers.get('ratelimit-policy')).toBe('"key";q=10;w=10');
    expect(headers.get('ratelimit')).toBe('"key";r=9;t=1');
  });

  test('that asks too often takes nothing from another one', async () => {
    const { get, makeKey } = await scene();
    const [noisy, quiet] = [await makeKey(), await makeKey()];
    await statuses(20, () => get('/v1/teams', noisy));
    expect((await get('/v1/teams', quiet)).status).toBe(200);
  });

  test('is not limited where the rate is 0', async () => {
    const { get, makeKey } = await scene({ requests: 0, checkIns: 0 });
    const key = await makeKey();
    expect(new Set(await statuses(100, () => get('/v1/teams', key)))).toEqual(new Set([200]));
    expect((await get('/v1/teams', key)).headers.get('ratelimit')).toBeNull();
  });
});

describe('a check-in address', () => {
  test('takes a minute of check-ins at once and refuses the next, which can come a second later', async () => {
    const { get, ping, world } = await scene();
    expect(await statuses(60, () => get(ping))).toEqual(Array(60).fill(200));
    const refused = await get(ping);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.text()).toBe(
      'a check-in address takes 1 check-ins a second, up to 60 at once; try again in 1 s\n',
    );
    world.clock.advance(1000);
    expect((await get(ping)).status).toBe(200);
    const recorded = await world.evidence.between({ team: 'data', id: 'backup' }, 0, Infinity);
    expect(recorded).toHaveLength(61);
  });

  test('works on while an API key asks too often', async () => {
    const { get, ping, makeKey } = await scene();
    const key = await makeKey();
    await statuses(30, () => get('/v1/teams', key));
    expect((await get(ping)).status).toBe(200);
  });
});

describe('guesses from one network address', () => {
  test.each([
    ['of keys', '/v1/teams', WRONG, 401],
    ['of check-in addresses', '/ping/nobody-has-this-one', undefined, 404],
  ])('%s are refused after thirty, and looked up no more', async (_name, path, key, wrong) => {
    const { get, lookUps, world } = await scene();
    expect(await statuses(30, () => get(path, key))).toEqual(Array(30).fill(wrong));
    const before = lookUps();
    const refused = await get(path, key);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(lookUps()).toBe(before);
    world.clock.advance(1000);
    expect((await get(path, key)).status).toBe(wrong);
  });

  test('close it for no other address', async () => {
    const { get } = await scene();
    await statuses(40, () => get('/v1/teams', WRONG));
    expect((await get('/v1/teams', WRONG, '192.0.2.2')).status).toBe(401);
  });

  test('do not touch keys and check-in addresses that were right before', async () => {
    const { get, ping, makeKey } = await scene();
    const key = await makeKey();
    await get(ping);
    await get('/v1/teams', key);
    await statuses(40, () => get('/v1/teams', WRONG));
    expect((await get('/v1/teams', key)).status).toBe(200);
    expect((await get(ping)).status).toBe(200);
  });

  test('are no requests without a key: those cost nothing', async () => {
    const { get } = await scene();
    expect(new Set(await statuses(50, () => get('/v1/teams')))).toEqual(new Set([401]));
  });
});
