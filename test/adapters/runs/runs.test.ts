import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STSClient } from '@aws-sdk/client-sts';
import { causeOf } from '../../../functions/adapters/runs/causes.ts';
import { runsOnAws } from '../../../functions/adapters/runs/index.ts';
import { LONGEST_LOOK } from '../../../functions/adapters/runs/pace.ts';
import { placesOf } from '../../../functions/adapters/runs/places.ts';
import type { Source } from '../../../functions/adapters/sources.ts';
import type { Runs } from '../../../functions/app/ports.ts';
import type { RunLook, RunSource } from '../../../functions/core/run.ts';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import { refusal, type Answer } from '../recording-server.ts';
import { responder, seconds, type Answers, type Asked } from './responder.ts';

const NOW = Date.parse('2026-11-21T06:00:00Z');
const SINCE = Date.parse('2026-11-21T00:00:00Z');
const PLACE = { account: '111122223333', region: 'eu-central-1' };
const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:nightly-load:';
const SHOP: Source = {
  label: 'shop',
  region: 'eu-west-1',
  roleArn: 'arn:aws:iam::210987654321:role/Overdue-look-eu-west-1',
  buckets: [],
};

const clock = (instant: number | undefined) =>
  instant === undefined ? '' : new Date(instant).toISOString().slice(8, 19);

/** What a look tells of each run: which, state, the service's word, when it began and ended. */
function told(look: RunLook): string[] | string {
  if (!look.ok) return look.cause;
  return look.runs.map(({ run, state, status, startedAt, endedAt }) =>
    [run, state, status, clock(startedAt), clock(endedAt)].join(' ').trim(),
  );
}

let services: Awaited<ReturnType<typeof responder>>;
let runs: Runs;
let turns = 0;
let before: NodeJS.ProcessEnv;

beforeAll(async () => {
  services = await responder();
  before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: services.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDHOME',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  runs = runsOnAws(
    placesOf(
      () => [SHOP],
      () => new STSClient({}),
    ),
    {
      newTurns: () => () => {
        turns += 1;
        return Promise.resolve();
      },
      longest: LONGEST_LOOK,
      rest: 0,
    },
  );
});

afterAll(async () => {
  process.env = before;
  await services.close();
});

const latest = async (source: RunSource, job: string, answers: Answers) => {
  services.answer(answers);
  turns = 0;
  const look = await runs.latest({ source, job, since: SINCE }, NOW);
  expect(look.at).toBe(NOW);
  return told(look);
};

const one = async (source: RunSource, job: string, run: string, answers: Answers) => {
  services.answer(answers);
  return told(await runs.one({ source, job, run, ...PLACE }, NOW));
};

const operations = () => services.asked.map(({ what }) => what);

