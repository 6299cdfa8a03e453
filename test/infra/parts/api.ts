import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVERYTHING, resources, synthesize, Text } from '../stack.ts';

const template = synthesize();
const Function = z.object({ Environment: z.object({ Variables: z.record(z.string(), Text) }) });
const Output = z.object({ Value: Text });

function outputOf(from: typeof template, name: string): string | undefined {
  const found = from.findOutputs(name) as Record<string, unknown>;
  return name in found ? Output.parse(found[name]).Value : undefined;
}

function publicUrls(from: typeof template): Set<string> {
  const urls = [...resources(from, 'AWS::Lambda::Function', Function).values()].map(
    ({ Environment }) => Environment.Variables['OVERDUE_PUBLIC_URL'],
  );
  return new Set(urls.filter((url) => url !== undefined));
}

describe('the API', () => {
  it('answers every path, by one function', () => {
    const routes = resources(template, 'AWS::ApiGatewayV2::Route', z.object({ RouteKey: z.string() }));
    expect([...routes.values()]).toEqual([{ RouteKey: '$default' }]);
  });

  it('logs no paths: the address of a check-in is a password', () => {
    const stages = resources(
      template,
      'AWS::ApiGatewayV2::Stage',
      z.object({ AccessLogSettings: z.object({ Format: z.string() }) }),
    );
    const [stage] = [...stages.values()];
    expect(Object.values(JSON.parse(stage!.AccessLogSettings.Format) as object).join(' ')).not.toMatch(
      /path|query|resource|routeKey/i,
    );
  });

  it('is throttled when the operator says so, and by the quota of the account otherwise', () => {
    const Stage = z.object({ DefaultRouteSettings: z.unknown().optional() });
    const settingsOf = (from: typeof template) =>
      [...resources(from, 'AWS::ApiGatewayV2::Stage', Stage).values()].map(
        (stage) => stage.DefaultRouteSettings,
      );
    const throttled = synthesize({ 'overdue:apiRequestsPerSecond': '200' });
    expect(settingsOf(throttled)).toEqual([{ ThrottlingBurstLimit: 200, ThrottlingRateLimit: 200 }]);
    expect(settingsOf(template)).toEqual([undefined]);
  });

  it('is linked to by its own address when it has no other', () => {
    expect(publicUrls(template)).toEqual(new Set([expect.stringMatching(/^<ApiHttp\w+\.ApiEndpoint>$/)]));
    expect(outputOf(template, 'ApiUrl')).toMatch(/^<ApiHttp\w+\.ApiEndpoint>$/);
    expect(outputOf(template, 'DomainTarget')).toBeUndefined();
  });

  it('has the domain of the operator, who is told where to point it', () => {
    const own = synthesize(EVERYTHING);
    expect(publicUrls(own)).toEqual(new Set(['https://overdue.example.com']));
    expect(outputOf(own, 'DomainTarget')).toMatch(/^<ApiDomain\w+\.RegionalDomainName>$/);
  });

  it('is linked to by the public address, where something else stands before it', () => {
    expect(publicUrls(synthesize({ 'overdue:publicUrl': 'https://watch.example.com' }))).toEqual(
      new Set(['https://watch.example.com']),
    );
  });
});

describe('the first key', () => {
  it('is a secret that the stack makes up', () => {
    const secrets = resources(
      template,
      'AWS::SecretsManager::Secret',
      z.object({ GenerateSecretString: z.looseObject({}) }),
    );
    expect([...secrets.values()]).toEqual([
      { GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true, IncludeSpace: false } },
    ]);
  });

  it('is printed by the command of an output', () => {
    expect(outputOf(template, 'FirstAdminKey')).toMatch(
      /^echo "ovd_bootstrap_\$\(aws secretsmanager get-secret-value --region <AWS::Region> --secret-id <ApiBootstrapKey\w+> --query SecretString --output text\)"$/,
    );
  });
});

it('the address of the event bus is an output', () => {
  expect(outputOf(template, 'EventBusArn')).toMatch(/^<EvidenceBus\w+\.Arn>$/);
});
