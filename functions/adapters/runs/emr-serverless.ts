import {
  EMRServerlessClient,
  GetJobRunCommand,
  ListJobRunsCommand,
  type JobRunSummary,
} from '@aws-sdk/client-emr-serverless';
import type { Run } from '../../core/run.ts';
import { EMR_STATUSES, emrName } from '../../core/sources/emr-serverless.ts';
import { runFrom } from '../../core/sources/read.ts';
import { DAY, type Instant } from '../../core/time.ts';
import {
  concerns,
  readPages,
  TooManyRuns,
  type ClientSettings,
  type Place,
  type ServiceLooks,
} from './looks.ts';

/** Unless it is told otherwise, the service cancels a run after 12 hours. */
const LONGEST = 2 * DAY;

/** The list has no times of start and end, so each run that matters is asked for: at most so many. */
const MOST_ASKED = 50;

/** @see https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_ListJobRuns.html */
export function emrServerlessLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new EMRServerlessClient(settings);
  const ask = async (applicationId: string, jobRunId: string): Promise<Run[]> => {
    const { jobRun } = await client.send(new GetJobRunCommand({ applicationId, jobRunId }));
    if (jobRun?.state === undefined) return [];
    const { name, state, startedAt, updatedAt, endedAt = updatedAt } = jobRun;
    const run = runFrom(EMR_STATUSES, {
      source: 'emr-serverless',
      ...emrName(applicationId, jobRunId, name),
      ...place,
      status: state,
      startedAt: startedAt?.getTime(),
      endedAt: endedAt?.getTime(),
    });
    return run ? [run] : [];
  };
  const list = async (applicationId: string, since: Instant): Promise<JobRunSummary[]> =>
    readPages(async (nextToken) => {
      const createdAtAfter = new Date(since - LONGEST);
      const asked = new ListJobRunsCommand({ applicationId, createdAtAfter, nextToken, maxResults: 50 });
      const { jobRuns: items = [], nextToken: next } = await client.send(asked);
      return { items, next };
    }, since);
  return {
    async latest(job, since) {
      const [applicationId = job] = job.split('/', 1);
      const summaries = await list(applicationId, since);
      const wanted = summaries.filter(
        ({ id, name, updatedAt }) =>
          emrName(applicationId, id ?? '', name).job === job && (updatedAt?.getTime() ?? since) >= since,
      );
      if (wanted.length > MOST_ASKED) throw new TooManyRuns();
      const runs: Run[] = [];
      for (const { id } of wanted) if (id !== undefined) runs.push(...(await ask(applicationId, id)));
      return runs.filter((run) => concerns(run, since));
    },
    async one({ run }) {
      const [applicationId = '', jobRunId = ''] = run.split('/');
      return ask(applicationId, jobRunId);
    },
  };
}