describe('runs of a state machine', () => {
  const execution = (name: string, status: string, start: string, stop?: string, more: object = {}) => ({
    executionArn: ARN + name,
    stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:nightly-load',
    name,
    status,
    startDate: seconds(start),
    ...(stop === undefined ? {} : { stopDate: seconds(stop) }),
    ...more,
  });

  it('are those that began or ended since, and those that still run', async () => {
    const executions = [
      execution('today', 'RUNNING', '2026-11-21T01:00:00Z'),
      execution('early', 'TIMED_OUT', '2026-11-20T22:00:00Z', '2026-11-21T00:00:00Z'),
      execution('yesterday', 'SUCCEEDED', '2026-11-20T01:00:00Z', '2026-11-20T23:59:59Z'),
      execution('redriven', 'FAILED', '2026-11-19T01:00:00Z', '2026-11-21T03:00:00Z', {
        redriveCount: 2,
        redriveDate: seconds('2026-11-21T02:00:00Z'),
      }),
      execution('hangs', 'RUNNING', '2026-11-18T01:00:00Z'),
    ];
    expect(
      await latest('stepfunctions', 'nightly-load', { ListExecutions: { body: { executions } } }),
    ).toEqual([
      `${ARN}today running RUNNING 21T01:00:00`,
      `${ARN}early failed TIMED_OUT 20T22:00:00 21T00:00:00`,
      `${ARN}redriven:redrive2 failed FAILED 21T02:00:00 21T03:00:00`,
      `${ARN}hangs running RUNNING 18T01:00:00`,
    ]);
    expect(services.asked).toEqual([
      {
        what: 'ListExecutions',
        asked: {
          stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:nightly-load',
          maxResults: 1000,
        },
        signedBy: 'AKIDHOME eu-central-1',
      },
    ]);
  });

  it('are read on through pages, until executions are older than any that can have been redriven since', async () => {
    const page = (token: unknown) => {
      const index = Number(token ?? 0);
      const start = new Date(NOW - index * 4 * DAY).toISOString();
      return { executions: [execution(`${index}`, 'RUNNING', start)], nextToken: String(index + 1) };
    };
    const found = await latest('stepfunctions', 'nightly-load', {
      ListExecutions: ({ nextToken }: Asked) => page(nextToken),
    });
    expect(found).toHaveLength(5);
    expect(services.asked).toHaveLength(5);
    expect(turns).toBe(5);
  });

  it('are more than can be listed when the tenth page has not reached back to then', async () => {
    const hourAgo = new Date(NOW - HOUR).toISOString();
    const found = await latest('stepfunctions', 'nightly-load', {
      ListExecutions: { body: { executions: [execution('one', 'RUNNING', hourAgo)], nextToken: 'more' } },
    });
    expect(found).toBe('there are more runs of state machine nightly-load than can be listed');
    expect(services.asked).toHaveLength(10);
  });

  it('are complete when the tenth page has reached back to then', async () => {
    const then = new Date(SINCE - 1).toISOString();
    const found = await latest('stepfunctions', 'nightly-load', {
      ListExecutions: { body: { executions: [execution('one', 'RUNNING', then)], nextToken: 'more' } },
    });
    expect(found).toHaveLength(10);
  });

  const described = (redriveCount: number, more: object = {}): Answers => ({
    DescribeExecution: {
      body: execution('today', 'RUNNING', '2026-11-21T01:00:00Z', undefined, { redriveCount, ...more }),
    },
  });
  const redriveDate = seconds('2026-11-21T05:00:00Z');

  it.each<[string, string, Answers, string[] | string]>([
    ['as it is now', `${ARN}today`, described(0), [`${ARN}today running RUNNING 21T01:00:00`]],
    [
      'that goes on after a redrive',
      `${ARN}today:redrive1`,
      described(1, { redriveDate }),
      [`${ARN}today:redrive1 running RUNNING 21T05:00:00`],
    ],
    [
      'that was redriven since had failed, and here is the redrive',
      `${ARN}today`,
      described(1, { redriveDate }),
      [`${ARN}today failed REDRIVEN 21T01:00:00`, `${ARN}today:redrive1 running RUNNING 21T05:00:00`],
    ],
    [
      'that is not seen as redriven yet',
      `${ARN}today:redrive1`,
      described(0),
      'Step Functions does not know this run of state machine nightly-load',
    ],
    [
      'that is gone after 90 days',
      `${ARN}today`,
      { DescribeExecution: refusal('ExecutionDoesNotExist') },
      'Step Functions does not know this run of state machine nightly-load',
    ],
  ])('one %s', async (_, run, answers, expected) => {
    expect(await one('stepfunctions', 'nightly-load', run, answers)).toEqual(expected);
    expect(services.asked[0]?.asked).toEqual({
      executionArn: `${ARN}today`,
      includedData: 'METADATA_ONLY',
    });
  });

  it.each<[string, Answers, string | undefined]>([
    [
      'an Express one is refused with the reason',
      { DescribeStateMachine: { body: { type: 'EXPRESS' } } },
      'is an Express state machine: it sends no events and keeps no list of its runs',
    ],
    ['a Standard one is not', { DescribeStateMachine: { body: { type: 'STANDARD' } } }, undefined],
    [
      'nor one that is still to be made',
      { DescribeStateMachine: refusal('StateMachineDoesNotExist') },
      undefined,
    ],
    [
      'nor one that may not be asked for',
      { DescribeStateMachine: refusal('AccessDeniedException') },
      undefined,
    ],
  ])('%s', async (_, answers, expected) => {
    services.answer(answers);
    expect(await runs.refusal({ source: 'stepfunctions', job: 'fast' })).toBe(expected);
    expect(await runs.refusal({ source: 'glue', job: 'fast' })).toBeUndefined();
    expect(operations()).toEqual(['DescribeStateMachine']);
  });
});

