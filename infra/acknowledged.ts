import { Validations, type Stack } from 'aws-cdk-lib';
import type { Config } from './config.ts';
import type { JobSource } from './job-events.ts';
import { wildResources } from './run-looks.ts';
import { jobsOf, type Source } from './sources.ts';

/** A rule of AwsSolutions that does not fit, where, and why. */
interface Acknowledged {
  rule: string;
  /** The end of paths in the construct tree. */
  at: string;
  because: string;
}

const EVERY_ROLE = 'Role/DefaultPolicy/Resource';

/** Everything of the AwsSolutions rules that this stack does otherwise on purpose. */
function acknowledged({ buckets, jobSources, home }: Config, scheduleGroup: string): Acknowledged[] {
  const place = home ? `${home.region}:${home.account}` : '<AWS::Region>:<AWS::AccountId>';
  return [
    {
      rule: 'IAM5[Resource::*]',
      at: EVERY_ROLE,
      because:
        'X-Ray has no resources for traces, the log delivery of Step Functions none for its own set-up, the interfaces in a VPC none beforehand, some actions that read runs of jobs none at all; a test lists these actions and no others.',
    },
    {
      rule: `IAM5[Resource::arn:<AWS::Partition>:scheduler:${place}:schedule/${scheduleGroup}/*]`,
      at: EVERY_ROLE,
      because: 'A schedule is named after its deadline; all lie in one group that holds nothing else.',
    },
    ...wildBuckets(buckets, EVERY_ROLE),
    ...wildJobs(jobSources, place, EVERY_ROLE),
    {
      rule: 'APIG4',
      at: 'Http/DefaultRoute/Resource',
      because: 'The API checks its keys, roles and teams itself; an authorizer would look each key up twice.',
    },
    {
      rule: 'SMG4',
      at: 'BootstrapKey/Resource',
      because:
        'The first key is used once, to make real ones. It is replaced by hand, see docs/operating.md; nothing else knows it.',
    },
    {
      rule: 'SF1',
      at: 'Machine/Machine/Resource',
      because:
        'Only failures are logged, and without data: logging every step of every deadline would cost more than judging it. The functions log what they did.',
    },
    {
      rule: 'SQS3',
      at: 'Schedules/DeadLetters/Resource',
      because: 'It is the queue of dead letters of schedules, which is no redrive policy of another queue.',
    },
  ];
}

/** Tells cdk-nag, if somebody runs it, where its rules do not fit the central stack. */
export function acknowledge(stack: Stack, config: Config, scheduleGroup: string): void {
  acknowledgeAll(stack, acknowledged(config, scheduleGroup));
}

/** Tells cdk-nag where its rules do not fit the stack of a source. */
export function acknowledgeSource(stack: Stack, source: Source): void {
  const { buckets, account, region } = source;
  const role = 'Look/DefaultPolicy/Resource';
  acknowledgeAll(stack, [
    ...wildBuckets(buckets, role),
    ...wildJobs(jobsOf(source), `${region}:${account}`, role),
    {
      rule: 'IAM5[Resource::*]',
      at: role,
      because: 'Batch, ECS and Redshift Data have actions that read runs of jobs and take no resources.',
    },
    {
      rule: 'SQS3',
      at: 'DeadLetters/Resource',
      because: 'It is the queue of dead letters of rules, which is no redrive policy of another queue.',
    },
  ]);
}

function wildBuckets(buckets: readonly string[], at: string): Acknowledged[] {
  return buckets
    .filter((name) => name.endsWith('*'))
    .map((name) => ({
      rule: `IAM5[Resource::arn:<AWS::Partition>:s3:::${name}]`,
      at,
      because: 'The operator named the buckets by their beginning. They are listed, never read.',
    }));
}

function wildJobs(jobs: readonly JobSource[], place: string, at: string): Acknowledged[] {
  return wildResources(jobs).map(([service, resource]) => ({
    rule: `IAM5[Resource::arn:<AWS::Partition>:${service}:${place}:${resource}]`,
    at,
    because:
      'Expectations name the jobs, later than the deployment. Their runs are listed and described, no more.',
  }));
}

function acknowledgeAll(stack: Stack, all: readonly Acknowledged[]): void {
  for (const { rule, at, because: reason } of all) {
    const concerned = stack.node.findAll().filter(({ node }) => node.path.endsWith(`/${at}`));
    for (const construct of concerned) {
      Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
    }
  }
}
