import { z } from 'zod';
import type { JobEvents } from '../run.ts';
import { consoleLink, placeOf, readDetail, runFrom, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/job-states.html */
export const EMR_STATUSES: Statuses = {
  SUBMITTED: 'waiting',
  QUEUED: 'waiting',
  PENDING: 'waiting',
  SCHEDULED: 'waiting',
  RUNNING: 'running',
  CANCELLING: 'waiting',
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'failed',
};

const Detail = z.object({
  applicationId: z.string().min(1),
  jobRunId: z.string().min(1),
  jobRunName: z.string().nullish(),
  state: z.string(),
  updatedAt: z.iso.datetime({ offset: true }),
});

/** A job run is known by its application and its id; the job by its application and the name of the run, if it has one. */
export function emrName(
  applicationId: string,
  jobRunId: string,
  name: string | null | undefined,
): { job: string; run: string } {
  return { job: name ? `${applicationId}/${name}` : applicationId, run: `${applicationId}/${jobRunId}` };
}

/** Job runs of EMR Serverless. `updatedAt` is when the run came into the state that the event tells. */
export const emrServerlessEvents: JobEvents = {
  pattern: { source: ['aws.emr-serverless'], 'detail-type': ['EMR Serverless Job Run State Change'] },
  runOf(event) {
    const { applicationId, jobRunId, jobRunName, state, updatedAt } = readDetail(Detail, event);
    const at = Date.parse(updatedAt);
    return runFrom(EMR_STATUSES, {
      source: 'emr-serverless',
      ...emrName(applicationId, jobRunId, jobRunName),
      ...placeOf(event),
      status: state,
      startedAt: state === 'RUNNING' ? at : undefined,
      endedAt: at,
    });
  },
  /** The way to the applications: runs are shown in EMR Studio, whose address each account has for itself. */
  link: ({ region }) => consoleLink(region, `/emr/home?region=${region}#/serverless`),
};
