import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  type Build,
} from '@aws-sdk/client-codebuild';
import type { Run } from '../../core/run.ts';
import { buildArguments, CODEBUILD_STATUSES } from '../../core/sources/codebuild.ts';
import { runFrom } from '../../core/sources/read.ts';
import { DAY } from '../../core/time.ts';
import {
  concerns,
  readPages,
  RunNotKnown,
  type ClientSettings,
  type Place,
  type ServiceLooks,
} from './looks.ts';

/** A build takes 36 hours at most, and may wait for 8 before. */
const LONGEST = 2 * DAY;

/** @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuildsForProject.html */
export function codeBuildLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new CodeBuildClient(settings);
  const get = async (ids: string[]): Promise<Build[]> =>
    ids.length === 0 ? [] : ((await client.send(new BatchGetBuildsCommand({ ids }))).builds ?? []);
  return {
    async latest(job, since) {
      const builds = await readPages(
        async (nextToken) => {
          const asked = { projectName: job, sortOrder: 'DESCENDING' as const, nextToken };
          const { ids = [], nextToken: next } = await client.send(new ListBuildsForProjectCommand(asked));
          return { items: await get(ids), next };
        },
        since,
        { begunAt: ({ startTime }) => startTime?.getTime(), longest: LONGEST },
      );
      return builds.flatMap((build) => runOf(build, job, place)).filter((run) => concerns(run, since));
    },
    async one({ job, run }) {
      const [build] = await get([run]);
      if (!build) throw new RunNotKnown();
      return runOf(build, job, place);
    },
  };
}

function runOf(
  { id, buildStatus, startTime, endTime, environment }: Build,
  job: string,
  place: Place,
): Run[] {
  if (id === undefined || buildStatus === undefined) return [];
  const run = runFrom(CODEBUILD_STATUSES, {
    source: 'codebuild',
    job,
    run: id,
    ...place,
    status: buildStatus,
    startedAt: startTime?.getTime(),
    endedAt: endTime?.getTime(),
    arguments: buildArguments(environment?.environmentVariables),
  });
  return run ? [run] : [];
}
