import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  type DescribeExecutionCommandOutput,
  type ExecutionListItem,
} from '@aws-sdk/client-sfn';
import type { Run } from '../../core/run.ts';
import { executionOf, executionRun } from '../../core/sources/stepfunctions.ts';
import { DAY } from '../../core/time.ts';
import {
  concerns,
  readPages,
  RunNotKnown,
  type ClientSettings,
  type Place,
  type ServiceLooks,
} from './looks.ts';

/** For so long an execution can be redriven; it stays in the list where it first began. */
const REDRIVABLE = 14 * DAY;

/**
 * Lists and describes executions without their input and output. Both are eventually consistent.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
 */
export function stepFunctionsLooks(settings: ClientSettings, place: Place): ServiceLooks {
  const client = new SFNClient(settings);
  return {
    async latest(job, since) {
      const stateMachineArn = machineArn(job, place);
      const executions = await readPages(
        async (nextToken) => {
          const asked = new ListExecutionsCommand({ stateMachineArn, nextToken, maxResults: 1000 });
          const { executions: items = [], nextToken: next } = await client.send(asked);
          return { items, next };
        },
        since,
        { begunAt: ({ startDate }) => startDate?.getTime(), longest: REDRIVABLE },
      );
      return executions
        .flatMap((execution) => runOf(execution, place) ?? [])
        .filter((run) => concerns(run, since));
    },
    async one({ run: id, job }) {
      const { arn, redrives } = executionOf(id);
      const execution = await client.send(
        new DescribeExecutionCommand({ executionArn: arn, includedData: 'METADATA_ONLY' }),
      );
      const { redriveCount = 0, startDate } = execution;
      if (redriveCount < redrives) throw new RunNotKnown();
      const run = runOf(execution, place);
      if (redriveCount === redrives || run === undefined) return run ? [run] : [];
      return [redrivenAway({ ...run, run: id, job }, redrives === 0 ? startDate?.getTime() : undefined), run];
    },
    async isExpress(job) {
      const { type } = await client.send(
        new DescribeStateMachineCommand({
          stateMachineArn: machineArn(job, place),
          includedData: 'METADATA_ONLY',
        }),
      );
      return type === 'EXPRESS';
    },
  };
}

/** A run that was redriven since had failed; when it did is not told any more. */
function redrivenAway({ endedAt: _, ...run }: Run, startedAt: number | undefined): Run {
  return { ...run, state: 'failed', status: 'REDRIVEN', startedAt };
}

type Told = ExecutionListItem | DescribeExecutionCommandOutput;

function runOf({ executionArn, startDate, status, ...told }: Told, place: Place): Run | undefined {
  if (executionArn === undefined || startDate === undefined || status === undefined) return undefined;
  return executionRun(
    {
      executionArn,
      status,
      startDate: startDate.getTime(),
      stopDate: told.stopDate?.getTime(),
      mapRunArn: told.mapRunArn,
      redriveCount: told.redriveCount,
      redriveDate: told.redriveDate?.getTime(),
    },
    place,
  );
}

function machineArn(job: string, { account, region }: Place): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:states:${region}:${account}:stateMachine:${job}`;
}
