import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Conditions } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { JobSource } from './job-events.ts';

/** What a function asks of runs: those since some time, one of them, and whether there can be any. */
export type RunLook = 'latest' | 'one' | 'refusal';

interface Right {
  source: JobSource;
  action: string;
  for: readonly RunLook[];
  /** Service and resource, of the account and Region; without, the action takes no resources. */
  on?: readonly [service: string, resource: string];
  /** Condition on the ARN of what holds the resources. */
  within?: readonly [key: string, service: string, resource: string];
}

const STATE_MACHINES = ['states', 'stateMachine:*'] as const;
const GLUE_JOBS = ['glue', 'job/*'] as const;
const APPLICATIONS = ['emr-serverless', '/applications/*'] as const;
const PROJECTS = ['codebuild', 'project/*'] as const;

/**
 * What the adapters in functions/adapters/runs call, each on as little as the service can tell apart: see docs/sources.md.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const RIGHTS: readonly Right[] = [
  { source: 'stepfunctions', action: 'states:ListExecutions', for: ['latest'], on: STATE_MACHINES },
  {
    source: 'stepfunctions',
    action: 'states:DescribeExecution',
    for: ['one'],
    on: ['states', 'execution:*'],
  },
  { source: 'stepfunctions', action: 'states:DescribeStateMachine', for: ['refusal'], on: STATE_MACHINES },
  { source: 'glue', action: 'glue:GetJobRuns', for: ['latest'], on: GLUE_JOBS },
  { source: 'glue', action: 'glue:GetJobRun', for: ['one'], on: GLUE_JOBS },
  { source: 'emr-serverless', action: 'emr-serverless:ListJobRuns', for: ['latest'], on: APPLICATIONS },
  { source: 'emr-serverless', action: 'emr-serverless:GetJobRun', for: ['latest', 'one'], on: APPLICATIONS },
  { source: 'batch', action: 'batch:ListJobs', for: ['latest'] },
  { source: 'batch', action: 'batch:DescribeJobs', for: ['latest', 'one'] },
  { source: 'ecs', action: 'ecs:ListTasks', for: ['latest'], within: ['ecs:cluster', 'ecs', 'cluster/*'] },
  { source: 'ecs', action: 'ecs:DescribeTasks', for: ['latest', 'one'], on: ['ecs', 'task/*'] },
  { source: 'ecs', action: 'ecs:DescribeTaskDefinition', for: ['latest', 'one'] },
  { source: 'codebuild', action: 'codebuild:ListBuildsForProject', for: ['latest'], on: PROJECTS },
  { source: 'codebuild', action: 'codebuild:BatchGetBuilds', for: ['latest', 'one'], on: PROJECTS },
  { source: 'redshift-data', action: 'redshift-data:DescribeStatement', for: ['one'] },
];

/** What a policy allows, in one statement. */
export interface Allowed {
  actions: string[];
  resources: string[];
  conditions: Conditions;
}

/** What looks at runs of these services need in the account and Region of the stack; nothing can be changed by it. */
export function runRights(
  scope: Construct,
  jobs: readonly JobSource[],
  looks: readonly RunLook[],
): Allowed[] {
  const arnOf = (service: string, resource: string) =>
    Stack.of(scope).formatArn({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return RIGHTS.filter((right) => jobs.includes(right.source))
    .filter((right) => right.for.some((look) => looks.includes(look)))
    .map(({ action, on, within }) => ({
      actions: [action],
      resources: [on ? arnOf(...on) : '*'],
      conditions: within ? { ArnLike: { [within[0]]: arnOf(within[1], within[2]) } } : {},
    }));
}

/** All jobs of a service, as an ARN from the service on: the configuration names no jobs. */
export function wildResources(jobs: readonly JobSource[]): (readonly [service: string, resource: string])[] {
  return [
    ...new Set(RIGHTS.filter(({ source }) => jobs.includes(source)).flatMap(({ on }) => (on ? [on] : []))),
  ];
}

/** The services that can be asked about runs. */
export function canBeAsked(job: JobSource): boolean {
  return RIGHTS.some(({ source }) => source === job);
}
