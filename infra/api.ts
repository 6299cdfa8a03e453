import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { DomainName, HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { lookerRoleName } from './looks.ts';
import type { Config } from './config.ts';
import { Handler } from './handler.ts';

/** Neither paths nor queries: the address of a check-in is a password. */
const ACCESS_LOG = {
  at: '$context.requestTime',
  request: '$context.requestId',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  status: '$context.status',
  milliseconds: '$context.responseLatency',
  error: '$context.integrationErrorMessage',
};

/** The HTTP API. It checks keys itself, and has a first one that who may read its secret in this account can use. */
export class Api extends Construct {
  readonly handler: Handler;
  readonly http: HttpApi;
  readonly bootstrapKey: Secret;
  /** What a custom domain's DNS record points to. */
  readonly domain: DomainName | undefined;
  /** Without a slash at the end. */
  readonly publicUrl: string;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { logRetention, domainName, publicUrl } = config;
    this.handler = new Handler(this, 'Handler', {
      entry: 'api',
      roleName: lookerRoleName(config, 'api'),
      description: 'The HTTP API',
      // API Gateway waits for 30 s.
      timeout: Duration.seconds(29),
      logRetention,
    });
    this.http = new HttpApi(this, 'Http', {
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('Handler', this.handler.lambda),
    });
    this.domain = this.#domain(config);
    this.#stage(config);
    this.publicUrl =
      publicUrl ?? (domainName === undefined ? this.http.apiEndpoint : `https://${domainName}`);
    this.lendAddress(this.handler);
    this.bootstrapKey = this.#bootstrapKey();
  }

  /** Tells the functions under which address people reach the API. */
  lendAddress(...handlers: Handler[]): void {
    for (const handler of handlers) handler.knows({ publicUrl: this.publicUrl });
  }

  #domain({ domainName, certificateArn }: Config): DomainName | undefined {
    if (domainName === undefined || certificateArn === undefined) return undefined;
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new DomainName(this, 'Domain', { domainName, certificate });
  }

  #stage({ logRetention: retention, apiRequestsPerSecond: most }: Config): void {
    const log = new LogGroup(this, 'AccessLog', { retention, removalPolicy: RemovalPolicy.DESTROY });
    new HttpStage(this, 'Stage', {
      httpApi: this.http,
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(log),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
      ...(most === undefined ? {} : { throttle: { rateLimit: most, burstLimit: most } }),
      ...(this.domain ? { domainMapping: { domainName: this.domain } } : {}),
    });
  }

  /** The secret part of the key `ovd_bootstrap_<secret>`, by which an operator makes the first real keys. */
  #bootstrapKey(): Secret {
    const secret = new Secret(this, 'BootstrapKey', {
      description: 'Overdue: the first operator key is ovd_bootstrap_ followed by this',
      generateSecretString: { passwordLength: 48, excludePunctuation: true, includeSpace: false },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.handler.may(['secretsmanager:GetSecretValue'], [secret.secretArn]);
    this.handler.knows({ bootstrapKeySecretArn: secret.secretArn });
    return secret;
  }
}
