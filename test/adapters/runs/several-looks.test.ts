import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { STSClient } from '@aws-sdk/client-sts';
import { runsOnAws } from '../../../functions/adapters/runs/index.ts';
import { placesOf } from '../../../functions/adapters/runs/places.ts';
import type { Runs } from '../../../functions/app/ports.ts';
import type { RunSource } from '../../../functions/core/run.ts';
import { recordingServer, type Answer, type RecordingServer } from '../recording-server.ts';
import { IDENTITY } from './responder.ts';

const HOME = { account: '111122223333', region: 'eu-central-1' };
const [LONGEST, REST] = [300, 600];

const never = new Promise<Answer>(() => undefined);
const statement = { body: { Id: 'r', Status: 'STARTED' } };
const glueRun = { body: { JobRun: { Id: 'r', JobRunState: 'RUNNING', StartedOn: 0 } } };

let server: RecordingServer;
let hanging: string[];
let asked: string[];
let buckets: number;
let turns: number;
let runs: Runs;
let before: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = await recordingServer(({ body, target }) => {
    const what = body.includes('Action=GetCallerIdentity') ? 'GetCallerIdentity' : target;
    asked.push(what);
    if (hanging.includes(what)) return never;
    if (what === 'GetCallerIdentity') return IDENTITY;
    if (what === 'DescribeStateMachine') return { body: { type: 'STANDARD' } };
    return what === 'GetJobRun' ? glueRun : statement;
  });
  before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: HOME.region,
    AWS_ACCESS_KEY_ID: 'AKIDHOME',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
});

afterAll(async () => {
  process.env = before;
  await server.close();
});

beforeEach(() => {
  hanging = [];
  asked = [];
  buckets = 0;
  turns = 0;
  const newTurns = () => {
    buckets += 1;
    return () => {
      turns += 1;
      return Promise.resolve();
    };
  };
  const places = placesOf(
    () => [],
    () => new STSClient({ maxAttempts: 1 }),
  );
  runs = runsOnAws(places, { newTurns, longest: LONGEST, rest: REST });
});

/** What a look came to, and whether it took as long as it may. */
async function look(source: RunSource = 'glue', place: { account: string; region: string } = HOME) {
  const began = performance.now();
  const { ok } = await runs.one({ source, job: 'orders', run: 'r', ...place }, 0);
  return `${ok ? 'answered' : 'failed'} ${performance.now() - began < LONGEST / 2 ? 'at once' : 'late'}`;
}

describe('looks that begin at the same time, of a process that just began', () => {
  it('keep one pace for each service, account and Region', async () => {
    const abroad = { ...HOME, region: 'us-east-1' };
    const looks = Array.from({ length: 10 }, () => [look(), look('redshift-data'), look('glue', abroad)]);
    await Promise.all(looks.flat());
    expect({ buckets, turns }).toEqual({ buckets: 3, turns: 30 });
  });

  it('are one with that for Express state machines, which waits for its turn, too', async () => {
    const job = { source: 'stepfunctions' as const, job: 'load', ...HOME };
    await Promise.all(Array.from({ length: 10 }, () => runs.refusal(job)));
    await runs.one({ ...job, run: 'r' }, 0);
    expect({ buckets, turns }).toEqual({ buckets: 1, turns: 11 });
  });
});

describe('each request waits for its turn', () => {
  it.each<[RunSource, string]>([
    ['stepfunctions', 'load'],
    ['glue', 'load'],
    ['emr-serverless', 'app/load'],
    ['batch', 'queue/load'],
    ['ecs', 'cluster/load'],
    ['codebuild', 'load'],
    ['redshift-data', 'load'],
  ])('to %s', async (source, job) => {
    await runs.latest({ source, job, since: 0 }, 0);
    await runs.one({ source, job, run: 'r', ...HOME }, 0);
    const requests = asked.filter((what) => what !== 'GetCallerIdentity').length;
    expect({ turns, isAsked: requests > 0 }).toEqual({ turns: requests, isAsked: true });
  });
});

describe('a service that hangs', () => {
  it('holds up no look that begins after one has failed, until it is asked again after a while', async () => {
    hanging = ['GetJobRun'];
    expect(await Promise.all([look(), look()])).toEqual(['failed late', 'failed late']);
    expect(await look()).toBe('failed at once');
    expect(asked.filter((what) => what === 'GetJobRun')).toHaveLength(2);
    hanging = [];
    expect(await look()).toBe('failed at once');
    await sleep(REST);
    expect(await look()).toBe('answered at once');
  });

  it('holds up no other', async () => {
    hanging = ['GetJobRun'];
    await look();
    expect(await look('redshift-data')).toBe('answered at once');
  });

  it('holds up a registration not even as long as a look may take', async () => {
    hanging = ['DescribeStateMachine'];
    const began = performance.now();
    expect(await runs.refusal({ source: 'stepfunctions', job: 'load' })).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(LONGEST / 2);
  });

  it('may be the one that tells which account this is', async () => {
    hanging = ['GetCallerIdentity'];
    expect(await look()).toBe('failed late');
    expect(await look()).toBe('failed at once');
  });
});
