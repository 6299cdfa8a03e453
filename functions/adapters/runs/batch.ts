import { BatchClient, DescribeJobsCommand, ListJobsCommand, type JobSummary } from '@aws-sdk/client-batch';
import { BatchJob, batchRun } from '../../core/sources/batch.ts';
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
 * Jobs stay in the list for 7 days at least after they ended.
 * @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html
 */
export function batchLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new BatchClient(settings);
  const describe = async (ids: readonly string[]): Promise<BatchJob[]> => {
    const described: BatchJob[] = [];
    for (const asked of inGroups(ids, 100)) {
      const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: asked }));
      described.push(...jobs.map((job) => BatchJob.parse(job)));
    }
    return described;
  };
  return {
    async latest(job, since) {
      const [jobQueue, jobName] = split(job, 'queue/job');
      const filters = [{ name: 'JOB_NAME', values: [jobName] }];
      // Sorted within groups only, so all are read.
      const summaries = await readPages(async (nextToken) => {
        const asked = new ListJobsCommand({ jobQueue, filters, nextToken, maxResults: 100 });
        const { jobSummaryList: items = [], nextToken: next } = await client.send(asked);
        return { items, next };
      }, since);
      // The filter takes no heed of capitals.
      const wanted = summaries.filter((summary) => summary.jobName === jobName && isRecent(summary, since));
      const jobs = await describe(wanted.flatMap(({ jobId }) => jobId ?? []));
      return jobs.flatMap((one) => batchRun(one, place) ?? []).filter((run) => concerns(run, since));
    },
    async one({ run }) {
      const [job] = await describe([run]);
      if (!job) throw new RunNotKnown();
      return [batchRun(job, place) ?? []].flat();
    },
  };
}

function isRecent({ status, createdAt, startedAt, stoppedAt }: JobSummary, since: Instant): boolean {
  const hasEnded = status === 'SUCCEEDED' || status === 'FAILED';
  return !hasEnded || Math.max(createdAt ?? 0, startedAt ?? 0, stoppedAt ?? 0) >= since;
}
