import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BusEvent, RunSource } from '../../functions/core/run.ts';
import { runOf } from '../../functions/core/sources/index.ts';
import { must, sleep, sleepUntil, until } from './client.ts';
import { MINUTE, SECOND, setTheScene, type Scenario } from './scenario.ts';
import { startService, type Service } from './service.ts';

jest.setTimeout(200_000);

const FIXTURES = join(import.meta.dirname, '../core/sources/fixtures');

/**
 * One event of each service that tells of a run which ended well. Where the documentation has no such sample, the one
 * it has, with what it says of the other state.
 */
const SUCCEEDED: Record<string, object> = {
  'stepfunctions-succeeded': {},
  'glue-succeeded': {},
  'emr-serverless-running': { state: 'SUCCESS', previousState: 'RUNNING' },
  'batch-runnable': { status: 'SUCCEEDED', startedAt: 1795226410000, stoppedAt: 1795226435000 },
  'ecs-stopped': {},
  'codebuild-succeeded': {},
  'redshift-data-finished': {},
  'lambda-success': {},
  'custom-succeeded': {},
};

let data: string;
let service: Service;
let bus: EventBridgeClient;
let scene: Scenario;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'overdue-e2e-'));
  service = await startService(data);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  bus = new EventBridgeClient({ endpoint: service.aws, region: 'us-east-1', credentials });
  scene = await setTheScene({ ...service, patience: 20 * SECOND }, 'data');
  const grants = [{ source: '*', job: '' }, { events: 'com.acme.' }, { events: 'aws.inspector2' }];
  await must(service, 'PUT', scene.path, { title: 'Data platform', grants });
  // What is to be tried five times takes two minutes to be given up.
  await custom('without a state', '');
});

afterAll(async () => {
  await scene.close();
  bus.destroy();
  await service.stop();
  await rm(data, { recursive: true, force: true });
});

async function sampleOf(name: string): Promise<BusEvent> {
  const text = await readFile(join(FIXTURES, `${name}.json`), 'utf8');
  const event = BusEvent.parse(JSON.parse(text));
  Object.assign(event.detail, SUCCEEDED[name]);
  return BusEvent.parse(shifted(event, Date.now() - Date.parse(event.time)));
}

/** The same event at another time: every time in it, however it is written, is later by so many ms. */
function shifted(value: unknown, by: number): unknown {
  if (Array.isArray(value)) return value.map((one) => shifted(one, by));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shifted(one, by)]));
  if (typeof value === 'number') return value > 1e12 ? value + by : value;
  if (typeof value !== 'string') return value;
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return new Date(Date.parse(value) + by).toISOString();
  return /^[A-Z][a-z]{2} \d+, \d{4} [\d:]+ [AP]M$/.test(value)
    ? inWords(Date.parse(`${value} UTC`) + by)
    : value;
}

/** `Nov 21, 2026 2:12:29 PM`, as CodeBuild writes it. */
function inWords(instant: number): string {
  const of = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(instant);
  const time = of({ hour: 'numeric', minute: '2-digit', second: '2-digit' }).replaceAll(' ', ' ');
  return `${of({ year: 'numeric', month: 'short', day: 'numeric' })} ${time}`;
}

async function send({ source, 'detail-type': DetailType, time, detail }: BusEvent): Promise<void> {
  const entry = { Source: source, DetailType, Time: new Date(time), Detail: JSON.stringify(detail) };
  const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  expect(FailedEntryCount).toBe(0);
}

const custom = (run: string, state: string, detail: object = {}): Promise<void> =>
  send(
    BusEvent.parse({
      ...{
        id: '',
        source: 'com.acme.cron',
        'detail-type': 'Overdue Run State Change',
        account: '',
        region: '',
      },
      ...{ time: new Date().toISOString(), detail: { job: 'nightly', run, state, ...detail } },
    }),
  );

interface RunDeadline {
  status: string;
  breach?: { status: string; reason: string; seen: string };
}

const runs = async (id: string): Promise<RunDeadline[]> => {
  const query = `from=${new Date(Date.now() - 10 * MINUTE).toISOString()}`;
  const path = `${scene.path}/expectations/${id}/deadlines?${query}`;
  return (await must<{ items: RunDeadline[] }>(service, 'GET', path)).items;
};

