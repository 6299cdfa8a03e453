import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { reachesOf, type Reach } from './reach.ts';
import { functionOf, permissions, type Permission } from './policies.ts';
import { MANY_ACCOUNTS, resources, synthesize, Text } from './stack.ts';

/** The entry of each function, by its name in the stack. */
const ENTRIES: Record<string, string> = {
  AlertsNotifier: 'notifier',
  ApiHandler: 'api',
  BreachesAdvance: 'advance-breach',
  BreachesAwaitArrival: 'await-arrival',
  CanaryKeeper: 'canary',
  CheckerCheck: 'check',
  CheckerPlan: 'plan',
  EvidenceRecorder: 'recorder',
  SweepHeartbeat: 'heartbeat',
  SweepSweeper: 'sweep',
};

/**
 * What a command of the SDK must be allowed.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const ACTIONS: Record<string, string[]> = {
  'lib-dynamodb:BatchGetCommand': ['dynamodb:BatchGetItem'],
  'lib-dynamodb:BatchWriteCommand': ['dynamodb:BatchWriteItem'],
  'lib-dynamodb:DeleteCommand': ['dynamodb:DeleteItem'],
  'lib-dynamodb:GetCommand': ['dynamodb:GetItem'],
  'lib-dynamodb:PutCommand': ['dynamodb:PutItem'],
  // On what is told by the options of the query.
  'lib-dynamodb:QueryCommand': [],
  'lib-dynamodb:UpdateCommand': ['dynamodb:UpdateItem'],
  // A schedule is given a role.
  'scheduler:CreateScheduleCommand': ['scheduler:CreateSchedule', 'iam:PassRole'],
  'scheduler:UpdateScheduleCommand': ['scheduler:UpdateSchedule', 'iam:PassRole'],
  'scheduler:DeleteScheduleCommand': ['scheduler:DeleteSchedule'],
  's3:GetBucketNotificationConfigurationCommand': ['s3:GetBucketNotification'],
  's3:GetBucketVersioningCommand': ['s3:GetBucketVersioning'],
  's3:ListObjectsV2Command': ['s3:ListBucket'],
  's3:ListObjectVersionsCommand': ['s3:ListBucketVersions'],
  'secrets-manager:GetSecretValueCommand': ['secretsmanager:GetSecretValue'],
  'sns:PublishCommand': ['sns:Publish'],
  'sesv2:SendEmailCommand': ['ses:SendEmail', 'ses:SendRawEmail'],
  'sqs:SendMessageBatchCommand': ['sqs:SendMessage'],
  'sqs:SendMessageCommand': ['sqs:SendMessage'],
  'sfn:SendTaskSuccessCommand': ['states:SendTaskSuccess'],
  'sfn:StartExecutionCommand': ['states:StartExecution'],
  'sts:AssumeRoleCommand': ['sts:AssumeRole'],
  // Whoever has credentials may ask whose they are.
  'sts:GetCallerIdentityCommand': [],
};

/** What asks about runs of jobs must be allowed. */
const LOOKS_AT_RUNS: Record<string, string[]> = {
  'sfn:ListExecutionsCommand': ['states:ListExecutions'],
  'sfn:DescribeExecutionCommand': ['states:DescribeExecution'],
  'sfn:DescribeStateMachineCommand': ['states:DescribeStateMachine'],
  'glue:GetJobRunsCommand': ['glue:GetJobRuns'],
  'glue:GetJobRunCommand': ['glue:GetJobRun'],
  'emr-serverless:ListJobRunsCommand': ['emr-serverless:ListJobRuns'],
  'emr-serverless:GetJobRunCommand': ['emr-serverless:GetJobRun'],
  'batch:ListJobsCommand': ['batch:ListJobs'],
  'batch:DescribeJobsCommand': ['batch:DescribeJobs'],
  'ecs:ListTasksCommand': ['ecs:ListTasks'],
  'ecs:DescribeTasksCommand': ['ecs:DescribeTasks'],
  'ecs:DescribeTaskDefinitionCommand': ['ecs:DescribeTaskDefinition'],
  'codebuild:ListBuildsForProjectCommand': ['codebuild:ListBuildsForProject'],
  'codebuild:BatchGetBuildsCommand': ['codebuild:BatchGetBuilds'],
  'redshift-data:DescribeStatementCommand': ['redshift-data:DescribeStatement'],
};

