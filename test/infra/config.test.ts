import { describe, expect, it } from '@jest/globals';
import { InvalidConfig, readConfig } from '../../infra/config.ts';

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toEqual({
      stackName: 'Overdue',
      buckets: [],
      allowedWebhookHosts: [],
      snsTopics: [],
      savedQueries: true,
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
    ['overdue:mailConfigurationSet', 'a b', 'must be the name of a configuration set'],
    ['overdue:domainName', 'overdue.example.com', 'goes together with certificateArn'],
    ['overdue:stackName', 'my stack', 'must be up to 40 letters'],
  ])('refuses %s = %p', (key, value, problem) => {
    expect(() => readConfig({ [key]: value })).toThrow(InvalidConfig);
    expect(() => readConfig({ [key]: value })).toThrow(problem);
  });

  it('takes the slash from the end of the public address', () => {
    expect(readConfig({ 'overdue:publicUrl': 'https://overdue.example.com/' }).publicUrl).toBe(
      'https://overdue.example.com',
    );
  });
});
