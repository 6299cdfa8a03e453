import { z } from 'zod';
import type { JobEvents, Run } from '../run.ts';
import type { Instant } from '../time.ts';
import { consoleLink, NotUnderstood, placeOf, readDetail, runFrom, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
const STATUSES: Statuses = {
  PROVISIONING: 'waiting',
  PENDING: 'waiting',
  ACTIVATING: 'waiting',
  RUNNING: 'running',
  DEACTIVATING: 'waiting',
  STOPPING: 'waiting',
  DEPROVISIONING: 'waiting',
};

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** What a task was given that its definition does not say. */
const Overrides = z.object({
  containerOverrides: z
    .array(
      z.object({
        environment: z.array(z.object({ name: z.string().nullish(), value: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
});

const Detail = z.object({
  taskArn: z.string().min(1),
  clusterArn: z.string().min(1),
  taskDefinitionArn: z.string().min(1),
  group: z.string().nullish(),
  lastStatus: z.string(),
  stopCode: z.string().nullish(),
  startedAt: Time.nullish(),
  stoppedAt: Time.nullish(),
  executionStoppedAt: Time.nullish(),
  containers: z.array(z.object({ name: z.string(), exitCode: z.int().nullish() })).nullish(),
  overrides: Overrides.nullish(),
});

/** What DescribeTasks and the events tell of a task. Instants in epoch ms. */
export interface Task {
  taskArn: string;
  clusterArn: string;
  taskDefinitionArn: string;
  group?: string | null | undefined;
  lastStatus: string;
  stopCode?: string | null | undefined;
  startedAt?: Instant | null | undefined;
  stoppedAt?: Instant | null | undefined;
  executionStoppedAt?: Instant | null | undefined;
  containers?: readonly { name: string; exitCode?: number | null | undefined }[] | null | undefined;
  overrides?: z.infer<typeof Overrides> | null | undefined;
}

/**
 * A task as a run of its task definition, which is the job. Its containers stopped at executionStoppedAt; at stoppedAt
 * its network was gone, too.
 * @param essential names of the containers that decide whether it succeeded; all of them when it is not known
 * @returns undefined for a task of a service, which is to run for ever, and for one that stopped and is forgotten
 */
export function taskRun(
  task: Task,
  place: Pick<Run, 'account' | 'region'>,
  essential?: ReadonlySet<string>,
): Run | undefined {
  if (task.group?.startsWith('service:') || task.lastStatus === 'DELETED') return undefined;
  const hasStopped = task.lastStatus === 'STOPPED';
  const ended = hasSucceeded(task, essential) ? 'succeeded' : 'failed';
  const status = hasStopped ? (task.stopCode ?? 'STOPPED') : task.lastStatus;
  return runFrom(hasStopped ? { [status]: ended } : STATUSES, {
    source: 'ecs',
    job: `${clusterName(task.clusterArn)}/${familyOf(task.taskDefinitionArn)}`,
    run: task.taskArn,
    ...place,
    status,
    startedAt: task.startedAt ?? undefined,
    endedAt: task.executionStoppedAt ?? task.stoppedAt ?? undefined,
    arguments: environmentOf(task),
  });
}

/** The environment variables that it was started with; of several containers the first that has one. */
function environmentOf({ overrides }: Task): Record<string, string> {
  const all = (overrides?.containerOverrides ?? []).flatMap(({ environment }) => environment ?? []);
  return Object.fromEntries(
    all
      .toReversed()
      .flatMap(({ name, value }): [string, string][] =>
        typeof name === 'string' && typeof value === 'string' ? [[name, value]] : [],
      ),
  );
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
function hasSucceeded({ stopCode, containers }: Task, essential?: ReadonlySet<string>): boolean {
  if (stopCode && stopCode !== 'EssentialContainerExited') return false;
  const deciding = (containers ?? []).filter(({ name }) => essential?.has(name) ?? true);
  return deciding.length > 0 && deciding.every(({ exitCode }) => exitCode === 0);
}

function clusterName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** @throws NotUnderstood */
function familyOf(taskDefinitionArn: string): string {
  const [, family] = /task-definition\/([^:]+):\d+$/.exec(taskDefinitionArn) ?? [];
  if (family === undefined) throw new NotUnderstood(`${taskDefinitionArn} is no ARN of a task definition`);
  return family;
}

/** Tasks of ECS that are run one by one. Which containers are essential the events do not tell. */
export const ecsEvents: JobEvents = {
  pattern: { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'] },
  runOf: (event) => taskRun(readDetail(Detail, event), placeOf(event)),
  link({ job, run, region }) {
    const cluster = job.slice(0, job.indexOf('/'));
    const task = run.slice(run.lastIndexOf('/') + 1);
    return consoleLink(region, `/ecs/v2/clusters/${cluster}/tasks/${task}/configuration?region=${region}`);
  },
};
