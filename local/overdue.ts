import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sqsDeadLetters } from '../functions/adapters/dead-letters.ts';
import { createTable } from '../functions/adapters/dynamodb/create-table.ts';
import { powertoolsLog } from '../functions/adapters/log.ts';
import { LEASE } from '../functions/app/alerts/flush.ts';
import type { Log } from '../functions/app/ports.ts';
import { SECOND } from '../functions/core/time.ts';
import { ACCOUNT, queueArn, REGION, stateMachineArn } from './account.ts';
import { listen } from './api.ts';
import { contextFor, SCHEDULE_GROUP, TABLE_NAME } from './context.ts';
import { openDataFolder } from './data-folder.ts';
import { firstAdminKey } from './first-admin-key.ts';
import { functionsOf, stateMachines } from './functions.ts';
import { pointAwsAt, type Options } from './options.ts';
import { startDynamoDb } from './services/dynamodb.ts';
import { createEventBus, type BusEvent, type EventBus, type Rule } from './services/event-bus.ts';
import { startGateway } from './services/gateway.ts';
import { bindFunction, createInvoke, type Invoke, type LambdaFunction } from './services/lambda.ts';
import { startMessaging } from './services/messaging.ts';
import { startObjectStore } from './services/object-store.ts';
import { startQueuePoller } from './services/queue-poller.ts';
import { createS3Front } from './services/s3-front.ts';
import { createScheduler, type Scheduler } from './services/scheduler.ts';
import type { Closeable } from './services/service.ts';
import { createStepFunctions } from './services/step-functions.ts';

const SWEEP = { groups: [0, 1, 2, 3] };

/** A running service: its addresses, and how to end it. */
export interface Overdue extends Closeable {
  api: string;
  aws: string;
  data: string;
  /** The first admin key, when it was made by this start. */
  adminKey: string | undefined;
}

/**
 * Starts everything on one machine: the embedded services, the functions and state machines as on AWS, and the API.
 * @throws OptionError, or an error with `code` EADDRINUSE when a port is taken
 */
