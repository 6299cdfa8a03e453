import { z } from 'zod';
import type { JobEvents, Run } from '../run.ts';
import type { Instant } from '../time.ts';
import { consoleLink, placeOf, readDetail, runFrom, type Statuses } from './read.ts';

const STATUSES: Statuses = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  ABORTED: 'failed',
  PENDING_REDRIVE: 'waiting',
};

/** The input and output of a job are its own affair: they are not read. */
const Detail = z.object({
  executionArn: z.string(),
  status: z.string(),
  startDate: z.int(),
  stopDate: z.int().nullish(),
  mapRunArn: z.string().nullish(),
  redriveCount: z.int().nullish(),
  redriveDate: z.int().nullish(),
});

/** What DescribeExecution, ListExecutions and the events tell of an execution. Instants in epoch ms. */
export interface Execution {
  executionArn: string;
  status: string;
  startDate: Instant;
  stopDate?: Instant | null | undefined;
  mapRunArn?: string | null | undefined;
  redriveCount?: number | null | undefined;
  redriveDate?: Instant | null | undefined;
}

/**
 * An execution as a run. A redrive goes on under the same ARN and keeps startDate, so it is another run, which began
 * when it was redriven.
 * @returns undefined for a child of a distributed map: its machine is `name/label`
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export function executionRun(execution: Execution, place: Pick<Run, 'account' | 'region'>): Run | undefined {
  const { executionArn, status, startDate, stopDate, mapRunArn, redriveCount, redriveDate } = execution;
  const [, machine] = /^arn:[^:]+:states:[^:]*:[^:]*:execution:([^:/]+):[^:]+$/.exec(executionArn) ?? [];
  if (machine === undefined || typeof mapRunArn === 'string') return undefined;
  const redriven = redriveCount ? `:redrive${redriveCount}` : '';
  return runFrom(STATUSES, {
    source: 'stepfunctions',
    job: machine,
    run: executionArn + redriven,
    ...place,
    status,
    startedAt: redriven ? (redriveDate ?? undefined) : startDate,
    endedAt: stopDate ?? undefined,
  });
}

/** The execution behind a run, and how often it was redriven when it was that run. */
export function executionOf(run: string): { arn: string; redrives: number } {
  const [, arn = run, count = '0'] = /^(.*):redrive(\d+)$/.exec(run) ?? [];
  return { arn, redrives: Number(count) };
}

/** Executions of Standard workflows; Express workflows send no events. */
export const stepFunctionsEvents: JobEvents = {
  pattern: { source: ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'] },
  runOf: (event) => executionRun(readDetail(Detail, event), placeOf(event)),
  link: ({ run, region }) =>
    consoleLink(region, `/states/home?region=${region}#/v2/executions/details/${executionOf(run).arn}`),
};
