import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SECOND } from '../core/time.ts';
import { hasOwnS3Endpoint } from './environment.ts';
import { once } from './once.ts';
import { assumeRole, type Source } from './sources.ts';

/**
 * A call that hangs is given up and tried again by the SDK, four attempts in all with jitter between them, before a
 * task is repeated as a whole. Connections are kept alive, which is the SDK's default.
 */
export function settings() {
  return {
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 2 * SECOND,
      requestTimeout: 10 * SECOND,
      throwOnRequestTimeout: true,
    },
  };
}

/** Clients of the AWS services, each made when it is first needed. */
export interface AwsClients {
  dynamodb: () => DynamoDBDocumentClient;
  sfn: () => SFNClient;
  scheduler: () => SchedulerClient;
  /** For buckets of this account, or of a source, whose role is then assumed. */
  s3: (source?: Source) => S3Client;
  sqs: () => SQSClient;
  ses: () => SESv2Client;
  secretsManager: () => SecretsManagerClient;
  sts: () => STSClient;
  /** A topic is published to in its own region only. */
  sns: (region: string) => SNSClient;
}

/**
 * Clients by the SDK's own configuration: region, credentials and endpoints come from the standard `AWS_*` variables,
 * `AWS_ENDPOINT_URL_<SERVICE>` among them.
 * Where S3 has an endpoint of its own, buckets are in the path: `acme.127.0.0.1` is no host.
 */
export function awsClients(): AwsClients {
  const topics = new Map<string, SNSClient>();
  const sts = once(() => new STSClient(settings()));
  const stores = new Map<Source | undefined, S3Client>();
  return {
    dynamodb: once(() => documentClient(new DynamoDBClient(settings()))),
    sfn: once(() => new SFNClient(settings())),
    scheduler: once(() => new SchedulerClient(settings())),
    s3(source) {
      const client = stores.get(source) ?? s3Client(sts, source);
      stores.set(source, client);
      return client;
    },
    sqs: once(() => new SQSClient(settings())),
    ses: once(() => new SESv2Client(settings())),
    sts,
    secretsManager: once(() => new SecretsManagerClient(settings())),
    sns(region) {
      const client = topics.get(region) ?? new SNSClient({ ...settings(), region });
      topics.set(region, client);
      return client;
    },
  };
}

function s3Client(sts: () => STSClient, source: Source | undefined): S3Client {
  return new S3Client({
    ...settings(),
    forcePathStyle: hasOwnS3Endpoint(),
    followRegionRedirects: true,
    ...(source ? { region: source.region, credentials: () => assumeRole(sts(), source) } : {}),
  });
}

/** What is undefined is not written. */
export function documentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
