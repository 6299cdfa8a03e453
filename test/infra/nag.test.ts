import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { App, Validations, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { z } from 'zod';
import { EVERYTHING, MANY_ACCOUNTS, OFFICE, PLANT, SHOP, SHUT_IN, sourceStackOf, stackOf } from './stack.ts';

const Report = z.object({
  pluginReports: z.array(
    z.object({
      conclusion: z.string(),
      violations: z.array(
        z.object({
          ruleName: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string().optional() })),
        }),
      ),
    }),
  ),
});

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overdue-nag-'));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  // cdk-nag asks for a deprecated property of event buses.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterAll(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Rules of AwsSolutions that the stack breaks and nobody acknowledged, each with a path. */
function findings(stack: Stack): string[] {
  const app = stack.node.root;
  if (!App.isApp(app)) throw new TypeError('no app');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch {
    // The report tells.
  }
  const report = Report.parse(JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')));
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath = '' }) => `${ruleName} ${constructPath}`),
    ),
  );
}

describe('the rules of AwsSolutions', () => {
  it.each([
    ['nothing', {}],
    ['everything', EVERYTHING],
    ['all buckets', { 'overdue:buckets': '*' }],
    ['many accounts', MANY_ACCOUNTS],
    ['a VPC and a key', SHUT_IN],
    ['no jobs', { 'overdue:jobSources': [] }],
  ])('are kept, or acknowledged with a reason, with %s configured', (name, config) => {
    expect(findings(stackOf(config, undefined, join(folder, name)))).toEqual([]);
  });

  it.each([
    ['buckets', SHOP.account],
    ['jobs', PLANT.account],
    ['nothing to look at', OFFICE.account],
  ])('are kept by the stack of a source with %s', (name, account) => {
    expect(findings(sourceStackOf(MANY_ACCOUNTS, account, join(folder, `source ${name}`)))).toEqual([]);
  });

  it('find a role that may do anything', () => {
    const stack = stackOf({}, undefined, join(folder, 'anything'));
    const role = new Role(stack, 'Anybody', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
    expect(findings(stack).some((finding) => finding.includes('IAM5') && finding.includes('Anybody'))).toBe(
      true,
    );
  });
});
