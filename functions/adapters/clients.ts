import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SECOND } from '../core/time.ts';

/** A call that hangs is given up and retried by the SDK, three attempts in all, before a task is retried as a whole. */
const CALL = { connectionTimeout: 2 * SECOND, requestTimeout: 10 * SECOND, throwOnRequestTimeout: true };

function settings() {
  return { maxAttempts: 3, requestHandler: CALL };
}

/**
 * Clients of the AWS services, by the SDK's own configuration: region, credentials and endpoints come from the
 * standard `AWS_*` variables, `AWS_ENDPOINT_URL_<SERVICE>` among them.
 */
export function awsClients() {
  return {
    dynamodb: DynamoDBDocumentClient.from(new DynamoDBClient(settings()), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    sfn: new SFNClient(settings()),
    scheduler: new SchedulerClient(settings()),
    s3: new S3Client(settings()),
    sqs: new SQSClient(settings()),
    sns: new SNSClient(settings()),
  };
}

export type AwsClients = ReturnType<typeof awsClients>;