/** By the types of its code it could come to these commands; it registers one check-in, which is no job. */
const NEVER_CALLED: Record<string, string[]> = {
  CanaryKeeper: [...Object.keys(LOOKS_AT_RUNS), 'sts:AssumeRoleCommand'],
};

/** What Lambda itself needs of a role: to log, to trace, and to poll a queue. */
const RUNTIME = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const POLLING = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];

const QUERY = 'dynamodb:Query';

const template = synthesize(MANY_ACCOUNTS);
const granted = permissions(template);
const reaches = reachesOf(Object.values(ENTRIES));

function neededBy(name: string): Set<string> {
  const { commands, queried } = reaches.get(ENTRIES[name] ?? '') ?? { commands: [], queried: [] };
  const called = [...commands]
    .filter((command) => !NEVER_CALLED[name]?.includes(command))
    .flatMap((command) => ACTIONS[command] ?? LOOKS_AT_RUNS[command] ?? [`${command} without an action`]);
  const queries = [...queried].map((index) => (index === '' ? QUERY : `${QUERY} on ${index}`));
  return new Set([...called, ...queries, ...RUNTIME, ...(polls(name) ? POLLING : [])]);
}

function polls(name: string): boolean {
  const Mapping = z.object({ FunctionName: Text });
  const mappings = [...resources(template, 'AWS::Lambda::EventSourceMapping', Mapping).values()];
  return mappings.some(({ FunctionName }) => FunctionName.startsWith(`<${name}Function`));
}

function nameOf({ action, resource }: Permission): string {
  const [, index] = /\/index\/(\w+)$/.exec(resource) ?? [];
  return index === undefined ? action : `${action} on ${index}`;
}

/** What a function's role lacks, and what it has too much. */
function differences(
  name: string,
  among: readonly Permission[],
): { missing: string[]; superfluous: string[] } {
  const has = new Set(among.filter((one) => functionOf(one) === name).map(nameOf));
  const needs = neededBy(name);
  return {
    missing: [...needs.difference(has)].sort(),
    superfluous: [...has.difference(needs)].sort(),
  };
}

const names = Object.keys(ENTRIES);

it('every function of the stack is compared with its code', () => {
  const functions = [...resources(template, 'AWS::Lambda::Function', z.unknown()).keys()];
  expect(functions.map((id) => id.replace(/Function[0-9A-F]{8}$/, '')).sort()).toEqual(names);
});

describe.each(names)('the role of %s', (name) => {
  it('allows what the code of the function can reach, and nothing else', () => {
    expect(differences(name, granted)).toEqual({ missing: [], superfluous: [] });
  });

  it('is found out when it lacks any of that', () => {
    const own = new Set(granted.filter((one) => functionOf(one) === name).map(nameOf));
    expect(own.size).toBeGreaterThan(RUNTIME.length);
    for (const action of own) {
      const without = granted.filter((one) => !(functionOf(one) === name && nameOf(one) === action));
      expect(differences(name, without)).toEqual({ missing: [action], superfluous: [] });
    }
  });

  it.each([
    ['dynamodb:Scan', '<Table.Arn>'],
    ['s3:GetObject', '*'],
    ['dynamodb:Query', '<Table.Arn>/index/nobody'],
  ])('is found out when it has %s on %s', (action, resource) => {
    const extra = { ...granted.find((one) => functionOf(one) === name)!, action, resource };
    expect(differences(name, [...granted, extra])).toEqual({ missing: [], superfluous: [nameOf(extra)] });
  });
});

describe('the reach of code', () => {
  const commandsOf = (entry: string): Reach['commands'] => reaches.get(entry)!.commands;

  it('follows a port to its adapter, and not to the methods that nobody calls', () => {
    expect([...commandsOf('await-arrival')]).toContain('sfn:SendTaskSuccessCommand');
    expect([...commandsOf('await-arrival')]).not.toContain('sfn:StartExecutionCommand');
    expect([...commandsOf('plan')]).toContain('glue:GetJobRunsCommand');
    expect([...commandsOf('plan')]).not.toContain('glue:GetJobRunCommand');
  });

  it('ends where a context is only put together', () => {
    expect([...commandsOf('plan')]).not.toContain('s3:ListObjectsV2Command');
    expect([...commandsOf('check')]).toContain('s3:ListObjectsV2Command');
    expect([...commandsOf('await-arrival')]).not.toContain('sts:AssumeRoleCommand');
  });

  it('includes what the SDK calls for a client', () => {
    expect([...commandsOf('plan')]).toContain('sts:AssumeRoleCommand');
  });
});
