import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Run, type RunSource } from '../../../functions/core/run.ts';
import { jobEvents, NotUnderstood, runOf } from '../../../functions/core/sources/index.ts';
import { sample, told } from './events.ts';

const PLACE = { account: '111122223333', region: 'eu-central-1' };

describe('every sample', () => {
  const names = readdirSync(`${import.meta.dirname}/fixtures`).flatMap((file) =>
    file.endsWith('.json') ? file.slice(0, -'.json'.length) : [],
  );

  it.each(names)('%s names where it is from, and what is read of it is a run or nothing', (name) => {
    const event = sample(name);
    expect(String(event['_from'])).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/|^docs\/sources\.md$/);
    const run = runOf(event);
    if (run) expect(Run.parse(run)).toEqual(run);
  });

  it.each(names)('%s gives nothing away of what the job worked on', (name) => {
    expect(JSON.stringify(runOf(sample(name)) ?? '')).not.toContain('secret');
  });
});

describe('which run an event is of', () => {
  const ARN = 'arn:aws:states:eu-central-1:111122223333:execution:nightly-load:2026-11-21';
  it.each<[string, RunSource, string, string]>([
    ['stepfunctions-succeeded', 'stepfunctions', 'nightly-load', ARN],
    ['stepfunctions-redriven', 'stepfunctions', 'nightly-load', `${ARN}:redrive1`],
    [
      'glue-succeeded',
      'glue',
      'orders-to-parquet',
      'jr_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
    ],
    [
      'emr-serverless-running',
      'emr-serverless',
      '00g7application1/nightly-features',
      '00g7application1/00g7nightly0001',
    ],
    [
      'ecs-stopped',
      'ecs',
      'jobs/nightly-export',
      'arn:aws:ecs:eu-central-1:111122223333:task/jobs/c13b4cb40f1f4fe4a2971f76ae5a47ad',
    ],
    ['codebuild-succeeded', 'codebuild', 'nightly-docs', 'nightly-docs:8745a7a9-c340-456a-9166-000000000001'],
    ['redshift-data-finished', 'redshift-data', 'refresh-sales', 'dd2e1ec9-2ee3-49a0-819f-000000000001'],
    ['lambda-success', 'lambda', 'import-rates', 'e4b46cbf-b738-4f00-8880-000000000001'],
    ['custom-succeeded', 'custom', 'nightly-backup', '2026-11-21'],
  ])('%s', (name, source, job, run) => {
    expect(runOf(sample(name))).toMatchObject({ source, job, run, ...PLACE });
  });

  it('a Batch job by its queue: names of jobs are not unique', () => {
    const run = runOf(sample('batch-runnable', { status: 'RUNNING', startedAt: 1 }));
    expect(run).toMatchObject({
      source: 'batch',
      job: 'production/price-run',
      run: '4c7599ae-0a82-49aa-ba5a-000000000001',
      ...PLACE,
    });
  });

  it('a job run of EMR Serverless that has no name, by its application alone', () => {
    const run = runOf(sample('emr-serverless-running', { jobRunName: undefined }));
    expect(run).toMatchObject({ job: '00g7application1', run: '00g7application1/00g7nightly0001' });
  });
});

describe('what a run was given is told', () => {
  const environment = [{ name: 'tier', value: 'gold' }];
  it.each([
    ['by Batch', sample('batch-runnable', { status: 'RUNNING', startedAt: 1, parameters: { tier: 'gold' } })],
    [
      'by ECS',
      sample('ecs-stopped', {
        overrides: {
          containerOverrides: [{ environment }, { environment: [{ name: 'tier', value: 'tin' }] }],
        },
      }),
    ],
    [
      'by CodeBuild, but for what lies elsewhere',
      sample('codebuild-succeeded', {
        'additional-information': {
          environment: {
            'environment-variables': [
              { name: 'tier', value: 'gold', type: 'PLAINTEXT' },
              { name: 'key', value: '/prod/key', type: 'PARAMETER_STORE' },
            ],
          },
        },
      }),
    ],
    ['by oneself', sample('custom-succeeded', { arguments: { tier: 'gold' } })],
  ])('%s', (_, event) => {
    expect(runOf(event)?.arguments).toEqual({ tier: 'gold' });
  });
});

