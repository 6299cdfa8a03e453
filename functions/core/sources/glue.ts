import { z } from 'zod';
import type { JobEvents } from '../run.ts';
import { consoleLink, placeOf, readDetail, runFrom, sentAt, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html */
export const GLUE_STATUSES: Statuses = {
  WAITING: 'waiting',
  STARTING: 'running',
  RUNNING: 'running',
  STOPPING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ERROR: 'failed',
  TIMEOUT: 'failed',
  STOPPED: 'failed',
  EXPIRED: 'failed',
};

const Detail = z.object({
  jobName: z.string().min(1),
  jobRunId: z.string().min(1),
  state: z.string(),
  startedOn: z.iso.datetime({ offset: true }).optional(),
});

/**
 * Runs of Glue jobs. There is no event of the start, only, when the job has a threshold for delays, of a run that takes
 * longer; and the event of the end has no times.
 */
export const glueEvents: JobEvents = {
  pattern: { source: ['aws.glue'], 'detail-type': ['Glue Job State Change', 'Glue Job Run Status'] },
  runOf(event) {
    const { jobName, jobRunId, state, startedOn } = readDetail(Detail, event);
    return runFrom(GLUE_STATUSES, {
      source: 'glue',
      job: jobName,
      run: jobRunId,
      ...placeOf(event),
      status: state,
      startedAt: startedOn === undefined ? undefined : Date.parse(startedOn),
      endedAt: sentAt(event),
    });
  },
  link: ({ job, run, region }) =>
    consoleLink(
      region,
      `/gluestudio/home?region=${region}#/job/${encodeURIComponent(job)}/run/${encodeURIComponent(run)}`,
    ),
};