export async function startOverdue(options: Options): Promise<Overdue> {
  const closing: Closeable[] = [];
  const keep = <T extends Closeable>(part: T): T => {
    closing.unshift(part);
    return part;
  };
  const close = async () => {
    for (const part of closing) await part.close();
  };
  try {
    return { ...(await start(options, keep)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Keep = <T extends Closeable>(part: T) => T;

async function start(options: Options, keep: Keep): Promise<Omit<Overdue, 'close'>> {
  const data = openDataFolder(options.data);
  const log = powertoolsLog(options.logLevel);
  const functions = new Map<string, LambdaFunction>();
  const invoke = createInvoke(functions);
  const services = await startServices(options, { data, log, invoke, keep });
  const queues = await createQueues(services.sqs);
  const api = keep(await listen(options));
  const publicUrl = options.publicUrl ?? api.url;
  const ctx = contextFor(options, { publicUrl, nudgeQueueUrl: queues.nudges });
  const letters = sqsDeadLetters(
    () => services.sqs,
    () => queues.letters,
  );
  for (const [name, lambda] of functionsOf(ctx, letters, options.heartbeatUrl)) functions.set(name, lambda);
  await createTable(new DynamoDBClient({}), TABLE_NAME);
  const adminKey = await firstAdminKey(ctx, data);
  await createSchedules();
  api.open(ctx);
  await startWork(services, queues, { invoke, keep });
  return { api: api.url, aws: services.aws, data, adminKey };
}

interface Services {
  aws: string;
  /** Endpoint of the queues. */
  messaging: string;
  note: (message: string, facts: object) => void;
  sqs: SQSClient;
  bus: EventBus;
  scheduler: Scheduler;
}

interface Parts {
  data: string;
  log: Log;
  invoke: Invoke;
  keep: Keep;
}

/** What stands in for AWS, reached by this process as by everybody else: over HTTP, by the SDK. */
async function startServices(options: Options, { data, log, invoke, keep }: Parts): Promise<Services> {
  const note = (message: string, facts: object) => {
    log.warn(message, { ...facts });
  };
  const dynamodb = keep(await startDynamoDb({ directory: `${data}/dynamodb` }));
  const store = keep(await startObjectStore({ directory: `${data}/s3` }));
  const messaging = keep(await startMessaging());
  const stepFunctions = keep(
    await createStepFunctions({ stateMachines: stateMachines(), invoke, ...ACCOUNT_AND_REGION }),
  );
  const deliver = async ({ targetArn, input }: { targetArn: string; input: string }) => {
    await Promise.resolve(stepFunctions.startExecution({ stateMachineArn: targetArn, input }));
  };
  const scheduler = keep(createScheduler({ dataDir: data, deliver, log: note, ...ACCOUNT_AND_REGION }));
  const sqs = new SQSClient({ ...CLIENT, endpoint: messaging.endpoint });
  const bus = keep(
    createEventBus({
      dataDir: data,
      rules: eventRules(sqs, messaging.endpoint),
      // Whoever tries Overdue here has no services of AWS that would send them.
      acceptAwsSources: true,
      log: note,
      ...ACCOUNT_AND_REGION,
    }),
  );
  const front = createS3Front({ endpoint: store.endpoint, emit: (event) => bus.publish(event) });
  const gateway = keep(
    await startGateway({
      host: options.host,
      port: options.awsPort,
      s3: front,
      upstreams: { dynamodb: dynamodb.endpoint, sqs: messaging.endpoint, sns: messaging.endpoint },
      handlers: { states: stepFunctions.handle, scheduler: scheduler.handle, events: bus.handle },
    }),
  );
  pointAwsAt(gateway.endpoint, {
    dynamodb: dynamodb.endpoint,
    sqs: messaging.endpoint,
    sns: messaging.endpoint,
  });
  return { aws: gateway.endpoint, messaging: messaging.endpoint, note, sqs, bus, scheduler };
}

const CLIENT = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const ACCOUNT_AND_REGION = { accountId: ACCOUNT, region: REGION };

interface Queues {
  events: string;
  letters: string;
  nudges: string;
}

async function createQueues(sqs: SQSClient): Promise<Queues> {
  const create = async (name: string) => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    if (QueueUrl === undefined) throw new Error(`no queue ${name}`);
    return QueueUrl;
  };
  return {
    events: await create(EVENTS_QUEUE),
    letters: await create(`${EVENTS_QUEUE}-dead-letters`),
    nudges: await create('nudges'),
  };
}

const EVENTS_QUEUE = 'events';

/** All that comes goes to the recorder, which drops what nobody wants: here nobody pays for an event. */
function eventRules(sqs: SQSClient, endpoint: string): Rule[] {
  const QueueUrl = `${endpoint}/${ACCOUNT}/${EVENTS_QUEUE}`;
  const deliver = (event: BusEvent) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  return [{ name: 'all', pattern: { source: [{ exists: true }] }, targets: [{ id: 'recorder', deliver }] }];
}

/** The group of the deadlines' schedules, and the recurring start of the sweep. */
async function createSchedules(): Promise<void> {
  const client = new SchedulerClient({});
  const ifAbsent = (error: unknown) => {
    if (!(error instanceof ConflictException)) throw error;
  };
  await client.send(new CreateScheduleGroupCommand({ Name: SCHEDULE_GROUP })).catch(ifAbsent);
  const sweep = new CreateScheduleCommand({
    Name: 'sweep',
    ScheduleExpression: 'rate(1 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: stateMachineArn('sweep'),
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/overdue-scheduler`,
      Input: JSON.stringify(SWEEP),
    },
  });
  await client.send(sweep).catch(ifAbsent);
}

/**
 * Begins to work, evidence first: what was accepted before a crash is recorded before anything is judged. Then the
 * sweep does what a crash left undone, which here need not wait for what may still be under way.
 */
async function startWork(
  { messaging, note, sqs, bus, scheduler }: Services,
  queues: Queues,
  { invoke, keep }: Pick<Parts, 'invoke' | 'keep'>,
) {
  bus.start();
  const poll = (queue: 'events' | 'nudges', functionName: string, maxConcurrency: number) =>
    keep(
      startQueuePoller({
        client: { ...CLIENT, endpoint: messaging },
        queueUrl: queues[queue],
        queueArn: queueArn(queue),
        handle: bindFunction(invoke, functionName),
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency,
        log: note,
      }),
    );
  poll('events', 'recorder', 2);
  poll('nudges', 'notifier', 8);
  await drained(sqs, queues.events);
  scheduler.start();
  const sweepAll = async () => {
    for (const group of SWEEP.groups) await invoke('sweep', JSON.stringify({ group, ...SWEEP, slack: 0 }));
  };
  await sweepAll();
  // Channels that the process before held when it died are free once its leases have run out.
  const again = setTimeout(() => {
    sweepAll().catch((error: unknown) => {
      note('the sweep after the start failed', { error: String(error) });
    });
  }, LEASE + SECOND);
  keep({
    close: () => {
      clearTimeout(again);
      return Promise.resolve();
    },
  });
}

/** Waits until the queue has been empty for a moment; what takes longer than 10 s is caught up with later. */
async function drained(sqs: SQSClient, QueueUrl: string): Promise<void> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  for (let [tries, empty] = [0, 0]; tries < 100 && empty < 3; tries++) {
    await sleep(100);
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
    );
    empty = names.every((name) => Number(Attributes[name] ?? 0) === 0) ? empty + 1 : 0;
  }
}