const untilRun = (id: string, what: string, is: (one: RunDeadline) => boolean) =>
  until(
    `${id} ${what}`,
    () => runs(id),
    (found) => found.some(is),
    20 * SECOND,
  );

it('there is a run that ended well of every service', async () => {
  const events = await Promise.all(Object.keys(SUCCEEDED).map(sampleOf));
  expect(events.map((event) => runOf(event)?.source).toSorted()).toEqual(RunSource.options.toSorted());
});

describe('runs of jobs, by what their services send to the bus', () => {
  it('that ended before the due time meet it, whatever service ran them, and no run is missed', async () => {
    const due = Math.ceil((Date.now() + 10 * SECOND) / MINUTE) * MINUTE;
    const body = (id: string, job: object) => ({
      ...{ id, team: 'data', job, due: scene.at(due), settle: '1s', notify: ['hook'] },
    });
    await must(service, 'POST', '/v1/expectations', body('never-started', { source: 'glue', name: 'idle' }));
    for (const name of Object.keys(SUCCEEDED)) {
      const event = await sampleOf(name);
      const run = runOf(event);
      const job = { source: run?.source, name: run?.job };
      await must(service, 'POST', '/v1/expectations', body(name, job));
      await send(event);
    }
    await sleepUntil(due);
    const statusOf = async (id: string) => (await runs(id)).map(({ status }) => status);
    for (const name of Object.keys(SUCCEEDED))
      await untilRun(name, 'met', ({ status }) => status === 'met').catch(async () => {
        throw new Error(`${name} is ${String(await statusOf(name))}`);
      });
    await untilRun('never-started', 'missed', ({ breach }) => breach?.reason === 'not-started');
  });

  it('of which one hangs are announced while it hangs, and how long it took when it ended', async () => {
    const job = { source: 'custom', name: 'nightly', finishesWithin: '4s' };
    await must(service, 'POST', '/v1/expectations', {
      id: 'within',
      team: 'data',
      job,
      settle: '0s',
      notify: ['hook'],
    });
    await custom('quick', 'running');
    await custom('hung', 'running');
    await custom('quick', 'succeeded');
    await untilRun('within', 'hangs', ({ breach }) => breach?.reason === 'still-running');
    await until(
      'alert',
      () => scene.receiver.types('within'),
      (types) => types.includes('opened'),
      20 * SECOND,
    );
    await sleep(3 * SECOND);
    await custom('hung', 'succeeded');
    await until(
      'recovery',
      () => scene.receiver.types('within'),
      (types) => types.includes('recovered'),
      20 * SECOND,
    );
    const found = await runs('within');
    expect(found.map(({ status }) => status).toSorted()).toEqual(['met', 'missed']);
  });

  it('of which one fails are announced at once', async () => {
    const job = { source: 'custom', name: 'nightly', finishesWithin: '1h' };
    await must(service, 'POST', '/v1/expectations', { id: 'failing', team: 'data', job, notify: ['hook'] });
    await custom('broken', 'running');
    await custom('broken', 'failed', { status: 'exit code 3' });
    await untilRun('failing', 'failed', ({ breach }) => breach?.reason === 'failed');
  });
});

describe('a task of ECS that could not be started', () => {
  it('is announced at once, although it never began', async () => {
    const { detail, ...event } = await sampleOf('ecs-stopped');
    const { startedAt: _, executionStoppedAt: __, ...rest } = detail;
    const job = { source: 'ecs', name: 'jobs/nightly-export', finishesWithin: '1h' };
    await must(service, 'POST', '/v1/expectations', { id: 'no-image', team: 'data', job, notify: ['hook'] });
    const stopped = { stopCode: 'TaskFailedToStart', stoppedAt: new Date().toISOString(), containers: [] };
    await send({ ...event, detail: { ...rest, ...stopped } });
    await untilRun('no-image', 'failed', ({ breach }) => breach?.reason === 'failed');
    const [found] = await runs('no-image');
    expect(found?.breach?.seen).toContain('TaskFailedToStart');
  });
});

