import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Source as LookSource } from '../functions/adapters/sources.ts';
import type { RunSource } from '../functions/core/run.ts';
import { LOOK } from './buckets.ts';
import type { Config } from './config.ts';
import type { Handler } from './handler.ts';
import { canBeAsked, runRights, type RunLook } from './run-looks.ts';
import { jobsOf, LOOKERS, names, RUN_LOOKERS, type Looker, type Source } from './sources.ts';

/** What other accounts know a function by that looks; undefined where there are none. */
export function lookerRoleName(
  { stackName, home, sourceAccounts }: Config,
  looker: Looker,
): string | undefined {
  if (!home || sourceAccounts.length === 0) return undefined;
  return names.lookerRole(stackName, home.region, looker);
}

/** The functions that look at something in a source; none where there is nothing to look at. */
export function lookersOf(source: Source): readonly Looker[] {
  if (hasRuns(source)) return RUN_LOOKERS;
  return hasBuckets(source) ? LOOKERS : [];
}

/** Lets the functions list the buckets, and see whether they send events. They cannot read what is in the objects. */
export function lendBuckets(scope: Construct, config: Config, ...handlers: Handler[]): void {
  const { buckets, sourceAccounts } = config;
  const arns = buckets.map((name) =>
    Stack.of(scope).formatArn({ service: 's3', resource: name, region: '', account: '' }),
  );
  for (const handler of handlers) if (arns.length > 0) handler.may(LOOK, arns);
  lendRoles(scope, config, sourceAccounts.filter(hasBuckets), handlers);
}

/** Lets the functions ask about runs of the jobs that are heard of. They can start, stop and change none. */
export function lendRuns(
  scope: Construct,
  config: Config,
  looks: readonly RunLook[],
  ...handlers: Handler[]
): void {
  const rights = runRights(scope, config.jobSources, looks);
  for (const handler of handlers)
    for (const { actions, resources, conditions } of rights) handler.may(actions, resources, conditions);
  lendRoles(scope, config, config.sourceAccounts.filter(hasRuns), handlers);
}

/** The services whose jobs are heard of, from here and from other accounts: of others no job can be expected. */
export function jobSourcesHeard({ jobSources, sourceAccounts }: Config): RunSource[] {
  return [...new Set<RunSource>([...jobSources, ...sourceAccounts.flatMap(jobsOf), 'custom'])];
}

/** Elsewhere a role of that place looks, which the functions may assume, and no other. */
function lendRoles(
  scope: Construct,
  { stackName, sourceAccounts }: Config,
  sources: readonly Source[],
  handlers: readonly Handler[],
): void {
  if (sources.length === 0) return;
  const roleOf = ({ account, region }: Source) =>
    Stack.of(scope).formatArn({
      ...{ service: 'iam', region: '', account },
      ...{ resource: 'role', resourceName: names.lookRole(stackName, region) },
    });
  const all = sourceAccounts
    .filter((source) => lookersOf(source).length > 0)
    .map((source): LookSource => {
      const { label, region, buckets } = source;
      return { label, region, roleArn: roleOf(source), buckets };
    });
  for (const handler of handlers) {
    handler.may(['sts:AssumeRole'], sources.map(roleOf));
    handler.knows({ sources: JSON.stringify(all) });
  }
}

function hasBuckets({ buckets }: Source): boolean {
  return buckets.length > 0;
}

function hasRuns(source: Source): boolean {
  return jobsOf(source).some(canBeAsked);
}
