import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { awsClients, documentClient } from '../../functions/adapters/clients.ts';
import { awsContext } from '../../functions/adapters/context.ts';
import { createTable } from '../../functions/adapters/dynamodb/create-table.ts';
import { environmentOf } from '../../functions/adapters/environment.ts';
import { embeddedMetrics, type BufferedMetrics } from '../../functions/adapters/metrics.ts';
import type { Context } from '../../functions/app/ports.ts';
import type { Instant } from '../../functions/core/time.ts';
import { startDynamoDb } from '../../local/services/dynamodb.ts';
import {
  clientOf,
  recordingServer,
  type Answer,
  type Recorded,
} from '../../test/adapters/recording-server.ts';
import { startMeter, type Call, type Units } from './meter.ts';
import { NOTHING, type Usage } from './prices.ts';
import { printedBy } from './printed.ts';

/** MB of memory of the functions, as infra gives them. */
const MEMORY_GB = 0.5;

/**
 * An assumption, not a measurement: nothing ran on AWS. A call to DynamoDB from Lambda in the same region takes some 5 ms;
 * calls are taken to follow each other, and each task to compute for 10 ms.
 */
const SECONDS_A_CALL = 0.005;
const SECONDS_A_TASK = 0.01;

/**
 * Express executions are paid for by the time they take, in steps of 100 ms, with 64 MB at least.
 * @see https://aws.amazon.com/step-functions/pricing/
 */
const EXPRESS = { gb: 64 / 1024, step: 0.1 };

/** The use-cases with their adapters and the real SDK, over services that count what they are asked. */
export class Bench {
  readonly ctx: Context;
  now: Instant = Date.parse('2026-03-02T00:00:00Z');
  /** Objects that a listing shows; their keys. */
  listed: string[] = [];
  /** Starts of lifecycles, and nudges, that nobody has acted on yet. */
  readonly started: unknown[] = [];
  nudged = 0;
  /** Names of the metrics that were written. */
  readonly written = new Set<string>();
  /** Calls to DynamoDB by what they are for, between the last two calls of `take`. */
  calls = new Map<string, Call>();
  #usage: Usage = { ...NOTHING };
  #calls = 0;
  readonly #close: () => Promise<void>;
  readonly #units: Units;
  readonly #metrics: BufferedMetrics;
  #seen: Call = { writeUnits: 0, readUnits: 0, calls: 0 };

  private constructor(ctx: Context, metrics: BufferedMetrics, units: Units, close: () => Promise<void>) {
    this.ctx = { ...ctx, now: () => this.now, pause: () => Promise.resolve() };
    this.#units = units;
    this.#metrics = metrics;
    this.#close = close;
  }

