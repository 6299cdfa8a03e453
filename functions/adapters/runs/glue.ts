import {
  EntityNotFoundException,
  GetJobRunCommand,
  GetJobRunsCommand,
  GlueClient,
  type JobRun,
} from '@aws-sdk/client-glue';
import { restartOf, type Run } from '../../core/run.ts';
import { GLUE_STATUSES } from '../../core/sources/glue.ts';
import { runFrom } from '../../core/sources/read.ts';
import { DAY } from '../../core/time.ts';
import { concerns, readPages, type ClientSettings, type Place, type ServiceLooks } from './looks.ts';

/** A run times out after 7 days at the latest. */
const LONGEST = 7 * DAY;

/** A job is tried again so often at most. */
const MOST_RETRIES = 10;

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobRuns.html */
export function glueLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new GlueClient(settings);
  const get = async (job: string, RunId: string): Promise<Run[]> => {
    const { JobRun } = await client.send(new GetJobRunCommand({ JobName: job, RunId }));
    return JobRun ? runOf(JobRun, job, place) : [];
  };
  const getRetry = (job: string, run: string): Promise<Run[]> =>
    get(job, run).catch((error: unknown) => {
      if (error instanceof EntityNotFoundException) return [];
      throw error;
    });
  return {
    async latest(job, since) {
      const runs = await readPages(
        async (NextToken) => {
          const asked = new GetJobRunsCommand({ JobName: job, NextToken, MaxResults: 200 });
          const { JobRuns: items = [], NextToken: next } = await client.send(asked);
          return { items, next };
        },
        since,
        { begunAt: ({ StartedOn }) => StartedOn?.getTime(), longest: LONGEST },
      );
      return runs.flatMap((run) => runOf(run, job, place)).filter((run) => concerns(run, since));
    },
    /** With the retries of one that failed: their events may be lost like its own. */
    async one({ job, run }) {
      const { first, number } = restartOf({ source: 'glue', run });
      const tries = await get(job, run);
      for (let retry = number + 1; retry <= MOST_RETRIES && tries.at(-1)?.state === 'failed'; retry++) {
        const found = await getRetry(job, `${first}_attempt_${retry}`);
        if (found.length === 0) break;
        tries.push(...found);
      }
      return tries;
    },
  };
}

function runOf({ Id, JobRunState, StartedOn, CompletedOn }: JobRun, job: string, place: Place): Run[] {
  if (Id === undefined || JobRunState === undefined) return [];
  const run = runFrom(GLUE_STATUSES, {
    source: 'glue',
    job,
    run: Id,
    ...place,
    status: JobRunState,
    // A run that waits in the queue has been asked for, and has not begun.
    startedAt: JobRunState === 'WAITING' ? undefined : StartedOn?.getTime(),
    endedAt: CompletedOn?.getTime(),
  });
  return run ? [run] : [];
}
