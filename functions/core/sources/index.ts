import type { BusEvent, JobEvents, Run, RunSource } from '../run.ts';
import { batchEvents } from './batch.ts';
import { codeBuildEvents } from './codebuild.ts';
import { customEvents } from './custom.ts';
import { ecsEvents } from './ecs.ts';
import { emrServerlessEvents } from './emr-serverless.ts';
import { glueEvents } from './glue.ts';
import { lambdaEvents } from './lambda.ts';
import { sentAt } from './read.ts';
import { redshiftDataEvents } from './redshift-data.ts';
import { stepFunctionsEvents } from './stepfunctions.ts';

export { NotUnderstood } from './read.ts';

export const jobEvents: Readonly<Record<RunSource, JobEvents>> = {
  stepfunctions: stepFunctionsEvents,
  glue: glueEvents,
  'emr-serverless': emrServerlessEvents,
  batch: batchEvents,
  ecs: ecsEvents,
  codebuild: codeBuildEvents,
  'redshift-data': redshiftDataEvents,
  lambda: lambdaEvents,
  custom: customEvents,
};

/**
 * The run that an event of a bus tells of. One that ended, and does not tell when, ended when the event was sent.
 * @returns undefined when it tells of none that counts
 * @throws NotUnderstood when it is of a known source and type, but not as documented
 */
export function runOf(event: BusEvent): Run | undefined {
  const source = Object.values(jobEvents).find(({ pattern }) => isOf(pattern, event));
  const run = source?.runOf(event);
  return run && run.state !== 'running' ? { ...run, endedAt: run.endedAt ?? sentAt(event) } : run;
}

function isOf({ source, 'detail-type': types }: JobEvents['pattern'], event: BusEvent): boolean {
  const isFrom = source?.includes(event.source) ?? !event.source.startsWith('aws.');
  return isFrom && types.includes(event['detail-type']);
}