describe('runs of a Glue job', () => {
  const run = (Id: string, JobRunState: string, start: string, end?: string) => ({
    Id,
    JobName: 'orders',
    JobRunState,
    StartedOn: seconds(start),
    ...(end === undefined ? {} : { CompletedOn: seconds(end) }),
  });
  const JobRuns = [
    run('jr_3', 'WAITING', '2026-11-21T05:59:00Z'),
    run('jr_2', 'RUNNING', '2026-11-21T02:00:00Z'),
    run('jr_1', 'TIMEOUT', '2026-11-20T02:00:00Z', '2026-11-21T02:00:00Z'),
    run('jr_0', 'SUCCEEDED', '2026-11-19T02:00:00Z', '2026-11-19T03:00:00Z'),
  ];

  it('are those that began or ended since; one that waits in the queue has not begun', async () => {
    expect(await latest('glue', 'orders', { GetJobRuns: { body: { JobRuns } } })).toEqual([
      'jr_2 running RUNNING 21T02:00:00',
      'jr_1 failed TIMEOUT 20T02:00:00 21T02:00:00',
    ]);
    expect(services.asked[0]?.asked).toEqual({ JobName: 'orders', MaxResults: 200 });
  });

  it('one as it is now', async () => {
    expect(await one('glue', 'orders', 'jr_0', { GetJobRun: { body: { JobRun: JobRuns[3] } } })).toEqual([
      'jr_0 succeeded SUCCEEDED 19T02:00:00 19T03:00:00',
    ]);
    expect(services.asked.map(({ asked }) => asked)).toEqual([{ JobName: 'orders', RunId: 'jr_0' }]);
  });

  it.each([
    ['one that failed, and is not tried again', 'jr_1', ['jr_1 failed FAILED 21T01:00:00 21T01:10:00'], 2],
    [
      'one that failed, with all that tried it again',
      'jr_2',
      [
        'jr_2 failed FAILED 21T01:00:00 21T01:10:00',
        'jr_2_attempt_1 failed FAILED 21T01:11:00 21T01:20:00',
        'jr_2_attempt_2 succeeded SUCCEEDED 21T01:21:00 21T01:30:00',
      ],
      3,
    ],
    [
      'a retry that failed, with the next one',
      'jr_2_attempt_1',
      [
        'jr_2_attempt_1 failed FAILED 21T01:11:00 21T01:20:00',
        'jr_2_attempt_2 succeeded SUCCEEDED 21T01:21:00 21T01:30:00',
      ],
      2,
    ],
    ['one whose retry waits in the queue', 'jr_3', ['jr_3 failed FAILED 21T01:00:00 21T01:10:00'], 2],
    ['one whose retry may not be seen', 'jr_4', 'access to Glue job orders is denied', 2],
  ])('%s', async (_, id, expected, calls) => {
    const known = [
      ...['jr_1', 'jr_2', 'jr_3', 'jr_4'].map((first) =>
        run(first, 'FAILED', '2026-11-21T01:00:00Z', '2026-11-21T01:10:00Z'),
      ),
      run('jr_2_attempt_1', 'FAILED', '2026-11-21T01:11:00Z', '2026-11-21T01:20:00Z'),
      run('jr_2_attempt_2', 'SUCCEEDED', '2026-11-21T01:21:00Z', '2026-11-21T01:30:00Z'),
      run('jr_3_attempt_1', 'WAITING', '2026-11-21T01:11:00Z'),
    ];
    const GetJobRun = ({ RunId }: Asked): Answer => {
      const JobRun = known.find(({ Id }) => Id === RunId);
      if (JobRun) return { body: { JobRun } };
      return refusal(RunId === 'jr_4_attempt_1' ? 'AccessDeniedException' : 'EntityNotFoundException');
    };
    expect(await one('glue', 'orders', id, { GetJobRun })).toEqual(expected);
    expect(services.asked).toHaveLength(calls);
  });
});

