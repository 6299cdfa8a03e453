import type { STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { z } from 'zod';

const Sources = z.array(
  z.strictObject({
    /** What people call the account. */
    label: z.string(),
    region: z.string(),
    /** The role there that may look into these buckets. */
    roleArn: z.string(),
    /** Names, or beginnings of names with `*` at the end. */
    buckets: z.array(z.string()),
  }),
);

/** Another account or Region, and the buckets there that are looked into by a role of that account. */
export type Source = z.output<typeof Sources>[number];

/** A variable of the function's configuration is not what the stack makes of it. */
export class MalformedSources extends Error {
  override name = 'MalformedSources';
}

/** The role of another account could not be assumed; the message names the account, for people. */
export class RoleNotAssumed extends Error {
  override name = 'RoleNotAssumed';
}

/**
 * @param text JSON, as infra/sources.ts writes it; undefined where everything is in one account
 * @throws MalformedSources
 */
export function readSources(text: string | undefined): Source[] {
  if (text === undefined) return [];
  try {
    return Sources.parse(JSON.parse(text));
  } catch (cause) {
    throw new MalformedSources('the list of source accounts cannot be read', { cause });
  }
}

/** Where a bucket lies, when it is not in the deployment's own account: names of buckets are unique among all accounts. */
export function sourceOf(sources: readonly Source[], bucket: string): Source | undefined {
  return sources.find(({ buckets }) =>
    buckets.some((name) => (name.endsWith('*') ? bucket.startsWith(name.slice(0, -1)) : bucket === name)),
  );
}

/**
 * Credentials of the role of a source; the SDK keeps them and asks again before they expire.
 * @throws RoleNotAssumed
 */
export async function assumeRole(sts: Pick<STSClient, 'send'>, { roleArn, label }: Source) {
  try {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'overdue-looks' }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      ...(Credentials?.SessionToken === undefined ? {} : { sessionToken: Credentials.SessionToken }),
      ...(Credentials?.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
    };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown fault';
    throw new RoleNotAssumed(`the role in account ${label} cannot be assumed (${name})`, { cause: error });
  }
}
