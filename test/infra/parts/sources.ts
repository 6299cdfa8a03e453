import { describe, expect, it } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { readSources, sourceOf } from '../../../functions/adapters/sources.ts';
import { allows, Statement, type Call } from '../evaluate.ts';
import { functionOf, permissions } from '../policies.ts';
import {
  HOME,
  MANY_ACCOUNTS,
  OFFICE,
  PLANT,
  SHOP,
  resources,
  sourceStackOf,
  synthesize,
  Text,
} from '../stack.ts';

const central = synthesize(MANY_ACCOUNTS);
const shop = Template.fromStack(sourceStackOf(MANY_ACCOUNTS, SHOP.account));
const plant = Template.fromStack(sourceStackOf(MANY_ACCOUNTS, PLANT.account));
const office = Template.fromStack(sourceStackOf(MANY_ACCOUNTS, OFFICE.account));

const Role = z.object({
  RoleName: Text.optional(),
  AssumeRolePolicyDocument: z.object({ Statement: z.tuple([Statement]) }),
});
const BusPolicy = z.object({ EventBusName: Text, StatementId: z.string(), Statement });
const Rule = z.object({
  Name: Text.optional(),
  EventBusName: Text.optional(),
  EventPattern: z.unknown(),
  Targets: z.tuple([
    z.object({ Arn: Text, RoleArn: Text.optional(), DeadLetterConfig: z.object({ Arn: Text }) }),
  ]),
});

const PARTITION = 'arn:<AWS::Partition>';
const root = (account: string) => `${PARTITION}:iam::${account}:root`;
const role = (account: string, name: string) => `${PARTITION}:iam::${account}:role/${name}`;

function rolesOf(template: Template) {
  return new Map([...resources(template, 'AWS::IAM::Role', Role)].map(([id, one]) => [id.slice(0, -8), one]));
}

describe('the bus of the central account', () => {
  const policies = [...resources(central, 'AWS::Events::EventBusPolicy', BusPolicy).values()];
  const put = (account: string, name: string, sources: string | string[] | undefined): Call => ({
    principal: root(account),
    action: 'events:PutEvents',
    keys: { 'aws:PrincipalArn': role(account, name), 'events:source': sources },
  });
  const takes = (call: Call) => policies.some((policy) => allows(policy.Statement, call));
  const forward = 'Overdue-forward-eu-west-1';

  it.each([
    ['takes what was switched on', put(SHOP.account, forward, 'aws.s3'), true],
    ['takes events of our own', put(SHOP.account, forward, 'acme.orders'), true],
    ['takes nothing that was not switched on', put(SHOP.account, forward, 'aws.batch'), false],
    ['takes nothing that hides among others', put(SHOP.account, forward, ['aws.s3', 'aws.batch']), false],
    ['takes nothing without a source', put(SHOP.account, forward, undefined), false],
    ['takes nothing from another role there', put(SHOP.account, 'Admin', 'aws.s3'), false],
    [
      'takes from each what that one may send',
      put(PLANT.account, 'Overdue-forward-us-east-1', 'aws.batch'),
      true,
    ],
    [
      'takes nothing that only another one may send',
      put(PLANT.account, 'Overdue-forward-us-east-1', 'aws.s3'),
      false,
    ],
    ['takes nothing from elsewhere', put('999999999999', forward, 'aws.s3'), false],
    [
      'lets nobody make rules on it',
      { ...put(SHOP.account, forward, 'aws.s3'), action: 'events:PutRule' },
      false,
    ],
  ])('%s', (_what, call, expected) => {
    expect(takes(call)).toBe(expected);
  });

  it('has no policy where there are no sources', () => {
    expect(resources(synthesize(), 'AWS::Events::EventBusPolicy', BusPolicy).size).toBe(0);
  });

  it('has rules for the objects of each source, in its account and Region and its buckets only', () => {
    const rules = [...resources(central, 'AWS::Events::Rule', Rule).values()];
    const own = rules.filter(({ EventPattern }) =>
      JSON.stringify(EventPattern).includes('"source":["aws.s3"]'),
    );
    const fromElsewhere = own.filter(({ EventBusName }) => EventBusName?.startsWith('<EvidenceBus'));
    expect(fromElsewhere.map(({ EventPattern }) => EventPattern)).toEqual([
      {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        account: [SHOP.account],
        region: [SHOP.region],
        detail: { bucket: { name: ['shop-landing', { prefix: 'shop-reports-' }] } },
      },
    ]);
  });
});

