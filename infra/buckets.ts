import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Source as LookSource } from '../functions/adapters/sources.ts';
import type { Config } from './config.ts';
import type { Handler } from './handler.ts';
import { names, type Looker } from './sources.ts';

/** A rule's pattern has at most 2,048 characters, and the name of a bucket at most 63. */
const NAMES_IN_A_RULE = 25;

/** What `detail.bucket.name` of one event rule matches. */
export type BucketNames = 'all' | (string | { prefix: string })[];

/**
 * The buckets as event rules match them, one element a rule.
 * @param buckets names, or beginnings of names with `*` at the end
 */
export function patternsOf(buckets: readonly string[]): BucketNames[] {
  if (buckets.includes('*')) return ['all'];
  const names = buckets.map((name) => (name.endsWith('*') ? { prefix: name.slice(0, -1) } : name));
  return Array.from({ length: Math.ceil(names.length / NAMES_IN_A_RULE) }, (_, rule) =>
    names.slice(rule * NAMES_IN_A_RULE, (rule + 1) * NAMES_IN_A_RULE),
  );
}

/** What a look needs, see the adapter: the objects, their versions, and whether these or events tell everything. */
export const LOOK = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:GetBucketVersioning',
  's3:GetBucketNotification',
];

/** Lets the functions list the buckets, and see whether they send events. They cannot read what is in the objects. */
export function lendBuckets(scope: Construct, config: Config, ...handlers: Handler[]): void {
  lendOwn(scope, config, handlers);
  lendElsewhere(scope, config, handlers);
}

function lendOwn(scope: Construct, { buckets }: Config, handlers: readonly Handler[]): void {
  if (buckets.length === 0) return;
  const arns = buckets.map((name) =>
    Stack.of(scope).formatArn({ service: 's3', resource: name, region: '', account: '' }),
  );
  for (const handler of handlers) handler.may(LOOK, arns);
}

/** What other accounts know a function by that looks; undefined where there are none. */
export function lookerRoleName(
  { stackName, home, sourceAccounts }: Config,
  looker: Looker,
): string | undefined {
  if (!home || sourceAccounts.length === 0) return undefined;
  return names.lookerRole(stackName, home.region, looker);
}

/** Buckets of other accounts are looked into by a role there, which the functions may assume, and no other. */
function lendElsewhere(
  scope: Construct,
  { stackName, sourceAccounts }: Config,
  handlers: readonly Handler[],
): void {
  const sources = sourceAccounts
    .filter(({ buckets }) => buckets.length > 0)
    .map(({ label, account, region, buckets }): LookSource => {
      const resourceName = names.lookRole(stackName, region);
      const stack = Stack.of(scope);
      const roleArn = stack.formatArn({
        service: 'iam',
        region: '',
        account,
        resource: 'role',
        resourceName,
      });
      return { label, region, roleArn, buckets };
    });
  if (sources.length === 0) return;
  for (const handler of handlers) {
    const roles = sources.map(({ roleArn }) => roleArn);
    handler.may(['sts:AssumeRole'], roles);
    handler.knows({ sources: JSON.stringify(sources) });
  }
}
