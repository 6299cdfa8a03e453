import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { manyOf, resources, Text } from './stack.ts';

const Statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: manyOf(z.string()),
  Resource: manyOf(Text),
  Condition: z.unknown().optional(),
});

const Document = z.object({ Statement: z.array(Statement) });
const Policy = z.object({ PolicyDocument: Document, Roles: z.array(Text) });

/** One thing that a role may do. */
export interface Permission {
  /** Logical id of the role. */
  role: string;
  action: string;
  resource: string;
  condition: unknown;
}

/** All that the roles of the stack may do: one entry for each role, action and resource. */
export function permissions(template: Template): Permission[] {
  return [...resources(template, 'AWS::IAM::Policy', Policy).values()].flatMap(({ PolicyDocument, Roles }) =>
    PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap((statement) =>
      Roles.flatMap((role) =>
        statement.Action.flatMap((action) =>
          statement.Resource.map((resource) => ({
            role: role.replace(/[<>]/g, ''),
            action,
            resource,
            condition: statement.Condition,
          })),
        ),
      ),
    ),
  );
}

/** Name of a function by its role, as in the code: `CheckerCheck`. */
export function functionOf({ role }: Permission): string {
  return role.replace(/Role[0-9A-F]{8}$/, '');
}

/** Names of the functions and machines that have a permission. */
export function holders(permitted: readonly Permission[]): string[] {
  return [...new Set(permitted.map(functionOf))].sort();
}
