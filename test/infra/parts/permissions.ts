import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { holders, permissions, type Permission } from '../policies.ts';
import { permissionsPage } from '../permissions-page.ts';
import { EVERYTHING, MANY_ACCOUNTS, resources, SHUT_IN, synthesize } from '../stack.ts';
import { z } from 'zod';

const template = synthesize(EVERYTHING);
const all = permissions(template);

/** What may be wild, and why. */
const WILD: { actions: RegExp; resource: RegExp; because: string }[] = [
  { actions: /^xray:/, resource: /^\*$/, because: 'X-Ray has no resources for its traces' },
  {
    actions: /^logs:\w*(LogDeliver|ResourcePolic|DescribeLogGroups)/,
    resource: /^\*$/,
    because: 'log delivery of Step Functions has no resources',
  },
  {
    actions: /^scheduler:/,
    resource: /:schedule\/Overdue-Schedules-Group-\w+\/\*$/,
    because: 'a schedule is named after its deadline; all are in one group',
  },
  {
    actions:
      /^(batch:(ListJobs|DescribeJobs)|ecs:(ListTasks|DescribeTaskDefinition)|redshift-data:DescribeStatement)$/,
    resource: /^\*$/,
    because: 'these take no resources',
  },
  {
    actions:
      /^(states:(ListExecutions|DescribeStateMachine)|glue:GetJobRuns?|emr-serverless:(ListJobRuns|GetJobRun))$/,
    resource: /:<AWS::Region>:<AWS::AccountId>:(stateMachine:|job\/|\/applications\/)\*$/,
    because: 'expectations name the jobs, later than the deployment',
  },
  {
    actions: /^(states:DescribeExecution|ecs:DescribeTasks|codebuild:(ListBuildsForProject|BatchGetBuilds))$/,
    resource: /:<AWS::Region>:<AWS::AccountId>:(execution:|task\/|project\/)\*$/,
    because: 'expectations name the jobs, later than the deployment',
  },
  {
    actions: /^s3:/,
    resource: /^arn:<AWS::Partition>:s3:::acme-reports-\*$/,
    because: 'the operator configured it so',
  },
];

function may(action: RegExp): Permission[] {
  return all.filter((permission) => action.test(permission.action));
}

describe('permissions', () => {
  it('are for single actions', () => {
    expect(all.filter(({ action }) => action.includes('*'))).toEqual([]);
  });

  it('are for single resources, but for listed exceptions', () => {
    const wild = all.filter(({ resource }) => resource.includes('*'));
    const excused = ({ action, resource }: Permission) =>
      WILD.some((exception) => exception.actions.test(action) && exception.resource.test(resource));
    expect(wild.filter((permission) => !excused(permission))).toEqual([]);
  });

  it('come from no list that AWS manages', () => {
    const roles = resources(
      template,
      'AWS::IAM::Role',
      z.object({ ManagedPolicyArns: z.undefined().optional(), Policies: z.undefined().optional() }),
    );
    expect(roles.size).toBeGreaterThan(0);
  });

  it('allow nobody to scan, or to change the table itself', () => {
    const actions = new Set(may(/^dynamodb:/).map(({ action }) => action));
    expect([...actions].sort()).toEqual(
      ['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map(
        (name) => `dynamodb:${name}`,
      ),
    );
  });

  it('let the to-do index be read by the sweep only', () => {
    expect(holders(all.filter(({ resource }) => resource.endsWith('/index/todo')))).toEqual([
      'SweepHeartbeat',
      'SweepSweeper',
    ]);
  });

  it('let functions pass on only the role of the schedules, to EventBridge Scheduler only', () => {
    const passing = may(/^iam:/);
    expect(new Set(passing.map(({ action, resource }) => `${action} ${resource}`))).toEqual(
      new Set([expect.stringMatching(/^iam:PassRole <SchedulesRole\w+\.Arn>$/)]),
    );
    expect(
      passing.every(({ condition }) => JSON.stringify(condition).includes('scheduler.amazonaws.com')),
    ).toBe(true);
  });

  it('let mail be sent by one identity, with its configuration set, and from one address', () => {
    const sending = may(/^ses:/);
    expect(new Set(sending.map(({ resource }) => resource))).toEqual(
      new Set([
        'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/example.com',
        'arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:configuration-set/tracked',
      ]),
    );
    expect(sending[0]?.condition).toEqual({ StringEquals: { 'ses:FromAddress': 'overdue@example.com' } });
  });

  it('name the topics and buckets of the configuration, the topic of the canary, and no others', () => {
    expect(new Set(may(/^(sns|s3):/).map(({ resource }) => resource))).toEqual(
      new Set([
        expect.stringMatching(/^<CanaryTopic\w{8}>$/),
        'arn:aws:sns:eu-central-1:123456789012:alerts',
        'arn:<AWS::Partition>:s3:::acme-landing',
        'arn:<AWS::Partition>:s3:::acme-reports-*',
      ]),
    );
    const without = permissions(synthesize()).filter(({ action }) => /^(sns|ses|s3):/.test(action));
    expect(new Set(without.map(({ resource }) => resource))).toEqual(
      new Set([expect.stringMatching(/^<CanaryTopic/)]),
    );
  });
});

