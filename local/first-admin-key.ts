import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApiKey } from '../functions/app/access.ts';
import type { Context } from '../functions/app/ports.ts';

/** Where the first admin key lies: the table holds only its hash. */
export function adminKeyFile(folder: string): string {
  return join(folder, 'admin-key');
}

/**
 * Makes an operator's key when there is none, and leaves it in a file that only its owner may read.
 * @returns the key when it was made now
 */
export async function firstAdminKey(ctx: Context, folder: string): Promise<string | undefined> {
  const operators = await ctx.apiKeys.list('*');
  if (operators.length > 0) return undefined;
  const { record, key } = newApiKey(ctx, {
    team: '*',
    role: 'admin',
    name: 'first admin key',
    createdBy: 'npm start',
  });
  // The file first: a key whose only copy was lost in a crash could never be used.
  writeFileSync(adminKeyFile(folder), `${key}\n`, { mode: 0o600 });
  await ctx.apiKeys.create(record);
  return key;
}
