import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import {
  CreateClusterCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateApplicationCommand,
  EMRServerlessClient,
  StartJobRunCommand,
} from '@aws-sdk/client-emr-serverless';
import {
  CreateJobCommand,
  GlueClient,
  StartJobRunCommand as StartGlueRunCommand,
} from '@aws-sdk/client-glue';
import {
  CreateStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { runsOnAws } from '../../functions/adapters/runs/index.ts';
import { placesOf } from '../../functions/adapters/runs/places.ts';
import type { Runs } from '../../functions/app/ports.ts';
import type { RunLook, RunSource } from '../../functions/core/run.ts';
import { MINUTE } from '../../functions/core/time.ts';
import { installed } from './installed.ts';
import { installMoto, startMoto } from './moto.ts';
import { clientConfig, REGION } from './target.ts';

jest.setTimeout(60_000);

/** moto's own account. */
const ACCOUNT = '123456789012';

const programs = await installed('moto', installMoto);

(programs === undefined ? describe.skip : describe)('runs are looked at in moto', () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let config: ReturnType<typeof clientConfig>;
  let runs: Runs;
  let before: NodeJS.ProcessEnv;

  beforeAll(async () => {
    moto = await startMoto(programs ?? '');
    config = clientConfig(moto.endpoint);
    before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    runs = runsOnAws(
      placesOf(
        () => [],
        () => new STSClient({}),
      ),
    );
  });
  afterAll(async () => {
    process.env = before;
    await moto.close();
  });

  const latest = async (source: RunSource, job: string): Promise<RunLook> => {
    const now = Date.now();
    return runs.latest({ source, job, since: now - MINUTE }, now);
  };
  const one = async (source: RunSource, job: string, run: string): Promise<RunLook> =>
    runs.one({ source, job, run, account: ACCOUNT, region: REGION }, Date.now());

  it('executions', async () => {
    const sfn = new SFNClient(config);
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'load',
        definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }),
        roleArn: `arn:aws:iam::${ACCOUNT}:role/any`,
      }),
    );
    const start = async (name: string) => {
      const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name }));
      return executionArn!;
    };
    const [first, second] = [await start('first'), await start('second')];
    await sfn.send(new StopExecutionCommand({ executionArn: first }));
    expect(await latest('stepfunctions', 'load')).toMatchObject({
      ok: true,
      runs: expect.arrayContaining([
        expect.objectContaining({ run: first, job: 'load', state: 'failed', status: 'ABORTED' }),
        expect.objectContaining({ run: second, job: 'load', state: 'running', status: 'RUNNING' }),
      ]) as unknown,
    });
    expect(await one('stepfunctions', 'load', first)).toMatchObject({ runs: [{ status: 'ABORTED' }] });
    expect(await latest('stepfunctions', 'none')).toMatchObject({
      cause: 'state machine none does not exist, or its runs are not kept any more',
    });
    expect(await one('stepfunctions', 'load', `${first}x`)).toMatchObject({
      cause: 'Step Functions does not know this run of state machine load',
    });
  });

  it('an Express state machine is refused', async () => {
    const sfn = new SFNClient(config);
    await sfn.send(
      new CreateStateMachineCommand({
        ...{ name: 'fast', type: 'EXPRESS', roleArn: `arn:aws:iam::${ACCOUNT}:role/any` },
        definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }),
      }),
    );
    expect(await runs.refusal({ source: 'stepfunctions', job: 'fast' })).toMatch('Express');
    expect(await runs.refusal({ source: 'stepfunctions', job: 'load' })).toBeUndefined();
  });

  it('runs of a Glue job', async () => {
    const glue = new GlueClient(config);
    await glue.send(
      new CreateJobCommand({
        Name: 'orders',
        Role: 'any',
        Command: { Name: 'glueetl', ScriptLocation: 's3://a/b' },
      }),
    );
    const { JobRunId } = await glue.send(new StartGlueRunCommand({ JobName: 'orders' }));
    expect(await latest('glue', 'orders')).toMatchObject({
      ok: true,
      runs: [{ run: JobRunId, job: 'orders' }],
    });
    const look = await one('glue', 'orders', JobRunId!);
    expect(look.ok && look.runs.map(({ startedAt = 0 }) => Date.now() - startedAt < MINUTE)).toEqual([true]);
    expect(await latest('glue', 'none')).toMatchObject({
      cause: 'Glue job none does not exist, or its runs are not kept any more',
    });
  });

  it('job runs of EMR Serverless', async () => {
    const emr = new EMRServerlessClient(config);
    const { applicationId = '' } = await emr.send(
      new CreateApplicationCommand({ name: 'app', type: 'SPARK', releaseLabel: 'emr-7.9.0' }),
    );
    const { jobRunId = '' } = await emr.send(
      new StartJobRunCommand({
        ...{ applicationId, name: 'features', executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/any` },
        jobDriver: { sparkSubmit: { entryPoint: 's3://a/b.py' } },
      }),
    );
    const job = `${applicationId}/features`;
    const run = { job, run: `${applicationId}/${jobRunId}`, state: 'succeeded', status: 'SUCCESS' };
    // moto gives the day of the last update only, so latest may leave it out.
    expect(await latest('emr-serverless', job)).toMatchObject({ ok: true });
    expect(await one('emr-serverless', job, run.run)).toMatchObject({ ok: true, runs: [run] });
    expect(await latest('emr-serverless', 'none/features')).toMatchObject({ ok: false });
  });

  it('tasks of ECS', async () => {
    const ecs = new ECSClient(config);
    await ecs.send(new CreateClusterCommand({ clusterName: 'jobs' }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'export',
        containerDefinitions: [{ name: 'app', image: 'any', memory: 64 }],
      }),
    );
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({
        ...{ cluster: 'jobs', taskDefinition: 'export', launchType: 'FARGATE', count: 2 },
      }),
    );
    const [{ taskArn: first = '' } = {}] = tasks;
    await ecs.send(new StopTaskCommand({ cluster: 'jobs', task: first }));
    expect(await one('ecs', 'jobs/export', first)).toMatchObject({
      runs: [{ run: first, job: 'jobs/export', state: 'succeeded' }],
    });
    // moto gives no times, and a task that has not begun is no run yet.
    expect(await latest('ecs', 'jobs/export')).toMatchObject({ ok: true });
    expect(await latest('ecs', 'none/export')).toMatchObject({
      cause: 'the cluster of ECS task none/export does not exist',
    });
  });

  it('builds of CodeBuild', async () => {
    const codebuild = new CodeBuildClient(config);
    await codebuild.send(
      new CreateProjectCommand({
        name: 'docs-nightly',
        source: { type: 'S3', location: 'bucket/path' },
        artifacts: { type: 'NO_ARTIFACTS' },
        environment: { type: 'LINUX_CONTAINER', image: 'any', computeType: 'BUILD_GENERAL1_SMALL' },
        serviceRole: `arn:aws:iam::${ACCOUNT}:role/service-role/my-codebuild-service-role`,
      }),
    );
    const start = async () =>
      (await codebuild.send(new StartBuildCommand({ projectName: 'docs-nightly' }))).build?.id ?? '';
    const [first, second] = [await start(), await start()];
    await codebuild.send(new StopBuildCommand({ id: first }));
    const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids: [first] }));
    const look = await latest('codebuild', 'docs-nightly');
    expect(look.ok && look.runs.map(({ run }) => run).toSorted()).toEqual([first, second].toSorted());
    expect(await one('codebuild', 'docs-nightly', first)).toMatchObject({
      runs: [{ run: first, status: builds[0]?.buildStatus }],
    });
  });

  it('jobs of Batch', async () => {
    await fetch(`${moto.endpoint}/moto-api/config`, {
      method: 'POST',
      body: JSON.stringify({ batch: { use_docker: false } }),
    });
    const batch = new BatchClient(config);
    const { computeEnvironmentArn } = await batch.send(
      new CreateComputeEnvironmentCommand({
        ...{ computeEnvironmentName: 'any', type: 'UNMANAGED', serviceRole: await role(moto.endpoint) },
      }),
    );
    await batch.send(
      new CreateJobQueueCommand({
        ...{ jobQueueName: 'production', state: 'ENABLED', priority: 1 },
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: computeEnvironmentArn }],
      }),
    );
    await batch.send(
      new RegisterJobDefinitionCommand({
        ...{ jobDefinitionName: 'prices', type: 'container' },
        containerProperties: { image: 'any', vcpus: 1, memory: 64, command: ['true'] },
      }),
    );
    const submit = { jobName: 'prices', jobQueue: 'production', jobDefinition: 'prices' };
    const { jobId = '' } = await batch.send(new SubmitJobCommand(submit));
    const job = 'production/prices';
    let look = await one('batch', job, jobId);
    for (let tries = 0; look.ok && look.runs[0]?.state !== 'succeeded' && tries < 100; tries++) {
      await sleep(100);
      look = await one('batch', job, jobId);
    }
    expect(look).toMatchObject({ runs: [{ run: jobId, job, state: 'succeeded' }] });
    const all = await latest('batch', job);
    expect(all.ok && all.runs).toEqual(look.ok && look.runs);
    expect(await one('batch', job, 'none')).toMatchObject({
      cause: 'Batch does not know this run of Batch job production/prices',
    });
  });
});

/** Asks moto for what else it wants to see, without a client of the SDK for it. @returns the answer's XML */
async function query(endpoint: string, service: string, parameters: Record<string, string>): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request`;
  const body = new URLSearchParams(parameters);
  return (await fetch(endpoint, { method: 'POST', body, headers: { authorization } })).text();
}

async function role(endpoint: string): Promise<string> {
  const named = { RoleName: 'batch', AssumeRolePolicyDocument: '{}' };
  await query(endpoint, 'iam', { Action: 'CreateRole', Version: '2010-05-08', ...named });
  return `arn:aws:iam::${ACCOUNT}:role/batch`;
}
