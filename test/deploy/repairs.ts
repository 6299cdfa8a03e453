import { z } from 'zod';
import { run } from '../support/command.ts';

const Statement = z.looseObject({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.union([z.string(), z.array(z.string())]).optional(),
});
const Policy = z.looseObject({
  Statement: z.union([Statement, z.array(Statement)]),
});
const Details = z.object({
  RoleDetailList: z.array(
    z.object({
      RoleName: z.string(),
      RolePolicyList: z.array(z.object({ PolicyName: z.string(), PolicyDocument: Policy })),
    }),
  ),
});
const Secrets = z.object({ SecretList: z.array(z.object({ Name: z.string(), ARN: z.string() })) });

type Statement = z.output<typeof Statement>;

/**
 * What ministack gets wrong about permissions (docs/emulators.md), put right in the policies of the roles as they are
 * deployed there. Nothing is allowed but what the same policies allow on AWS.
 * @returns how many policies were changed
 */
export async function repairPolicies(env: NodeJS.ProcessEnv, stackName: string): Promise<number> {
  const aws = (...args: string[]) => run('aws', [...args, '--output', 'json'], { env });
  const { SecretList } = Secrets.parse(JSON.parse(await aws('secretsmanager', 'list-secrets')));
  const arns = new Map(SecretList.map(({ Name, ARN }) => [Name, ARN]));
  const listed = await aws('iam', 'get-account-authorization-details', '--filter', 'Role');
  const roles = Details.parse(JSON.parse(listed)).RoleDetailList;
  const changed = roles
    .filter(({ RoleName }) => RoleName.startsWith(stackName))
    .flatMap(({ RoleName, RolePolicyList }) => RolePolicyList.map((policy) => ({ RoleName, ...policy })))
    .flatMap(({ RoleName, PolicyName, PolicyDocument: before }) => {
      const after = {
        ...before,
        Statement: listOf(before.Statement).map((statement) => repaired(statement, arns)),
      };
      return JSON.stringify(after) === JSON.stringify(before) ? [] : [{ RoleName, PolicyName, after }];
    });
  for (const { RoleName, PolicyName, after } of changed) {
    const names = ['--role-name', RoleName, '--policy-name', PolicyName];
    await aws('iam', 'put-role-policy', ...names, '--policy-document', JSON.stringify(after));
  }
  return changed.length;
}

/** What the same permission covers there: by the resource that is named, or by the action. */
function repaired(statement: Statement, secretArns: ReadonlyMap<string, string>): Statement {
  const actions = listOf(statement.Action);
  // A task token does not tell it the state machine.
  if (actions.includes('states:SendTaskSuccess')) return { ...statement, Resource: '*' };
  // On AWS the permission to send covers batches, which have no action of their own.
  const batch = actions.includes('sqs:SendMessage') ? ['sqs:SendMessageBatch'] : [];
  const resources = listOf(statement.Resource ?? []).map(
    // The Ref of a secret is its ARN on AWS; every schedule counts as one of the default group.
    (name) => secretArns.get(name) ?? name.replace(/:schedule\/[^/]+\//, ':schedule/default/'),
  );
  const Action = batch.length === 0 ? statement.Action : [...new Set([...actions, ...batch])];
  const Resource = resources.length === 1 ? resources[0] : resources;
  return { ...statement, Action, ...(statement.Resource === undefined ? {} : { Resource }) };
}

function listOf<T>(one: T | T[]): T[] {
  return Array.isArray(one) ? one : [one];
}