describe('runs of an EMR Serverless job', () => {
  const summary = (id: string, name: string | undefined, state: string, updated: string) => ({
    ...{ applicationId: 'app1', id, name, state, arn: 'arn', createdBy: 'arn', executionRole: 'arn' },
    ...{
      stateDetails: '',
      releaseLabel: 'emr-7.9.0',
      createdAt: seconds(updated),
      updatedAt: seconds(updated),
    },
  });
  const jobRun = (
    jobRunId: string,
    name: string | undefined,
    state: string,
    started?: string,
    ended?: string,
  ) => ({
    ...{ applicationId: 'app1', jobRunId, name, state },
    ...(started === undefined ? {} : { startedAt: seconds(started) }),
    ...(ended === undefined ? {} : { endedAt: seconds(ended) }),
  });
  const answers: Answers = {
    '/applications/app1/jobruns': {
      body: {
        jobRuns: [
          summary('r1', 'features', 'SUCCESS', '2026-11-21T03:00:00Z'),
          summary('r2', 'other', 'SUCCESS', '2026-11-21T03:00:00Z'),
          summary('r3', undefined, 'FAILED', '2026-11-21T03:00:00Z'),
          summary('r4', 'features', 'SUCCESS', '2026-11-20T03:00:00Z'),
          summary('r5', 'features', 'PENDING', '2026-11-21T05:00:00Z'),
          summary('r6', 'features', 'QUEUED', '2026-11-21T05:30:00Z'),
        ],
      },
    },
    '/applications/app1/jobruns/r1': {
      body: { jobRun: jobRun('r1', 'features', 'SUCCESS', '2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z') },
    },
    '/applications/app1/jobruns/r3': {
      body: { jobRun: jobRun('r3', undefined, 'FAILED', '2026-11-21T02:00:00Z', '2026-11-21T03:00:00Z') },
    },
    '/applications/app1/jobruns/r5': {
      body: { jobRun: jobRun('r5', 'features', 'PENDING', '2026-11-21T04:00:00Z') },
    },
    '/applications/app1/jobruns/r6': { body: { jobRun: jobRun('r6', 'features', 'QUEUED') } },
  };

  it('are those of its name; one between two attempts still runs, one in the queue has not begun', async () => {
    expect(await latest('emr-serverless', 'app1/features', answers)).toEqual([
      'app1/r1 succeeded SUCCESS 21T02:00:00 21T03:00:00',
      'app1/r5 running PENDING 21T04:00:00',
    ]);
    expect(services.asked[0]?.asked).toEqual({ createdAtAfter: '2026-11-19T00:00:00Z', maxResults: '50' });
  });

  it('without a name are known by the application alone', async () => {
    expect(await latest('emr-serverless', 'app1', answers)).toEqual([
      'app1/r3 failed FAILED 21T02:00:00 21T03:00:00',
    ]);
  });

  it('one as it is now, and one that has not begun', async () => {
    expect(await one('emr-serverless', 'app1/features', 'app1/r1', answers)).toEqual([
      'app1/r1 succeeded SUCCESS 21T02:00:00 21T03:00:00',
    ]);
    expect(await one('emr-serverless', 'app1/features', 'app1/r6', answers)).toEqual([]);
  });

  it('one that is not told when it ended, at its last update', async () => {
    const told = { ...jobRun('r1', 'features', 'CANCELLED'), updatedAt: seconds('2026-11-21T03:00:00Z') };
    const answer = { '/applications/app1/jobruns/r1': { body: { jobRun: told } } };
    expect(await one('emr-serverless', 'app1/features', 'app1/r1', answer)).toEqual([
      'app1/r1 failed CANCELLED  21T03:00:00',
    ]);
  });

  it('are too many when each would have to be asked for', async () => {
    const jobRuns = Array.from({ length: 51 }, (_, index) =>
      summary(`r${index}`, 'features', 'SUCCESS', '2026-11-21T03:00:00Z'),
    );
    expect(
      await latest('emr-serverless', 'app1/features', {
        '/applications/app1/jobruns': { body: { jobRuns } },
      }),
    ).toBe('there are more runs of EMR Serverless job app1/features than can be listed');
  });
});

