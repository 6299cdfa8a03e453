import { z } from 'zod';
import type { JobEvents, Run } from '../run.ts';
import { consoleLink, placeOf, readDetail, runFrom, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
const STATUSES: Statuses = {
  SUBMITTED: 'waiting',
  PENDING: 'waiting',
  RUNNABLE: 'waiting',
  STARTING: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
};

/** The detail of the event, which is that of DescribeJobs, too. Times in epoch ms. */
export const BatchJob = z.object({
  jobId: z.string().min(1),
  jobName: z.string().min(1),
  jobQueue: z.string().min(1),
  status: z.string(),
  startedAt: z.int().nullish(),
  stoppedAt: z.int().nullish(),
  parameters: z.record(z.string(), z.string()).nullish(),
  attempts: z.array(z.object({ startedAt: z.int().nullish() })).nullish(),
});
export type BatchJob = z.infer<typeof BatchJob>;

/**
 * A job with all its attempts as one run: FAILED is told after the last attempt only, and startedAt is the start of the
 * latest one.
 * @returns undefined for a child of an array (`id:index`) or a node (`id#index`)
 */
export function batchRun(job: BatchJob, place: Pick<Run, 'account' | 'region'>): Run | undefined {
  if (/[:#]/.test(job.jobId)) return undefined;
  const starts = [job, ...(job.attempts ?? [])].flatMap(({ startedAt }) => startedAt ?? []);
  return runFrom(STATUSES, {
    source: 'batch',
    job: `${queueName(job.jobQueue)}/${job.jobName}`,
    run: job.jobId,
    ...place,
    status: job.status,
    startedAt: starts.length > 0 ? Math.min(...starts) : undefined,
    endedAt: job.stoppedAt ?? undefined,
    arguments: job.parameters ?? {},
  });
}

function queueName(queue: string): string {
  return queue.slice(queue.lastIndexOf('/') + 1);
}

/** Jobs of AWS Batch. */
export const batchEvents: JobEvents = {
  pattern: { source: ['aws.batch'], 'detail-type': ['Batch Job State Change'] },
  runOf: (event) => batchRun(readDetail(BatchJob, event), placeOf(event)),
  link: ({ run, region }) => consoleLink(region, `/batch/home?region=${region}#jobs/detail/${run}`),
};