describe('the names that both sides know', () => {
  it('are no longer than AWS allows, for the longest name of a deployment', () => {
    const long = { ...MANY_ACCOUNTS, 'overdue:stackName': 'o'.repeat(40) };
    const source = Template.fromStack(sourceStackOf(long, SHOP.account));
    const all = [
      ...[...rolesOf(source).values()].map(({ RoleName = '' }) => RoleName),
      ...[...rolesOf(synthesize(long)).values()].map(({ RoleName = '' }) => RoleName),
      ...[...resources(source, 'AWS::Events::Rule', Rule).values()].map(({ Name = '' }) => Name),
    ];
    expect(Math.max(...all.map((name) => name.length))).toBeGreaterThan(50);
    expect(all.filter((name) => name.length > 64)).toEqual([]);
  });
});

describe('what a source sends', () => {
  const rules = [...resources(shop, 'AWS::Events::Rule', Rule).values()];

  it('is one rule for each thing that was switched on', () => {
    expect(rules.map(({ EventPattern }) => EventPattern)).toEqual([
      {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['shop-landing', { prefix: 'shop-reports-' }] } },
      },
      { source: ['aws.glue'], 'detail-type': ['Glue Job State Change', 'Glue Job Run Status'] },
      {
        source: ['lambda'],
        'detail-type': [
          'Lambda Function Invocation Result - Success',
          'Lambda Function Invocation Result - Failure',
        ],
      },
      { source: ['acme.orders'] },
    ]);
  });

  it('goes to the bus that the central stack makes, by the role that its policy names', () => {
    const buses = resources(central, 'AWS::Events::EventBus', z.object({ Name: z.string() }));
    const [bus] = [...buses.values()];
    for (const { Targets, EventBusName } of rules) {
      expect(EventBusName ?? 'default').toBe('default');
      expect(Targets[0].Arn).toBe(
        `${PARTITION}:events:${HOME.region}:${HOME.account}:event-bus/${bus?.Name}`,
      );
      expect(Targets[0].RoleArn).toMatch(/^<Forward\w{8}\.Arn>$/);
    }
    expect(rolesOf(shop).get('Forward')?.RoleName).toBe('Overdue-forward-eu-west-1');
  });

  it('lies among dead letters with an alarm when it does not arrive', () => {
    const Alarm = z.object({
      MetricName: z.string(),
      Dimensions: z.array(z.object({ Value: Text })),
      AlarmDescription: z.string(),
    });
    const [alarm] = [...resources(shop, 'AWS::CloudWatch::Alarm', Alarm).values()];
    expect(alarm).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Value: expect.stringMatching(/^<DeadLetters\w{8}\.QueueName>$/) }],
      AlarmDescription: expect.stringContaining('docs/runbook.md#notforwarded'),
    });
    for (const { Targets } of rules)
      expect(Targets[0].DeadLetterConfig.Arn).toMatch(/^<DeadLetters\w{8}\.Arn>$/);
  });

  it('is put there by EventBridge for rules of this stack, and by nobody else', () => {
    const [trust] = rolesOf(shop).get('Forward')!.AssumeRolePolicyDocument.Statement;
    const call = (rule: string, account = SHOP.account): Call => ({
      principal: 'events.amazonaws.com',
      action: 'sts:AssumeRole',
      keys: {
        'aws:SourceAccount': account,
        'aws:SourceArn': `${PARTITION}:events:${SHOP.region}:${account}:rule/${rule}`,
      },
    });
    for (const { Name } of rules) expect(allows(trust, call(Name!))).toBe(true);
    expect(allows(trust, call('somebody-elses'))).toBe(false);
    expect(allows(trust, call(rules[0]!.Name!, '999999999999'))).toBe(false);
  });

  it('is all that its role may do', () => {
    const own = permissions(shop).filter((one) => functionOf(one) !== 'Look' && !/^Look/.test(one.role));
    expect(own.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `events:PutEvents ${PARTITION}:events:${HOME.region}:${HOME.account}:event-bus/Overdue-evidence`,
    ]);
  });
});

function lookingIn(template: Template) {
  return permissions(template).filter(({ role: id }) => id.startsWith('Look'));
}