describe('runs of a Batch job', () => {
  const ms = (iso: string) => Date.parse(iso);
  const job = (jobId: string, status: string, more: object, jobName = 'prices') => ({
    ...{
      jobId,
      jobName,
      status,
      jobArn: `arn:${jobId}`,
      jobDefinition: 'arn',
      createdAt: ms('2026-11-20T20:00:00Z'),
    },
    ...{ jobQueue: 'arn:aws:batch:eu-central-1:111122223333:job-queue/production', ...more },
  });
  const all = [
    job('j1', 'SUCCEEDED', { startedAt: ms('2026-11-21T01:00:00Z'), stoppedAt: ms('2026-11-21T02:00:00Z') }),
    job('j2', 'RUNNABLE', {}),
    job('j3', 'SUCCEEDED', { startedAt: ms('2026-11-20T21:00:00Z'), stoppedAt: ms('2026-11-20T22:00:00Z') }),
    job('j4', 'RUNNING', { startedAt: ms('2026-11-21T05:00:00Z') }, 'Prices'),
    job('j5', 'RUNNING', {
      startedAt: ms('2026-11-21T05:00:00Z'),
      attempts: [{ startedAt: ms('2026-11-21T04:00:00Z'), stoppedAt: ms('2026-11-21T04:30:00Z') }],
    }),
  ];
  const answers: Answers = {
    '/v1/listjobs': { body: { jobSummaryList: all } },
    '/v1/describejobs': ({ jobs }: Asked) => ({
      jobs: all.filter(({ jobId }) => Array.isArray(jobs) && jobs.includes(jobId)),
    }),
  };

  it('are those of its queue and exact name; a retry began with its first attempt', async () => {
    expect(await latest('batch', 'production/prices', answers)).toEqual([
      'j1 succeeded SUCCEEDED 21T01:00:00 21T02:00:00',
      'j5 running RUNNING 21T04:00:00',
    ]);
    expect(services.asked.map(({ asked }) => asked)).toEqual([
      { jobQueue: 'production', filters: [{ name: 'JOB_NAME', values: ['prices'] }], maxResults: 100 },
      { jobs: ['j1', 'j2', 'j5'] },
    ]);
  });

  it('one as it is now, and one that is not kept any more', async () => {
    expect(await one('batch', 'production/prices', 'j3', answers)).toEqual([
      'j3 succeeded SUCCEEDED 20T21:00:00 20T22:00:00',
    ]);
    expect(await one('batch', 'production/prices', 'j9', answers)).toBe(
      'Batch does not know this run of Batch job production/prices',
    );
  });

  it('need the queue', async () => {
    expect(await latest('batch', 'prices', {})).toBe(
      'Batch job prices cannot be looked for: the name must be queue/job',
    );
  });
});

describe('runs of an ECS task', () => {
  const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs';
  const DEFINITION = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/export:7';
  const task = (taskArn: string, lastStatus: string, containers: object[], more: object = {}) => ({
    ...{ taskArn, lastStatus, containers, clusterArn: CLUSTER, taskDefinitionArn: DEFINITION },
    ...{ group: 'family:export', startedAt: seconds('2026-11-21T05:10:00Z'), ...more },
  });
  const stopped = { stopCode: 'EssentialContainerExited', stoppedAt: seconds('2026-11-21T05:50:30Z') };
  const app = { name: 'app', exitCode: 0 };
  const all = [
    task('t1', 'RUNNING', [{ name: 'app' }]),
    task('t2', 'STOPPED', [app], { ...stopped, executionStoppedAt: seconds('2026-11-21T05:50:00Z') }),
    task('t3', 'STOPPED', [app, { name: 'proxy', exitCode: 143 }], stopped),
    task(
      't4',
      'STOPPED',
      [
        { ...app, exitCode: 1 },
        { name: 'proxy', exitCode: 0 },
      ],
      stopped,
    ),
    task('t5', 'RUNNING', [app], { group: 'service:web' }),
  ];
  const answers: Answers = {
    ListTasks: ({ desiredStatus }: Asked) => ({
      taskArns: all.flatMap(({ taskArn, lastStatus }) => (lastStatus === desiredStatus ? taskArn : [])),
    }),
    DescribeTasks: ({ tasks }: Asked) => ({
      tasks: all.filter(({ taskArn }) => Array.isArray(tasks) && tasks.includes(taskArn)),
      failures: [],
    }),
    DescribeTaskDefinition: {
      body: {
        taskDefinition: { containerDefinitions: [{ name: 'app' }, { name: 'proxy', essential: false }] },
      },
    },
  };

  it('are judged by their essential containers, and those of services are none', async () => {
    expect(await latest('ecs', 'jobs/export', answers)).toEqual([
      't1 running RUNNING 21T05:10:00',
      't2 succeeded EssentialContainerExited 21T05:10:00 21T05:50:00',
      't3 succeeded EssentialContainerExited 21T05:10:00 21T05:50:30',
      't4 failed EssentialContainerExited 21T05:10:00 21T05:50:30',
    ]);
    expect(services.asked.slice(0, 2).map(({ asked }) => asked)).toEqual([
      { cluster: 'jobs', family: 'export', desiredStatus: 'RUNNING' },
      { cluster: 'jobs', family: 'export', desiredStatus: 'STOPPED' },
    ]);
    // Two tasks are in doubt; what is essential is asked once for their definition.
    expect(operations().slice(2)).toEqual(['DescribeTasks', 'DescribeTaskDefinition']);
  });

  it('one as it is now, and one that is told of no more', async () => {
    expect(await one('ecs', 'jobs/export', 't3', answers)).toEqual([
      't3 succeeded EssentialContainerExited 21T05:10:00 21T05:50:30',
    ]);
    expect(operations()).toEqual(['DescribeTasks', 'DescribeTaskDefinition']);
    expect(await one('ecs', 'jobs/export', 't9', answers)).toBe(
      'ECS does not know this run of ECS task jobs/export',
    );
  });
});

