import { z } from 'zod';
import type { JobEvents } from '../run.ts';
import { consoleLink, placeOf, readDetail, runFrom, sentAt, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html */
export const REDSHIFT_STATUSES: Statuses = {
  SUBMITTED: 'waiting',
  PICKED: 'waiting',
  STARTED: 'running',
  FINISHED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'failed',
};

const Detail = z.object({
  statementId: z.string().min(1),
  statementName: z.string().nullish(),
  state: z.string(),
});

/**
 * Statements of the Redshift Data API that were run with WithEvent. The name of the statement is the job; one without a
 * name is no run of any job, nor is a part of a batch (`id:number`).
 */
export const redshiftDataEvents: JobEvents = {
  pattern: { source: ['aws.redshift-data'], 'detail-type': ['Redshift Data Statement Status Change'] },
  runOf(event) {
    const { statementId, statementName, state } = readDetail(Detail, event);
    if (!statementName || statementId.includes(':')) return undefined;
    return runFrom(REDSHIFT_STATUSES, {
      source: 'redshift-data',
      job: statementName,
      run: statementId,
      ...placeOf(event),
      status: state,
      startedAt: state === 'STARTED' ? sentAt(event) : undefined,
      endedAt: sentAt(event),
    });
  },
  /** The queries of the Region: single statements have no page, and a look tells no cluster. */
  link: ({ region }) => consoleLink(region, `/redshiftv2/home?region=${region}#queries`),
};
