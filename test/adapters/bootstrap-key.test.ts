import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withBootstrapKey } from '../../functions/adapters/bootstrap-key.ts';
import { authenticate } from '../../functions/app/access.ts';
import { Unauthorized } from '../../functions/app/errors.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const SECRET = 'a-secret-of-more-than-twenty-characters';

/** Secrets Manager, as far as one secret goes. */
let answer: { status: number; body: object };
let asked: number;
let server: Server;
let world: MemoryWorld;

beforeEach(async () => {
  world = new MemoryWorld();
  asked = 0;
  answer = { status: 200, body: { SecretString: SECRET } };
  server = createServer((_request, response) => {
    asked++;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function access() {
  const { port } = server.address() as AddressInfo;
  const client = new SecretsManagerClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const options = { secretArn: 'arn:secret', secrets: world.secrets, now: () => world.clock.now };
  return { secrets: world.secrets, apiKeys: withBootstrapKey(world.apiKeys, () => client, options) };
}

describe('the bootstrap key', () => {
  it('is an operator, known by the secret', async () => {
    const principal = await authenticate(access(), `ovd_bootstrap_${SECRET}`);
    expect(principal).toEqual({ actor: 'key:bootstrap (bootstrap)', team: '*', role: 'admin' });
  });

  it('with another secret is refused', async () => {
    await expect(authenticate(access(), `ovd_bootstrap_${SECRET}x`)).rejects.toThrow(Unauthorized);
  });

  it('is asked for once a minute, so that a rotated secret is known after that', async () => {
    const ctx = access();
    await authenticate(ctx, `ovd_bootstrap_${SECRET}`);
    await authenticate(ctx, `ovd_bootstrap_${SECRET}`);
    expect(asked).toBe(1);
    answer.body = { SecretString: `${SECRET}-rotated` };
    world.clock.advance(60_000);
    await authenticate(ctx, `ovd_bootstrap_${SECRET}-rotated`);
    await expect(authenticate(ctx, `ovd_bootstrap_${SECRET}`)).rejects.toThrow(Unauthorized);
  });

  it('is nobody while the secret is empty, and a failed look is not kept', async () => {
    const ctx = access();
    answer.body = { SecretString: '' };
    await expect(authenticate(ctx, `ovd_bootstrap_${SECRET}`)).rejects.toThrow('is empty');
    answer.body = { SecretString: SECRET };
    await expect(authenticate(ctx, `ovd_bootstrap_${SECRET}`)).resolves.toMatchObject({ team: '*' });
  });

  it('leaves the keys of the table as they are', async () => {
    const ctx = access();
    await expect(authenticate(ctx, `ovd_12345678_${SECRET}`)).rejects.toThrow(Unauthorized);
    expect(asked).toBe(0);
    expect(await ctx.apiKeys.list('*')).toEqual([]);
  });
});