describe('runs of a CodeBuild project', () => {
  const build = (id: string, buildStatus: string, start: string, end?: string) => ({
    ...{ id, buildStatus, projectName: 'docs', startTime: seconds(start) },
    ...(end === undefined ? {} : { endTime: seconds(end) }),
  });
  const all = [
    build('docs:3', 'IN_PROGRESS', '2026-11-21T05:00:00Z'),
    build('docs:2', 'TIMED_OUT', '2026-11-20T23:30:00Z', '2026-11-21T00:30:00Z'),
    build('docs:1', 'SUCCEEDED', '2026-11-20T05:00:00Z', '2026-11-20T05:30:00Z'),
  ];
  const answers: Answers = {
    ListBuildsForProject: { body: { ids: all.map(({ id }) => id) } },
    BatchGetBuilds: ({ ids }: Asked) => ({
      builds: all.filter(({ id }) => Array.isArray(ids) && ids.includes(id)),
    }),
  };

  it('are those that began or ended since', async () => {
    expect(await latest('codebuild', 'docs', answers)).toEqual([
      'docs:3 running IN_PROGRESS 21T05:00:00',
      'docs:2 failed TIMED_OUT 20T23:30:00 21T00:30:00',
    ]);
    expect(services.asked[0]?.asked).toEqual({ projectName: 'docs', sortOrder: 'DESCENDING' });
  });

  it('one as it is now, and one that is not kept any more', async () => {
    expect(await one('codebuild', 'docs', 'docs:1', answers)).toEqual([
      'docs:1 succeeded SUCCEEDED 20T05:00:00 20T05:30:00',
    ]);
    expect(await one('codebuild', 'docs', 'docs:0', answers)).toBe(
      'CodeBuild does not know this run of CodeBuild project docs',
    );
  });

  it('of a project that was never built are none', async () => {
    expect(await latest('codebuild', 'docs', { ListBuildsForProject: { body: { ids: [] } } })).toEqual([]);
  });
});

describe('runs of a Redshift statement', () => {
  const statement = (Status: string): Answers => ({
    DescribeStatement: {
      body: {
        ...{ Id: 's1', Status, CreatedAt: seconds('2026-11-21T02:00:00Z') },
        UpdatedAt: seconds('2026-11-21T02:14:26Z'),
      },
    },
  });

  it.each([
    ['FINISHED', ['s1 succeeded FINISHED 21T02:00:00 21T02:14:26']],
    ['STARTED', ['s1 running STARTED 21T02:00:00']],
    ['PICKED', []],
  ])('one that is %s', async (status, expected) => {
    expect(await one('redshift-data', 'refresh', 's1', statement(status))).toEqual(expected);
  });

  it('of others are not listed to whoever asks, so nobody is asked', async () => {
    expect(await latest('redshift-data', 'refresh', {})).toEqual([]);
    expect(operations()).toEqual([]);
  });
});

it.each(['lambda', 'custom'] as const)('nobody can be asked about runs of %s', async (source) => {
  expect(await latest(source, 'any', {})).toEqual([]);
  expect(await one(source, 'any', '1', {})).toEqual([]);
  expect(operations()).toEqual([]);
});