describe('looks at runs of jobs', () => {
  const services = /^(glue|emr-serverless|batch|ecs|codebuild|redshift-data):|^states:(List|Describe)/;
  const looks = (config: Record<string, unknown>) =>
    permissions(synthesize(config)).filter(({ action }) => services.test(action));

  it('are allowed for the services that are switched on, and no others', () => {
    const actions = new Set(looks({ 'overdue:jobSources': 'glue,lambda' }).map(({ action }) => action));
    expect(actions).toEqual(new Set(['glue:GetJobRuns', 'glue:GetJobRun']));
    expect(looks({ 'overdue:jobSources': [] })).toEqual([]);
  });

  it('list tasks of clusters of this account and Region only', () => {
    const listing = may(/^ecs:ListTasks$/);
    expect(listing.length).toBeGreaterThan(0);
    for (const { condition } of listing)
      expect(JSON.stringify(condition)).toMatch(
        /^\{"ArnLike":\{"ecs:cluster":.*AWS::AccountId.*:cluster\/\*/,
      );
  });
});

describe('what EventBridge Scheduler may do', () => {
  const machine = (name: string) =>
    `states:StartExecution arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:Overdue-${name}`;

  it.each([
    ['Schedules', machine('checker')],
    ['SweepSchedules', machine('sweep')],
    ['CanarySchedules', expect.stringMatching(/^lambda:InvokeFunction <CanaryKeeperFunction\w{8}\.Arn>$/)],
  ])('as the role of %s is start one thing and fill its dead letters, no more', (group, start) => {
    const own = all.filter(({ role }) => new RegExp(`^${group}Role`).test(role));
    const letters = expect.stringMatching(new RegExp(`^sqs:SendMessage <${group}DeadLetters\\w+\\.Arn>$`));
    expect(own.map(({ action, resource }) => `${action} ${resource}`)).toEqual(
      expect.arrayContaining([start, letters]),
    );
    expect(own).toHaveLength(2);
  });

  it('is for schedules of this account and group only', () => {
    for (const group of ['Schedules', 'SweepSchedules', 'CanarySchedules']) {
      const trusted = resources(
        template,
        'AWS::IAM::Role',
        z.object({ AssumeRolePolicyDocument: z.unknown() }),
      );
      const [, role] = [...trusted].find(([id]) => id.startsWith(`${group}Role`))!;
      expect(role.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': {
                  'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${group}Group`)), 'Arn'],
                },
              },
            },
          },
        ],
      });
    }
  });
});

describe('in a VPC, with a key for the table', () => {
  const open = new Set(all.map(({ role, action }) => `${role} ${action}`));
  const more = permissions(synthesize(SHUT_IN)).filter(({ role, action }) => !open.has(`${role} ${action}`));

  it('functions may make and remove their network interfaces, wherever', () => {
    const network = more.filter(({ action }) => action.startsWith('ec2:'));
    expect(new Set(network.map(({ action }) => action.replace(/^ec2:(Un)?/, '').toLowerCase()))).toEqual(
      new Set([
        'assignprivateipaddresses',
        'createnetworkinterface',
        'deletenetworkinterface',
        'describenetworkinterfaces',
        'describesubnets',
      ]),
    );
    expect(new Set(network.map(({ resource }) => resource))).toEqual(new Set(['*']));
  });

  it('functions may use the key through DynamoDB, and not otherwise', () => {
    const key = more.filter(({ action }) => !action.startsWith('ec2:'));
    expect(holders(key)).toEqual(holders(may(/^dynamodb:/)));
    expect(new Set(key.map(({ action }) => action.split(':')[0]))).toEqual(new Set(['kms']));
    expect(new Set(key.map(({ resource }) => resource))).toEqual(new Set([SHUT_IN['overdue:tableKeyArn']]));
    for (const { condition } of key) expect(JSON.stringify(condition)).toMatch(/kms:ViaService.*"dynamodb\./);
  });
});

it('docs/permissions.md says all of this, and why', () => {
  const written = readFileSync(`${import.meta.dirname}/../../../docs/permissions.md`, 'utf8');
  // However wide the columns are.
  const plain = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ').trim();
  expect(plain(written)).toBe(plain(permissionsPage(synthesize(MANY_ACCOUNTS))));
});