describe('Step Functions', () => {
  const ended = (status: string) => sample('stepfunctions-succeeded', { status });
  it.each([
    ['started', sample('stepfunctions-running'), ['running', 'RUNNING', '01:00:00.250', '']],
    [
      'succeeded',
      sample('stepfunctions-succeeded'),
      ['succeeded', 'SUCCEEDED', '01:00:00.250', '01:40:00.750'],
    ],
    ['failed', ended('FAILED'), ['failed', 'FAILED', '01:00:00.250', '01:40:00.750']],
    ['timed out', ended('TIMED_OUT'), ['failed', 'TIMED_OUT', '01:00:00.250', '01:40:00.750']],
    ['aborted', ended('ABORTED'), ['failed', 'ABORTED', '01:00:00.250', '01:40:00.750']],
    [
      'redriven: it began when it was redriven',
      sample('stepfunctions-redriven'),
      ['running', 'RUNNING', '03:00:00.125', ''],
    ],
    [
      'as the documentation shows it, without redrives',
      sample('stepfunctions-running', { redriveCount: undefined, redriveDate: undefined }),
      ['running', 'RUNNING', '01:00:00.250', ''],
    ],
    ['a child of a distributed map is no run of the job', sample('stepfunctions-map-child'), undefined],
    [
      'nor is a child whose ARN does not tell',
      sample('stepfunctions-running', { mapRunArn: 'arn:aws:states:eu-central-1:1:mapRun:a/b:c' }),
      undefined,
    ],
    [
      'nor a run of an Express workflow',
      sample('stepfunctions-running', {
        executionArn: 'arn:aws:states:eu-central-1:111122223333:express:fast:name:id',
      }),
      undefined,
    ],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('Glue', () => {
  const ended = (state: string) => sample('glue-succeeded', { state });
  it.each([
    [
      'succeeded: the event has no times, so it ended when it was sent',
      ended('SUCCEEDED'),
      ['succeeded', 'SUCCEEDED', '', '02:30:15.000'],
    ],
    ['failed', ended('FAILED'), ['failed', 'FAILED', '', '02:30:15.000']],
    ['timed out', ended('TIMEOUT'), ['failed', 'TIMEOUT', '', '02:30:15.000']],
    ['stopped', ended('STOPPED'), ['failed', 'STOPPED', '', '02:30:15.000']],
    [
      'past its threshold for delays, which tells the start',
      sample('glue-run-status'),
      ['running', 'RUNNING', '02:00:12.941', ''],
    ],
    [
      'past it and still starting',
      sample('glue-run-status', { state: 'STARTING' }),
      ['running', 'STARTING', '02:00:12.941', ''],
    ],
    [
      'an event of crawlers is none of jobs',
      sample('glue-succeeded', {}, 'Glue Crawler State Change'),
      undefined,
    ],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('EMR Serverless', () => {
  const state = (name: string) => sample('emr-serverless-running', { state: name });
  it.each([
    ['submitted: it has not begun', state('SUBMITTED'), undefined],
    ['queued', state('QUEUED'), undefined],
    ['scheduled', state('SCHEDULED'), undefined],
    ['started', state('RUNNING'), ['running', 'RUNNING', '02:01:42.299', '']],
    ['succeeded', state('SUCCESS'), ['succeeded', 'SUCCESS', '', '02:01:42.299']],
    ['failed', state('FAILED'), ['failed', 'FAILED', '', '02:01:42.299']],
    ['being cancelled, or timed out', state('CANCELLING'), undefined],
    ['cancelled', state('CANCELLED'), ['failed', 'CANCELLED', '', '02:01:42.299']],
    ['the retry of an attempt is the same run', sample('emr-serverless-retry'), undefined],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('Batch', () => {
  const started = Date.parse('2026-11-21T02:02:00.500Z');
  const again = Date.parse('2026-11-21T02:30:00.500Z');
  const stopped = Date.parse('2026-11-21T02:50:00.500Z');
  const job = (detail: Record<string, unknown>) => sample('batch-runnable', detail);
  const secondAttempt = { startedAt: again, attempts: [{ startedAt: started, stoppedAt: again - 1 }] };
  it.each([
    ['waits for a place', job({}), undefined],
    ['started', job({ status: 'RUNNING', startedAt: started }), ['running', 'RUNNING', '02:02:00.500', '']],
    [
      'succeeded',
      job({ status: 'SUCCEEDED', startedAt: started, stoppedAt: stopped }),
      ['succeeded', 'SUCCEEDED', '02:02:00.500', '02:50:00.500'],
    ],
    [
      'failed',
      job({ status: 'FAILED', startedAt: started, stoppedAt: stopped }),
      ['failed', 'FAILED', '02:02:00.500', '02:50:00.500'],
    ],
    [
      'failed before it began, such as by cancelling',
      job({ status: 'FAILED', stoppedAt: stopped }),
      ['failed', 'FAILED', '', '02:50:00.500'],
    ],
    [
      'failed before it began, and does not tell when: when the event was sent',
      job({ status: 'FAILED' }),
      ['failed', 'FAILED', '', '02:00:40.000'],
    ],
    [
      'waits for its second attempt: it still runs',
      job({ ...secondAttempt, startedAt: undefined }),
      ['running', 'RUNNABLE', '02:02:00.500', ''],
    ],
    [
      'runs its second attempt: it began with the first',
      job({ ...secondAttempt, status: 'RUNNING' }),
      ['running', 'RUNNING', '02:02:00.500', ''],
    ],
    [
      'a child of an array is no run of the job',
      job({ jobId: '4c7599ae-0a82-49aa-ba5a-000000000001:3', status: 'FAILED', stoppedAt: stopped }),
      undefined,
    ],
    [
      'nor is a node of a parallel job',
      job({ jobId: '4c7599ae-0a82-49aa-ba5a-000000000001#0', status: 'FAILED', stoppedAt: stopped }),
      undefined,
    ],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('ECS', () => {
  const main = { name: 'export', exitCode: 0 };
  const stopped = (detail: Record<string, unknown>) => sample('ecs-stopped', detail);
  const times = ['01:57:58.103', '02:20:23.000'];
  it.each([
    [
      'is being started',
      sample('ecs-running', { lastStatus: 'PENDING', startedAt: undefined, version: 2 }),
      undefined,
    ],
    ['started', sample('ecs-running'), ['running', 'RUNNING', '01:57:58.103', '']],
    [
      'is being stopped: it still runs',
      sample('ecs-running', { lastStatus: 'DEPROVISIONING' }),
      ['running', 'DEPROVISIONING', '01:57:58.103', ''],
    ],
    ['succeeded', stopped({}), ['succeeded', 'EssentialContainerExited', ...times]],
    [
      'failed',
      stopped({ containers: [{ ...main, exitCode: 1 }] }),
      ['failed', 'EssentialContainerExited', ...times],
    ],
    [
      'failed in one of two containers: the event does not tell whether it is essential',
      stopped({ containers: [main, { name: 'proxy', exitCode: 143 }] }),
      ['failed', 'EssentialContainerExited', ...times],
    ],
    [
      'a container without an exit code never ran',
      stopped({ containers: [{ name: 'export' }] }),
      ['failed', 'EssentialContainerExited', ...times],
    ],
    [
      'could not be started',
      stopped({ stopCode: 'TaskFailedToStart', containers: [], startedAt: undefined }),
      ['failed', 'TaskFailedToStart', '', '02:20:23.000'],
    ],
    [
      'stopped by a person, though it exits with 0',
      stopped({ stopCode: 'UserInitiated' }),
      ['failed', 'UserInitiated', ...times],
    ],
    [
      'without the time of its containers, that of the task',
      stopped({ executionStoppedAt: undefined }),
      ['succeeded', 'EssentialContainerExited', '01:57:58.103', '02:20:47.229'],
    ],
    [
      'given variables without a name or a value, which ECS allows',
      stopped({
        overrides: { containerOverrides: [{ environment: [{ name: 'tier' }, { value: 'x' }, {}] }] },
      }),
      ['succeeded', 'EssentialContainerExited', ...times],
    ],
    ['a task of a service is no job', stopped({ group: 'service:web' }), undefined],
    [
      'the group of a task is its own, the job is its definition',
      stopped({ group: 'night' }),
      ['succeeded', 'EssentialContainerExited', ...times],
    ],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('CodeBuild', () => {
  const ended = (status: string) => sample('codebuild-succeeded', { 'build-status': status });
  const information = (from: string, changed: Record<string, unknown>) =>
    sample(from, {
      'additional-information': {
        ...(sample(from).detail['additional-information'] as Record<string, unknown>),
        ...changed,
      },
    });
  const times = ['14:12:29.000', '14:14:26.000'];
  it.each([
    ['started', sample('codebuild-in-progress'), ['running', 'IN_PROGRESS', '02:12:29.000', '']],
    ['succeeded', ended('SUCCEEDED'), ['succeeded', 'SUCCEEDED', ...times]],
    ['failed', ended('FAILED'), ['failed', 'FAILED', ...times]],
    ['timed out', ended('TIMED_OUT'), ['failed', 'TIMED_OUT', ...times]],
    ['stopped', ended('STOPPED'), ['failed', 'STOPPED', ...times]],
    [
      'without phases: it ended when the event was sent',
      information('codebuild-succeeded', { phases: undefined }),
      ['succeeded', 'SUCCEEDED', '14:12:29.000', '14:14:28.000'],
    ],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });

  it.each([
    ['Nov 1, 2026 12:00:05 AM', '2026-11-01T00:00:05.000Z'],
    ['Nov 21, 2026 12:00:05 PM', '2026-11-21T12:00:05.000Z'],
    ['Nov 21, 2026 2:12:29\u202fPM', '2026-11-21T14:12:29.000Z'],
  ])('reads %s as a time of UTC', (text, expected) => {
    const run = runOf(information('codebuild-succeeded', { 'build-start-time': text }));
    expect(new Date(run?.startedAt ?? 0).toISOString()).toBe(expected);
  });
});

describe('Redshift Data', () => {
  const ended = (detail: Record<string, unknown>) => sample('redshift-data-finished', detail);
  it.each([
    [
      'finished: the event has no times, so it ended when it was sent',
      ended({}),
      ['succeeded', 'FINISHED', '', '02:14:26.000'],
    ],
    ['failed', ended({ state: 'FAILED' }), ['failed', 'FAILED', '', '02:14:26.000']],
    ['aborted', ended({ state: 'ABORTED' }), ['failed', 'ABORTED', '', '02:14:26.000']],
    ['a statement without a name is no run of a job', ended({ statementName: undefined }), undefined],
    ['nor is a part of a batch', ended({ statementId: 'dd2e1ec9-2ee3-49a0-819f-000000000001:2' }), undefined],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });
});

describe('Lambda', () => {
  const aliased = {
    requestContext: {
      requestId: 'one',
      functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:import-rates:live',
      condition: 'Success',
    },
  };
  it.each([
    ['succeeded', sample('lambda-success'), ['succeeded', 'Success', '', '02:16:05.568']],
    ['failed after all tries', sample('lambda-failure'), ['failed', 'RetriesExhausted', '', '02:16:05.568']],
  ])('%s', (_, event, expected) => {
    expect(told(event)).toEqual(expected);
  });

  it('an alias is the same job', () => {
    expect(runOf(sample('lambda-success', aliased))?.job).toBe('import-rates');
  });
});

describe('custom events', () => {
  const bare = {
    job: 'nightly-backup',
    run: '1',
    startedAt: undefined,
    endedAt: undefined,
    status: undefined,
  };
  const event = (detail: Record<string, unknown>) => sample('custom-succeeded', { ...bare, ...detail });
  it.each([
    [
      'with times of their own',
      sample('custom-succeeded'),
      ['succeeded', 'exit 0', '02:00:00.000', '02:44:58.000'],
    ],
    [
      'that tell only the start: it began when the event was sent',
      event({ state: 'running' }),
      ['running', 'running', '02:45:00.000', ''],
    ],
    [
      'that tell only the end: it ended when the event was sent',
      event({ state: 'failed' }),
      ['failed', 'failed', '', '02:45:00.000'],
    ],
  ])('%s', (_, given, expected) => {
    expect(told(given)).toEqual(expected);
  });

  it('are of any source but AWS, which nobody else can put on a bus', () => {
    expect(runOf({ ...sample('custom-succeeded'), source: 'aws.acme' })).toBeUndefined();
    expect(runOf({ ...sample('custom-succeeded'), source: 'anything' })?.source).toBe('custom');
  });
});

describe('an event that is not as documented is refused with the field', () => {
  it.each([
    [
      sample('stepfunctions-running', { startDate: '2026-11-21' }),
      '"Step Functions Execution Status Change" of aws.states: detail.startDate must be',
    ],
    [
      sample('stepfunctions-running', { status: 'SLEEPING' }),
      'stepfunctions has no status SLEEPING that is documented',
    ],
    [sample('stepfunctions-running', { status: 'constructor' }), 'no status constructor'],
    [sample('glue-succeeded', { jobName: undefined }), 'detail.jobName is required'],
    [sample('glue-succeeded', { state: 'DONE' }), 'glue has no status DONE'],
    [sample('emr-serverless-running', { updatedAt: 'yesterday' }), 'detail.updatedAt'],
    [sample('batch-runnable', { jobQueue: 7 }), 'detail.jobQueue must be'],
    [sample('ecs-running', { taskDefinitionArn: 'nightly' }), 'nightly is no ARN of a task definition'],
    [sample('ecs-running', { lastStatus: 'DREAMING' }), 'ecs has no status DREAMING'],
    [sample('codebuild-succeeded', { 'additional-information': undefined }), 'detail.additional-information'],
    [
      sample('codebuild-succeeded', { 'additional-information': { 'build-start-time': 'noon' } }),
      'noon is no time as CodeBuild writes it',
    ],
    [sample('redshift-data-finished', { statementId: '' }), 'detail.statementId'],
    [sample('lambda-success', { requestContext: {} }), 'detail.requestContext.requestId is required'],
    [
      sample('lambda-success', {
        requestContext: { requestId: '1', functionArn: 'import-rates', condition: 'Success' },
      }),
      'import-rates is no ARN of a Lambda function',
    ],
    [sample('custom-succeeded', { state: 'done' }), 'detail.state must be'],
    [sample('custom-succeeded', { startedAt: '2026-11-21T03:00:00' }), 'detail.startedAt'],
  ])('%#', (event, message) => {
    expect(() => runOf(event)).toThrow(NotUnderstood);
    expect(() => runOf(event)).toThrow(message);
  });
});

it('of a task that could not be started tells its failure, and no start', () => {
  const { startedAt: _, executionStoppedAt: __, ...detail } = sample('ecs-stopped').detail;
  const containers = [{ name: 'export', lastStatus: 'STOPPED' }];
  const event = {
    ...sample('ecs-stopped'),
    detail: { ...detail, containers, stopCode: 'TaskFailedToStart' },
  };
  const run = runOf(event);
  expect(run).toMatchObject({ state: 'failed', status: 'TaskFailedToStart' });
  expect(run?.startedAt).toBeUndefined();
  expect(run?.endedAt).toBe(Date.parse(String(detail['stoppedAt'])));
});

describe('the address of a run in the AWS console', () => {
  it.each([
    [
      'stepfunctions-redriven',
      'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/arn:aws:states:eu-central-1:111122223333:execution:nightly-load:2026-11-21',
    ],
    [
      'glue-succeeded',
      'https://eu-central-1.console.aws.amazon.com/gluestudio/home?region=eu-central-1#/job/orders-to-parquet/run/jr_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9',
    ],
    [
      'emr-serverless-running',
      'https://eu-central-1.console.aws.amazon.com/emr/home?region=eu-central-1#/serverless',
    ],
    [
      'batch-runnable',
      'https://eu-central-1.console.aws.amazon.com/batch/home?region=eu-central-1#jobs/detail/4c7599ae-0a82-49aa-ba5a-000000000001',
    ],
    [
      'ecs-stopped',
      'https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/jobs/tasks/c13b4cb40f1f4fe4a2971f76ae5a47ad/configuration?region=eu-central-1',
    ],
    [
      'codebuild-succeeded',
      'https://eu-central-1.console.aws.amazon.com/codesuite/codebuild/111122223333/projects/nightly-docs/build/nightly-docs%3A8745a7a9-c340-456a-9166-000000000001/?region=eu-central-1',
    ],
    [
      'redshift-data-finished',
      'https://eu-central-1.console.aws.amazon.com/redshiftv2/home?region=eu-central-1#queries',
    ],
    [
      'lambda-success',
      'https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/import-rates?tab=monitoring',
    ],
    ['custom-succeeded', undefined],
  ])('%s', (name, expected) => {
    const run = runOf(sample(name, name === 'batch-runnable' ? { startedAt: 1 } : {}));
    expect(run).toBeDefined();
    expect(run && jobEvents[run.source].link(run)).toBe(expected);
  });

  it.each([
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/batch/'],
    ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/batch/'],
  ])('is that of the partition in %s', (region, expected) => {
    expect(jobEvents.batch.link({ job: 'q/j', run: '1', account: '1', region })).toMatch(expected);
  });

  it('is none where the region is not known', () => {
    expect(jobEvents.batch.link({ job: 'q/j', run: '1', account: '1', region: '' })).toBeUndefined();
  });
});
