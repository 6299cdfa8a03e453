import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ApiKey, ApiKeys, Context } from '../app/ports.ts';
import { MINUTE, type Instant, type Milliseconds } from '../core/time.ts';

/** Id of the key `ovd_bootstrap_<secret>`, whose secret lies in Secrets Manager instead of the table. */
const ID = 'bootstrap';

/** A rotated secret is known this much later at the latest. */
const KEPT: Milliseconds = MINUTE;

interface Options {
  secretArn: string;
  secrets: Context['secrets'];
  now: () => Instant;
}

/**
 * The keys of the table, and before any is made, the operator's first one: whoever may read the secret in the account
 * may use it. No change of the table can take it away, and no API call can list or remove it.
 */
export function withBootstrapKey(
  keys: ApiKeys,
  client: () => SecretsManagerClient,
  options: Options,
): ApiKeys {
  const { secretArn, secrets, now } = options;
  let kept: { key: Promise<ApiKey>; until: Instant } | undefined;
  const read = async (): Promise<ApiKey> => {
    const { SecretString = '' } = await client().send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (SecretString === '') throw new Error('the secret of the bootstrap key is empty');
    const [secretHash, createdAt] = [secrets.sha256(SecretString), 0];
    return {
      id: ID,
      team: '*',
      role: 'admin',
      name: 'bootstrap',
      secretHash,
      createdAt,
      createdBy: 'the stack',
    };
  };
  const bootstrap = (): Promise<ApiKey> => {
    if (kept && kept.until > now()) return kept.key;
    const key = read();
    kept = { key, until: now() + KEPT };
    // A failure is told to who asked, and not kept for the next.
    key.catch(() => (kept = undefined));
    return key;
  };
  return {
    get: (id) => (id === ID ? bootstrap() : keys.get(id)),
    create: (key) => keys.create(key),
    remove: (key) => keys.remove(key),
    list: (team) => keys.list(team),
  };
}