describe('what keeps a look from telling is told in words', () => {
  it.each<[RunSource, string, Answers, string]>([
    [
      'stepfunctions',
      'load',
      { ListExecutions: refusal('AccessDeniedException') },
      'access to state machine load is denied',
    ],
    [
      'stepfunctions',
      'load',
      { ListExecutions: refusal('StateMachineDoesNotExist') },
      'state machine load does not exist, or its runs are not kept any more',
    ],
    [
      'stepfunctions',
      'load',
      { ListExecutions: refusal('StateMachineTypeNotSupported') },
      'state machine load is an Express one, which keeps no list of its runs',
    ],
    [
      'glue',
      'a $& b',
      { GetJobRuns: refusal('EntityNotFoundException') },
      'Glue job a $& b does not exist, or its runs are not kept any more',
    ],
    [
      'glue',
      'orders',
      { GetJobRuns: { body: { JobRuns: [{ Id: 'jr_1', JobRunState: 'DREAMING' }] } } },
      'Glue told of Glue job orders what is not documented: glue has no status DREAMING that is documented',
    ],
    [
      'emr-serverless',
      'app/a',
      { '/applications/app/jobruns': refusal('ResourceNotFoundException', 404) },
      'EMR Serverless job app/a does not exist, or its runs are not kept any more',
    ],
    [
      'batch',
      'q/a',
      { '/v1/listjobs': refusal('ClientException', 400) },
      'Batch failed to tell of Batch job q/a (ClientException)',
    ],
    [
      'ecs',
      'none/a',
      { ListTasks: refusal('ClusterNotFoundException') },
      'the cluster of ECS task none/a does not exist',
    ],
    [
      'codebuild',
      'docs',
      { ListBuildsForProject: refusal('ResourceNotFoundException') },
      'CodeBuild project docs does not exist, or its runs are not kept any more',
    ],
  ])('%s %s: %#', async (source, job, answers, expected) => {
    expect(await latest(source, job, answers)).toBe(expected);
  });

  it('after four attempts that were throttled', async () => {
    const throttled = { GetJobRuns: refusal('ThrottlingException') };
    expect(await latest('glue', 'orders', throttled)).toBe('Glue throttled the look at Glue job orders');
    expect(operations()).toHaveLength(4);
    expect(turns).toBe(4);
  }, 20_000);

  it('but not for one attempt that was throttled', async () => {
    let count = 0;
    const answer = () => (count++ === 0 ? refusal('ThrottlingException') : { JobRuns: [] });
    expect(await latest('glue', 'orders', { GetJobRuns: answer })).toEqual([]);
    expect(operations()).toHaveLength(2);
  }, 20_000);

  // Errors of Node are none of this realm to the SDK when jest runs it, so they are made here.
  it.each([
    ['ECONNREFUSED', 'Glue could not be reached to look at Glue job orders'],
    ['ETIMEDOUT', 'Glue did not answer in time when Glue job orders was looked at'],
  ])('when the connection ends in %s', (code, expected) => {
    expect(causeOf(Object.assign(new Error('no'), { code }), 'glue', 'orders')).toBe(expected);
  });
});

describe('where a job runs', () => {
  const answers: Answers = { ListExecutions: { body: { executions: [] } } };
  const ask = async (account?: string, region?: string) => {
    services.answer(answers);
    const job = { source: 'stepfunctions' as const, job: 'load', since: SINCE };
    const look = await runs.latest({ ...job, account, region }, NOW);
    const [request] = services.asked;
    return look.ok ? [request?.asked['stateMachineArn'], request?.signedBy] : look.cause;
  };

  it.each([
    [undefined, undefined, 'eu-central-1:111122223333', 'AKIDHOME eu-central-1'],
    ['', '', 'eu-central-1:111122223333', 'AKIDHOME eu-central-1'],
    ['111122223333', 'us-east-1', 'us-east-1:111122223333', 'AKIDHOME us-east-1'],
    ['210987654321', 'eu-west-1', 'eu-west-1:210987654321', 'ASIASHOP eu-west-1'],
  ])('account %s, region %s', async (account, region, place, signedBy) => {
    expect(await ask(account, region)).toEqual([`arn:aws:states:${place}:stateMachine:load`, signedBy]);
  });

  it('is not where no role may look', async () => {
    expect(await ask('210987654321', 'eu-west-2')).toBe(
      'account 210987654321 in eu-west-2 is none of the source accounts, so state machine load cannot be looked at',
    );
    expect(operations()).toEqual([]);
  });
});