describe('runs of a job that checks in by one line', () => {
  it('end in time, hang and fail, each as itself, with finishesWithin and with due', async () => {
    const due = Math.ceil((Date.now() + 10 * SECOND) / MINUTE) * MINUTE;
    const body = (id: string, job: object, when: object) => ({
      ...{ id, team: 'data', job: { source: 'custom', name: 'by-ping', ...job }, ...when },
      ...{ settle: '0s', notify: ['hook'] },
    });
    const register = (one: object) => must<{ pingUrl: string }>(service, 'POST', '/v1/expectations', one);
    const { pingUrl } = await register(body('pinged', { finishesWithin: '4s' }, {}));
    await register(body('pinged-by', {}, { due: scene.at(due) }));
    const ping = async (path: string, rid?: string, log?: string): Promise<number> => {
      const url = `${pingUrl}${path}${rid === undefined ? '' : `?rid=${rid}`}`;
      const { status } = await fetch(url, { method: 'POST', ...(log === undefined ? {} : { body: log }) });
      return status;
    };
    expect(await ping('/start', 'hung')).toBe(200);
    expect(await ping('/start', 'quick')).toBe(200);
    expect(await ping('/start', 'quick')).toBe(200);
    expect(await ping('', 'quick')).toBe(200);
    expect(await ping('/start')).toBe(200);
    expect(await ping('/3', undefined, 'disk full')).toBe(200);
    await untilRun('pinged', 'fails', ({ breach }) => breach?.reason === 'failed');
    await untilRun('pinged', 'hangs', ({ breach }) => breach?.reason === 'still-running');
    expect(await ping('', 'hung')).toBe(200);
    await untilRun('pinged', 'recovers', ({ breach }) => breach?.status === 'recovered');
    await untilRun('pinged', 'ends in time', ({ status }) => status === 'met');
    const found = await runs('pinged');
    expect(found.map(({ status }) => status).toSorted()).toEqual(['met', 'missed', 'missed']);
    expect(found.find(({ breach }) => breach?.reason === 'failed')?.breach?.seen).toContain('exit code 3');
    await sleepUntil(due);
    await untilRun('pinged-by', 'met', ({ status }) => status === 'met');
  });
});

describe('events by a pattern', () => {
  it('are counted between two times', async () => {
    const due = Math.ceil((Date.now() + 8 * SECOND) / MINUTE) * MINUTE;
    const pattern = { source: ['com.acme.trades'], detail: { amount: [{ numeric: ['>', 10] }] } };
    const event = { pattern, minCount: 3 };
    const body = (id: string) => ({
      ...{ id, team: 'data', event, due: scene.at(due), window: '5m', settle: '1s', notify: ['hook'] },
    });
    for (const id of ['trades']) await must(service, 'POST', '/v1/expectations', body(id));
    for (const amount of [5, 11, 12, 13]) {
      await send(
        BusEvent.parse({
          ...{ id: '', source: 'com.acme.trades', 'detail-type': 'Trade Booked', account: '', region: '' },
          ...{ time: new Date().toISOString(), detail: { amount } },
        }),
      );
    }
    await sleepUntil(due);
    await untilRun('trades', 'met', ({ status }) => status === 'met');
  });
});

describe('an event', () => {
  it('of a service of AWS that runs no jobs is one like others', async () => {
    const event = { pattern: { source: ['aws.inspector2'] } };
    const rest = { due: { every: '1h' }, notify: ['hook'] };
    await must(service, 'POST', '/v1/expectations', { id: 'findings', team: 'data', event, ...rest });
    await sleep(SECOND);
    await send({
      ...(await sampleOf('custom-succeeded')),
      source: 'aws.inspector2',
      'detail-type': 'Finding',
    });
    const path = `${scene.path}/expectations/findings/deadlines`;
    const evidence = async () => {
      const { items } = await must<{ items: { evidence: unknown[] }[] }>(service, 'GET', path);
      return items.flatMap((deadline) => deadline.evidence);
    };
    await until('evidence', evidence, (found) => found.length === 1, 20 * SECOND);
  });

  it('that cannot be recorded lies among the dead letters, with the reason', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sqs = new SQSClient({ endpoint: service.aws, region: 'us-east-1', credentials });
    const receive = new ReceiveMessageCommand({
      QueueUrl: `${service.aws}/000000000000/events-dead-letters`,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 0,
    });
    const letters = async () => (await sqs.send(receive)).Messages ?? [];
    const [letter] = await until('letter', letters, (found) => found.length > 0, 170 * SECOND);
    expect(letter?.MessageAttributes?.['ERROR_MESSAGE']?.StringValue).toContain(
      'detail.state must be one of',
    );
    sqs.destroy();
  });
});
