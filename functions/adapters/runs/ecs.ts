import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { Run } from '../../core/run.ts';
import { taskRun } from '../../core/sources/ecs.ts';
import type { Instant } from '../../core/time.ts';
import {
  concerns,
  inGroups,
  readPages,
  RunNotKnown,
  split,
  type ClientSettings,
  type Place,
  type ServiceLooks,
} from './looks.ts';

/**
 * Tasks that stopped are told of for about an hour. Where one of several containers did not exit with 0, the task
 * definition tells whether that container is essential.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
 */
export function ecsLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new ECSClient(settings);
  const list = (cluster: string, family: string, desiredStatus: 'RUNNING' | 'STOPPED', since: Instant) =>
    readPages(async (nextToken) => {
      const asked = new ListTasksCommand({ cluster, family, desiredStatus, nextToken });
      const { taskArns: items = [], nextToken: next } = await client.send(asked);
      return { items, next };
    }, since);
  const describe = async (cluster: string, arns: readonly string[]): Promise<Run[]> => {
    const runs: Run[] = [];
    const essential = essentialsOf(client);
    for (const tasks of inGroups(arns, 100)) {
      const answer = await client.send(new DescribeTasksCommand({ cluster, tasks }));
      for (const task of answer.tasks ?? []) runs.push(...(await runOf(task, place, essential)));
    }
    return runs;
  };
  return {
    async latest(job, since) {
      const [cluster, family] = split(job, 'cluster/family');
      const running = await list(cluster, family, 'RUNNING', since);
      const stopped = await list(cluster, family, 'STOPPED', since);
      const runs = await describe(cluster, [...running, ...stopped]);
      return runs.filter((run) => concerns(run, since));
    },
    async one({ job, run }) {
      const [cluster] = split(job, 'cluster/family');
      const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: [run] }));
      const [task] = tasks;
      if (!task) throw new RunNotKnown();
      return runOf(task, place, essentialsOf(client));
    },
  };
}

async function runOf(task: Task, place: Place, essentialOf: Essentials): Promise<Run[]> {
  const { taskArn, clusterArn, taskDefinitionArn, lastStatus, containers = [], overrides } = task;
  if (!taskArn || !clusterArn || !taskDefinitionArn || !lastStatus) return [];
  const known = {
    taskArn,
    clusterArn,
    taskDefinitionArn,
    lastStatus,
    group: task.group,
    stopCode: task.stopCode,
    startedAt: task.startedAt?.getTime(),
    stoppedAt: task.stoppedAt?.getTime(),
    executionStoppedAt: task.executionStoppedAt?.getTime(),
    overrides,
    containers: containers.map(({ name = '', exitCode }) => ({ name, exitCode })),
  };
  const run = taskRun(known, place);
  const isInDoubt = run?.state === 'failed' && containers.length > 1;
  const judged = isInDoubt ? taskRun(known, place, await essentialOf(taskDefinitionArn)) : run;
  return judged ? [judged] : [];
}

/** The names of the containers of a task definition that are essential. */
type Essentials = (taskDefinition: string) => Promise<Set<string>>;

/** Asks for each definition once: a revision never changes, and a job that fails all the time has many tasks of it. */
function essentialsOf(client: ECSClient): Essentials {
  const known = new Map<string, Set<string>>();
  return async (taskDefinition) => {
    const before = known.get(taskDefinition);
    if (before) return before;
    const asked = new DescribeTaskDefinitionCommand({ taskDefinition });
    const { containerDefinitions = [] } = (await client.send(asked)).taskDefinition ?? {};
    const names = containerDefinitions.flatMap(({ name, essential = true }) =>
      essential && name ? [name] : [],
    );
    const found = new Set(names);
    known.set(taskDefinition, found);
    return found;
  };
}
