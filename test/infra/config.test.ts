import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { InvalidConfig, KEYS, readConfig } from '../../infra/config.ts';

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toEqual({
      stackName: 'Overdue',
      buckets: [],
      sourceAccounts: [],
      jobSources: [
        'stepfunctions',
        'glue',
        'emr-serverless',
        'batch',
        'ecs',
        'codebuild',
        'redshift-data',
        'lambda',
      ],
      allowedWebhookHosts: [],
      snsTopics: [],
      dashboard: true,
      savedQueries: true,
      subnetIds: [],
      securityGroupIds: [],
      restoreDays: 35,
      logRetention: 90,
      keep: true,
    });
  });

  it('reads the same from cdk.json and from the command line', () => {
    const fromFile = readConfig({ 'overdue:buckets': ['a-bucket', 'b-*'], 'overdue:logRetentionDays': 30 });
    const fromLine = readConfig({ 'overdue:buckets': 'a-bucket, b-*', 'overdue:logRetentionDays': '30' });
    expect(fromLine).toEqual(fromFile);
    expect(fromFile).toMatchObject({ buckets: ['a-bucket', 'b-*'], logRetention: 30 });
  });

  it('leaves the context of others alone', () => {
    expect(readConfig({ '@aws-cdk/aws-iam:minimizePolicies': true, 'team:x': 1 })).toEqual(readConfig({}));
  });

  it.each([
    ['overdue:bucket', 'a', 'Unrecognized key'],
    ['overdue:buckets', 'Acme', 'must be the name of a bucket'],
    ['overdue:buckets', ['a*b'], 'must be the name of a bucket'],
    ['overdue:publicUrl', 'http://overdue.example.com', 'must be an https address'],
    ['overdue:mailFrom', 'Overdue', 'must be an address'],
    ['overdue:snsTopics', 'alerts', 'must be the ARN of an SNS topic'],
    ['overdue:logRetentionDays', 31, 'must be one of 1, 3, 5, 7'],
    ['overdue:removalPolicy', 'snapshot', '"retain"|"destroy"'],
    ['overdue:heartbeatUrl', 'http://hc.example.com', 'must be an https address'],
    ['overdue:savedQueries', 'yes', 'must be true or false'],
    ['overdue:dashboard', 'no', 'must be true or false'],
    ['overdue:apiRequestsPerSecond', 0, 'must be 1 at least'],
    ['overdue:historyDays', 1099, 'must be 1100 at least'],
    ['overdue:mailConfigurationSet', 'a b', 'must be the name of a configuration set'],
    ['overdue:domainName', 'overdue.example.com', 'goes together with certificateArn'],
    ['overdue:stackName', 'my stack', 'must be up to 40 letters'],
    ['overdue:jobSources', 'glue,custom', 'expected one of "stepfunctions"|"glue"'],
    ['overdue:restoreDays', 36, 'must be 35 at most'],
    ['overdue:tableKeyArn', 'alias/mine', 'must be the ARN of a key'],
    ['overdue:tableKeyArn', 'arn:aws:kms:eu-west-1:111122223333:key/1', 'needs account and region'],
    ['overdue:subnetIds', 'subnet-12345678', 'goes together with securityGroupIds'],
    ['overdue:account', '111122223333', 'goes together with region'],
    ['overdue:sourceAccounts', 'shop', 'expected array'],
    [
      'overdue:sourceAccounts',
      [{ account: '210987654321', region: 'eu-west-1', events: [] }],
      'needs account and region',
    ],
  ])('refuses %s = %p', (key, value, problem) => {
    expect(() => readConfig({ [key]: value })).toThrow(InvalidConfig);
    expect(() => readConfig({ [key]: value })).toThrow(problem);
  });

  describe('of source accounts', () => {
    const home = { 'overdue:account': '111122223333', 'overdue:region': 'eu-central-1' };
    const shop = { account: '210987654321', region: 'eu-west-1', buckets: ['shop-*'] };
    const read = (...sourceAccounts: unknown[]) =>
      readConfig({ ...home, 'overdue:sourceAccounts': sourceAccounts });

    it('hears of objects when nothing else is said, and calls an account by its number', () => {
      expect(read(shop).sourceAccounts).toEqual([{ ...shop, label: '210987654321', events: ['s3'] }]);
    });

    it('is JSON on the command line', () => {
      const text = JSON.stringify([shop]);
      expect(readConfig({ ...home, 'overdue:sourceAccounts': text })).toEqual(read(shop));
    });

    it.each([
      ['an account that is a number', [{ ...shop, account: 210987654321 }], 'expected string'],
      ['no Region', [{ ...shop, region: 'Ireland' }], 'must be the name of a Region'],
      ['objects of no bucket', [{ ...shop, buckets: [] }], 'must name the buckets'],
      ['all buckets', [{ ...shop, buckets: ['*'] }], 'must be named'],
      ['events that do not exist', [{ ...shop, events: ['s4'] }], 'must be one of s3, stepfunctions, glue'],
      ['events in the name of AWS', [{ ...shop, events: ['custom:aws.s3'] }], 'must be one of s3'],
      ['one place twice', [shop, { ...shop, buckets: ['other'] }], 'has 210987654321/eu-west-1 twice'],
      [
        'one bucket in two places',
        [shop, { ...shop, region: 'eu-west-2', buckets: ['shop-a'] }],
        'lies in one only',
      ],
      [
        'more names than fit',
        [{ ...shop, buckets: Array.from({ length: 40 }, (_, n) => `${'b'.repeat(60)}${n}`) }],
        'names more than fits',
      ],
      [
        'more places than fit',
        Array.from({ length: 21 }, (_, n) => ({
          account: String(100000000000 + n),
          region: 'eu-west-1',
          events: ['ecs'],
        })),
        'must be 20 at most',
      ],
    ])('refuses %s', (_what, sources, problem) => {
      expect(() => read(...sources)).toThrow(problem);
    });
  });

  it('takes the slash from the end of the public address', () => {
    expect(readConfig({ 'overdue:publicUrl': 'https://overdue.example.com/' }).publicUrl).toBe(
      'https://overdue.example.com',
    );
  });
});

it('docs/deploying.md tells of every key', () => {
  const page = readFileSync(`${import.meta.dirname}/../../docs/deploying.md`, 'utf8');
  const table = page.slice(page.indexOf('## Configuration'));
  const told = [...table.matchAll(/`overdue:(\w+)`/g)].map(([, key]) => key);
  expect(KEYS.filter((key) => !told.includes(key))).toEqual([]);
});
