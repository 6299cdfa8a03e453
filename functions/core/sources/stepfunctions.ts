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

/** A field that a rule of EventBridge put into quotes, so that what is missing or null leaves sound JSON. */
function quotable<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => {
    if (given === '' || given === 'null') return null;
    return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
  }, schema.nullish());
}

/** The input and output of a job are its own affair: they are not read. */
const Detail = z.object({
  executionArn: z.string(),
  status: z.string(),
  startDate: z.int(),
  stopDate: quotable(z.int()),
  mapRunArn: quotable(z.string()),
  redriveCount: quotable(z.int()),
  redriveDate: quotable(z.int()),
});

/** What a rule has to let through of the detail; `nullable` may be missing or null, and may come in quotes. */
export const EXECUTION_FIELDS = {
  always: ['executionArn', 'status', 'startDate'],
  nullable: ['stopDate', 'mapRunArn', 'redriveCount', 'redriveDate'],
} as const satisfies Record<string, readonly (keyof z.infer<typeof Detail>)[]>;

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
