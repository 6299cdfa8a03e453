import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LookupFunction } from 'node:net';
import { Agent, fetch } from 'undici';
import type { Fetch } from '../e2e/client.ts';
import type { Deployment } from '../e2e/deployment.ts';
import type { Emulator } from '../support/ministack.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** What the stack gives the sweep machine as input, every five minutes (infra/sweep.ts). */
const SWEEP = JSON.stringify({ groups: [0, 1, 2, 3, 4, 5, 6, 7] });

/** The stack in an emulator, as its users and its operator reach it. */
export function deployedAt({ endpoint, ca }: Emulator, { api, key }: { api: string; key: string }) {
  const requestHandler = { httpsAgent: { ca } };
  const config = { endpoint, region: 'us-east-1', credentials: CREDENTIALS, requestHandler };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const sfn = new SFNClient(config);
  const machineArn = async (suffix: string) => {
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    return stateMachines.find(({ name }) => name?.endsWith(suffix))?.stateMachineArn;
  };
  const sweep = async () => {
    await sfn.send(new StartExecutionCommand({ stateMachineArn: await machineArn('-sweep'), input: SWEEP }));
  };
  const deployment: Deployment = {
    ...{ api, key, s3, sweep, patience: 60_000 },
    fetch: localFetch(ca),
  };
  /** Names of what a removed stack must not leave behind. */
  const leftovers = async () => {
    const [tables, queues, machines, schedules, secrets] = await Promise.all([
      new DynamoDBClient(config).send(new ListTablesCommand({})),
      new SQSClient(config).send(new ListQueuesCommand({})),
      sfn.send(new ListStateMachinesCommand({})),
      new SchedulerClient(config).send(new ListSchedulesCommand({})),
      new SecretsManagerClient(config).send(new ListSecretsCommand({})),
    ]);
    return [
      ...(tables.TableNames ?? []),
      ...(queues.QueueUrls ?? []),
      ...(machines.stateMachines ?? []).map(({ name }) => name),
      ...(schedules.Schedules ?? []).map(({ Name }) => Name),
      ...(secrets.SecretList ?? []).map(({ Name }) => Name),
    ];
  };
  return { deployment, leftovers };
}

/**
 * The emulator tells HTTP APIs apart by names under `localhost`, which not every resolver knows and its certificate
 * does not name.
 */
function localFetch(ca: string | undefined): Fetch {
  const lookup: LookupFunction = (_host, { all }, found) => {
    if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
    else found(null, '127.0.0.1', 4);
  };
  const tls = ca === undefined ? {} : { ca, servername: 'localhost' };
  const dispatcher = new Agent({ connect: { lookup, ...tls } });
  return (url, init) => fetch(url, { ...init, dispatcher });
}