describe('the role for looks', () => {
  const [trust] = rolesOf(shop).get('Look')!.AssumeRolePolicyDocument.Statement;
  const assume = (name: string, account: string = HOME.account): Call => ({
    principal: root(account),
    action: 'sts:AssumeRole',
    keys: { 'aws:PrincipalArn': role(account, name) },
  });
  const mayAssume = permissions(central).filter(({ action }) => action === 'sts:AssumeRole');

  it('may be assumed by exactly the central functions that look', () => {
    const names = [...rolesOf(central).values()].map(({ RoleName }) => RoleName);
    const trusted = names.filter((name) => name !== undefined && allows(trust, assume(name)));
    expect(trusted.sort()).toEqual([
      'Overdue-eu-central-1-advance',
      'Overdue-eu-central-1-api',
      'Overdue-eu-central-1-check',
      'Overdue-eu-central-1-plan',
      'Overdue-eu-central-1-recorder',
      'Overdue-eu-central-1-sweep',
    ]);
    const looking = permissions(central).filter(({ action }) => action === 'glue:GetJobRuns');
    expect(new Set(mayAssume.map(({ role: id }) => id))).toEqual(new Set(looking.map(({ role: id }) => id)));
  });

  it.each([
    ['by another role of the central account', assume('Admin')],
    ['by a role of that name elsewhere', assume('Overdue-eu-central-1-check', '999999999999')],
  ])('may not be assumed %s', (_who, call) => {
    expect(allows(trust, call)).toBe(false);
  });

  it('is the only one that the central functions may assume', () => {
    expect(new Set(mayAssume.map(({ resource }) => resource))).toEqual(
      new Set([role(SHOP.account, 'Overdue-look-eu-west-1'), role(PLANT.account, 'Overdue-look-us-east-1')]),
    );
    expect(rolesOf(shop).get('Look')?.RoleName).toBe('Overdue-look-eu-west-1');
  });

  it('lists the buckets of the configuration, and reads no object', () => {
    const own = lookingIn(shop).filter(({ action }) => action.startsWith('s3:'));
    expect(new Set(own.map(({ action }) => action))).toEqual(
      new Set([
        's3:ListBucket',
        's3:ListBucketVersions',
        's3:GetBucketVersioning',
        's3:GetBucketNotification',
      ]),
    );
    expect(new Set(own.map(({ resource }) => resource))).toEqual(
      new Set([`${PARTITION}:s3:::shop-landing`, `${PARTITION}:s3:::shop-reports-*`]),
    );
  });

  it('looks at runs of the jobs that the source sends events of, and changes none', () => {
    const jobs = (template: Template) =>
      lookingIn(template)
        .filter(({ action }) => !action.startsWith('s3:'))
        .map(({ action, resource }) => `${action} ${resource}`);
    const at = `${PARTITION}:glue:${SHOP.region}:${SHOP.account}`;
    expect(jobs(shop)).toEqual([`glue:GetJobRuns ${at}:job/*`, `glue:GetJobRun ${at}:job/*`]);
    expect(new Set(jobs(plant).map((one) => one.split(' ')[0]))).toEqual(
      new Set([
        'batch:ListJobs',
        'batch:DescribeJobs',
        'states:ListExecutions',
        'states:DescribeExecution',
        'states:DescribeStateMachine',
      ]),
    );
  });

  it('may be assumed for buckets by those only that look into buckets', () => {
    const only = { ...MANY_ACCOUNTS, 'overdue:sourceAccounts': [{ ...SHOP, events: ['s3'] }] };
    const assuming = permissions(synthesize(only)).filter(({ action }) => action === 'sts:AssumeRole');
    expect(assuming.map(functionOf)).not.toContain('CheckerPlan');
    const [trusting] = rolesOf(Template.fromStack(sourceStackOf(only, SHOP.account))).get('Look')!
      .AssumeRolePolicyDocument.Statement;
    expect(allows(trusting, assume('Overdue-eu-central-1-check'))).toBe(true);
    expect(allows(trusting, assume('Overdue-eu-central-1-plan'))).toBe(false);
  });

  it('is what the functions are told for these buckets, and for no others', () => {
    const Function = z.object({ Environment: z.object({ Variables: z.record(z.string(), Text) }) });
    const told = [...resources(central, 'AWS::Lambda::Function', Function)].flatMap(
      ([id, { Environment }]) =>
        Environment.Variables['OVERDUE_SOURCES'] === undefined
          ? []
          : [
              [
                id.slice(0, -'Function12345678'.length),
                readSources(Environment.Variables['OVERDUE_SOURCES']),
              ] as const,
            ],
    );
    expect(told.map(([name]) => name).sort()).toEqual([
      'ApiHandler',
      'BreachesAdvance',
      'CheckerCheck',
      'CheckerPlan',
      'EvidenceRecorder',
      'SweepSweeper',
    ]);
    for (const [, sources] of told) {
      expect(sourceOf(sources, 'shop-reports-2026')).toEqual({
        label: 'shop',
        region: SHOP.region,
        roleArn: role(SHOP.account, 'Overdue-look-eu-west-1'),
        buckets: SHOP.buckets,
      });
      expect(sourceOf(sources, 'shop-landing-2')).toBeUndefined();
    }
  });

  it('is not there where there is nothing to look at', () => {
    expect([...rolesOf(office).keys()]).toEqual(['Forward']);
  });
});
