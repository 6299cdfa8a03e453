import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { createTable } from '../../functions/adapters/dynamodb/create-table.ts';
import { run } from '../support/command.ts';
import { type Emulator, startMinistack } from '../support/ministack.ts';
import { MACHINES } from './machines.ts';
import { RULES } from './rules.ts';
import { ACCOUNT, type Clients, clientConfig, clientsAt, REGION, TABLE_NAME, type Target } from './target.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/contract`;

/** ministack with what the clauses need. @param programs where it was installed */
export async function openMinistack(programs: string): Promise<Target> {
  const emulator = await startMinistack(programs, { strict: false });
  try {
    const aws = clientsAt(emulator.endpoint);
    await createTable(new DynamoDBClient(clientConfig(emulator.endpoint)), TABLE_NAME);
    await createFunction(emulator);
    const [machines, queues] = [await createMachines(aws), await createRules(aws)];
    return {
      aws,
      machine: (name) => machines.get(name) ?? '',
      queueOf: (rule) => queues.get(rule) ?? '',
      close: () => emulator.stop(),
    };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

async function createFunction({ env }: Emulator): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'overdue-function-'));
  try {
    const zip = join(folder, 'function.zip');
    const built = join(folder, 'function.mjs');
    const bundle = ['--bundle', '--platform=node', '--format=esm', `--outfile=${built}`];
    await run('esbuild', [join(import.meta.dirname, 'function.ts'), ...bundle], { env });
    await run('python3', ['-m', 'zipfile', '--create', zip, built], { env });
    const runtime = ['--runtime', 'nodejs24.x', '--handler', 'function.handler', '--timeout', '10'];
    const create = ['lambda', 'create-function', '--function-name', 'told', '--role', ROLE, ...runtime];
    await run('aws', [...create, '--zip-file', `fileb://${zip}`], { env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function createMachines({ sfn }: Clients): Promise<Map<string, string>> {
  const arns = new Map<string, string>();
  const told = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:told`;
  for (const [name, { type, definition: template }] of Object.entries(MACHINES)) {
    const definition = template.replaceAll('${Function}', told);
    const created = await sfn.send(new CreateStateMachineCommand({ name, type, definition, roleArn: ROLE }));
    arns.set(name, created.stateMachineArn ?? '');
  }
  return arns;
}

async function createRules({ events, sqs }: Clients): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  for (const [Name, pattern] of Object.entries(RULES)) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `rule-${Name}` }));
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const Arn = (await sqs.send(asked)).Attributes?.['QueueArn'];
    await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'queue', Arn }] }));
    urls.set(Name, QueueUrl);
  }
  return urls;
}
