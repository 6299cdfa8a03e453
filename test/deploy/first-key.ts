import { run } from '../support/command.ts';
import type { Told } from './stack.ts';

/** What the key may be made of (docs/api.md, "Keys and roles"). */
const KEY = /^ovd_bootstrap_[A-Za-z0-9]{48}$/;

/** Reads the first key by the command that the stack prints. */
async function printKey(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  return (await run('sh', ['-c', command], { env })).trim();
}

/**
 * The first operator key, as an operator gets at it. ministack fills the secret with punctuation, which the stack
 * excludes; it is then made anew, as docs/deploying.md says for a key that has leaked.
 */
export async function firstKey({ FirstAdminKey }: Told, env: NodeJS.ProcessEnv): Promise<string> {
  const key = await printKey(FirstAdminKey, env);
  if (KEY.test(key)) return key;
  const [, secret = ''] = /--secret-id (\S+)/.exec(FirstAdminKey) ?? [];
  const random = 'aws secretsmanager get-random-password --password-length 48 --exclude-punctuation';
  const value = `"$(${random} --query RandomPassword --output text)"`;
  const replace = `aws secretsmanager put-secret-value --secret-id ${secret} --secret-string ${value}`;
  await run('sh', ['-c', replace], { env });
  const renewed = await printKey(FirstAdminKey, env);
  if (!KEY.test(renewed)) throw new Error('the first key is of no form that the API knows');
  return renewed;
}