  static async start(): Promise<Bench> {
    const directory = await mkdtemp(join(tmpdir(), 'overdue-cost-'));
    const dynamodb = await startDynamoDb({ directory: join(directory, 'table') });
    const meter = await startMeter(dynamodb.endpoint);
    const benches: Bench[] = [];
    const others = await recordingServer((request) => benches[0]?.answer(request) ?? {});
    const direct = new DynamoDBClient(clientOf({ url: dynamodb.endpoint }));
    await createTable(direct, 'overdue');
    direct.destroy();
    const table = new DynamoDBClient(clientOf({ url: meter.endpoint }));
    const s3 = new S3Client({ ...clientOf(others), forcePathStyle: true });
    const [scheduler, sfn, sqs] = [
      new SchedulerClient(clientOf(others)),
      new SFNClient(clientOf(others)),
      new SQSClient(clientOf(others)),
    ];
    const clients = {
      ...awsClients(),
      ...{ dynamodb: () => documentClient(table), s3: () => s3 },
      ...{ scheduler: () => scheduler, sfn: () => sfn, sqs: () => sqs },
    };
    const metrics = embeddedMetrics('Overdue');
    const ctx = awsContext(ENVIRONMENT, clients, metrics);
    const close = async () => {
      for (const client of [table, s3, scheduler, sfn, sqs]) client.destroy();
      await others.close();
      await meter.close();
      await dynamodb.close();
      await rm(directory, { recursive: true, force: true });
    };
    const bench = new Bench({ ...ctx, publicUrl: PUBLIC_URL, senders: SILENT }, metrics, meter.units, close);
    benches.push(bench);
    return bench;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** What was used since the last call of this. */
  take(): Usage {
    this.#count();
    const used = this.#usage;
    this.#usage = { ...NOTHING };
    this.calls = new Map(this.#units.by);
    this.#units.by.clear();
    return used;
  }

  use(what: Partial<Usage>): void {
    for (const [name, amount] of Object.entries(what)) this.#usage[name as keyof Usage] += amount;
  }

  /** One invocation of a function. */
  async lambda<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
    this.#count();
    const before = this.#calls;
    const { value, bytes, metrics } = await printedBy(async () => {
      const done = await work(this.ctx);
      this.#metrics.flush();
      return done;
    });
    for (const name of metrics) this.written.add(name);
    this.#count();
    const seconds = SECONDS_A_TASK + SECONDS_A_CALL * (this.#calls - before);
    this.use({ lambdaRequests: 1, lambdaGbSeconds: MEMORY_GB * seconds, logGb: bytes / 1e9 });
    return value;
  }

  /** One execution of an Express state machine, which takes as long as its functions, one after another. */
  async express(work: () => Promise<void>): Promise<void> {
    const before = this.#usage.lambdaGbSeconds;
    await work();
    const seconds = (this.#usage.lambdaGbSeconds - before) / MEMORY_GB;
    const expressGbSeconds = EXPRESS.gb * EXPRESS.step * Math.ceil(seconds / EXPRESS.step);
    this.use({ expressRequests: 1, expressGbSeconds });
  }

  #count(): void {
    const { writeUnits, readUnits, calls } = this.#units;
    this.use({ writeUnits: writeUnits - this.#seen.writeUnits, readUnits: readUnits - this.#seen.readUnits });
    this.#calls += calls - this.#seen.calls;
    this.#seen = { writeUnits, readUnits, calls };
  }

  /** Plays Scheduler, Step Functions, SQS and S3. */
  private answer({ target, path, method, body }: Recorded): Answer {
    this.#calls += 1;
    if (target === 'StartExecution') this.started.push(JSON.parse(body));
    if (target === 'SendMessageBatch') return this.#nudge(body);
    if (target !== '' || path.startsWith('/schedules')) return { body: ANY };
    const xml = { headers: { 'content-type': 'application/xml' } };
    if (path.includes('notification')) {
      this.use({ s3OtherRequests: 1 });
      return {
        ...xml,
        body: '<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>',
      };
    }
    if (method === 'GET') this.use({ s3Lists: 1 });
    return {
      ...xml,
      body: `<ListBucketResult><IsTruncated>false</IsTruncated>${this.listed.map(contents).join('')}</ListBucketResult>`,
    };
  }

  #nudge(body: string): Answer {
    const { Entries } = Nudges.parse(JSON.parse(body));
    this.nudged += Entries.length;
    this.use({ sqsRequests: 1 });
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const Successful = Entries.map(({ Id, MessageBody }) => ({
      ...{ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) },
    }));
    return { body: { Successful, Failed: [] } };
  }
}

const Nudges = z.object({ Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) });

const PUBLIC_URL = 'https://overdue.example.com';

const ANY = {
  ...{ ScheduleArn: 'arn:aws:scheduler:us-east-1:1:schedule/a/b', startDate: 0 },
  executionArn: 'arn:aws:states:us-east-1:1:execution:a:b',
};

/** Messages to people cost what their channel costs. */
const SILENT: Context['senders'] = { send: () => Promise.resolve(), problem: () => undefined };

const ENVIRONMENT = environmentOf({
  OVERDUE_TABLE: 'overdue',
  OVERDUE_CHECKER_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:checker',
  OVERDUE_BREACH_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:breach',
  OVERDUE_SCHEDULE_GROUP: 'overdue',
  OVERDUE_SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/scheduler',
  OVERDUE_NUDGE_QUEUE_URL: 'http://127.0.0.1/123456789012/nudges',
  OVERDUE_PUBLIC_URL: PUBLIC_URL,
});

function contents(key: string): string {
  return (
    `<Contents><Key>${key}</Key><Size>9</Size><ETag>"e"</ETag>` +
    '<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>'
  );
}
