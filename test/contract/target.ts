import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { MachineName } from './machines.ts';
import type { RuleName } from './rules.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const TABLE_NAME = 'contract';

/** What is asked to keep the contract: services that answer at one endpoint, with what the clauses need made there. */
export interface Target {
  aws: Clients;
  /** A Standard or Express machine of MACHINES. */
  machine: (name: MachineName) => string;
  /** The queue that gets the events that match a rule of RULES. */
  queueOf: (rule: RuleName) => string;
  close: () => Promise<void>;
}

export type Clients = ReturnType<typeof clientsAt>;

/** For the clients of one endpoint. */
export function clientConfig(endpoint: string) {
  return { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** One attempt for each call: what is refused is seen. */
export function clientsAt(endpoint: string) {
  const config = { ...clientConfig(endpoint), maxAttempts: 1 };
  return {
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    events: new EventBridgeClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    scheduler: new SchedulerClient(config),
    sfn: new SFNClient(config),
    sqs: new SQSClient(config),
  };
}
