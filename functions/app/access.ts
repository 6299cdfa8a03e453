import { Forbidden, Unauthorized } from './errors.ts';
import type { ApiKey, Context, Role } from './ports.ts';

/** Who is acting. `team: '*'` is an operator. */
export interface Principal {
  /** Written into the history: `key:<id> (<name>)`. */
  actor: string;
  team: string;
  role: Role;
}

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

const KEY = /^ovd_([A-Za-z0-9-]{8,32})_([A-Za-z0-9_-]{20,80})$/;

/** The id in a key, of which nobody knows yet whether it is right; undefined when it has not the form of a key. */
export function keyIdOf(key: string | undefined): string | undefined {
  return KEY.exec(key ?? '')?.[1];
}

/** Recognises an API key, `ovd_<id>_<secret>`. @throws Unauthorized */
export async function authenticate(
  ctx: Pick<Context, 'apiKeys' | 'secrets'>,
  key: string | undefined,
): Promise<Principal> {
  const [, id, secret] = KEY.exec(key ?? '') ?? [];
  if (id === undefined || secret === undefined)
    throw new Unauthorized('an API key is needed: Authorization: Bearer ovd_…');
  const known = await ctx.apiKeys.get(id);
  // The stored hash is of 256 random bits: comparing digests leaks nothing that helps to guess them.
  if (known?.secretHash !== ctx.secrets.sha256(secret)) throw new Unauthorized('the API key is not known');
  return { actor: `key:${known.id} (${known.name})`, team: known.team, role: known.role };
}

/** @throws Forbidden unless the principal has at least this role in the team (`*`: in all teams) */
export function demand({ team: own, role }: Principal, needed: Role, team: string): void {
  if (own !== '*' && own !== team) throw new Forbidden(`this key belongs to team ${own}`);
  if (RANK[role] < RANK[needed])
    throw new Forbidden(`this needs the role ${needed}; the key has the role ${role}`);
}

/** Makes a key. @returns its record and the only copy of the whole key */
export function newApiKey(
  ctx: Pick<Context, 'secrets' | 'now'>,
  { team, role, name, createdBy }: Pick<ApiKey, 'team' | 'role' | 'name' | 'createdBy'>,
): { record: ApiKey; key: string } {
  const id = ctx.secrets.random(9).replace(/[^A-Za-z0-9]/g, 'x');
  const secret = ctx.secrets.random(32);
  const record = {
    id,
    team,
    role,
    name,
    secretHash: ctx.secrets.sha256(secret),
    createdAt: ctx.now(),
    createdBy,
  };
  return { record, key: `ovd_${id}_${secret}` };
}
