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
  AssumeRoleCommand: ['sts:AssumeRole'],
  BatchGetCommand: ['dynamodb:BatchGetItem'],
  BatchWriteCommand: ['dynamodb:BatchWriteItem'],
  DeleteCommand: ['dynamodb:DeleteItem'],
  GetCommand: ['dynamodb:GetItem'],
  PutCommand: ['dynamodb:PutItem'],
  // On what is told by the options of the query.
  QueryCommand: [],
  UpdateCommand: ['dynamodb:UpdateItem'],
  // A schedule is given a role.
  CreateScheduleCommand: ['scheduler:CreateSchedule', 'iam:PassRole'],
  UpdateScheduleCommand: ['scheduler:UpdateSchedule', 'iam:PassRole'],
  DeleteScheduleCommand: ['scheduler:DeleteSchedule'],
  GetBucketNotificationConfigurationCommand: ['s3:GetBucketNotification'],
  GetBucketVersioningCommand: ['s3:GetBucketVersioning'],
  ListObjectsV2Command: ['s3:ListBucket'],
  ListObjectVersionsCommand: ['s3:ListBucketVersions'],
  GetSecretValueCommand: ['secretsmanager:GetSecretValue'],
  PublishCommand: ['sns:Publish'],
  SendEmailCommand: ['ses:SendEmail', 'ses:SendRawEmail'],
  SendMessageBatchCommand: ['sqs:SendMessage'],
  SendTaskSuccessCommand: ['states:SendTaskSuccess'],
  StartExecutionCommand: ['states:StartExecution'],
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
  const called = [...commands].flatMap((command) => ACTIONS[command] ?? [`${command} without an action`]);
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
    expect([...commandsOf('await-arrival')]).toContain('SendTaskSuccessCommand');
    expect([...commandsOf('await-arrival')]).not.toContain('StartExecutionCommand');
  });

  it('ends where a context is only put together', () => {
    expect([...commandsOf('plan')]).not.toContain('ListObjectsV2Command');
    expect([...commandsOf('check')]).toContain('ListObjectsV2Command');
    expect([...commandsOf('plan')]).not.toContain('AssumeRoleCommand');
    expect([...commandsOf('check')]).toContain('AssumeRoleCommand');
  });
});
