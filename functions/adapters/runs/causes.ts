import type { RunSource } from '../../core/run.ts';
import { NotUnderstood } from '../../core/sources/index.ts';
import { RoleNotAssumed } from '../sources.ts';
import { JobNotNamed } from './looks.ts';
import { NoSuchPlace } from './places.ts';

/** How people call the service, and its jobs. */
const NAMES: Record<RunSource, [service: string, job: string]> = {
  stepfunctions: ['Step Functions', 'state machine'],
  glue: ['Glue', 'Glue job'],
  'emr-serverless': ['EMR Serverless', 'EMR Serverless job'],
  batch: ['Batch', 'Batch job'],
  ecs: ['ECS', 'ECS task'],
  codebuild: ['CodeBuild', 'CodeBuild project'],
  'redshift-data': ['the Redshift Data API', 'Redshift statement'],
  lambda: ['Lambda', 'Lambda function'],
  custom: ['the source', 'job'],
};

/** What errors of the services, of the SDK and of Node mean; $ stands for the job, % for the service. */
const CAUSES: readonly [string, readonly string[]][] = [
  ['there are more runs of $ than can be listed', ['TooManyRuns']],
  ['% does not know this run of $', ['RunNotKnown', 'ExecutionDoesNotExist']],
  ['$ is an Express one, which keeps no list of its runs', ['StateMachineTypeNotSupported']],
  [
    '$ does not exist, or its runs are not kept any more',
    ['StateMachineDoesNotExist', 'EntityNotFoundException', 'ResourceNotFoundException'],
  ],
  ['the cluster of $ does not exist', ['ClusterNotFoundException']],
  ['access to $ is denied', ['AccessDeniedException', 'AccessDenied', 'UnauthorizedException']],
  [
    '% throttled the look at $',
    ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'],
  ],
  ['% did not answer in time when $ was looked at', ['TimeoutError', 'ETIMEDOUT']],
  ['% could not be reached to look at $', ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']],
];

/** Why the runs of a job could not be looked at, for people. */
export function causeOf(error: unknown, source: RunSource, job: string): string {
  const [service, kind] = NAMES[source];
  const subject = `${kind} ${job}`;
  if (error instanceof RoleNotAssumed || error instanceof NoSuchPlace)
    return `${error.message}, so ${subject} cannot be looked at`;
  if (error instanceof JobNotNamed) return `${kind} ${error.message}`;
  if (error instanceof NotUnderstood)
    return `${service} told of ${subject} what is not documented: ${error.message}`;
  const name = nameOf(error);
  const [text = `% failed to tell of $ (${name})`] = CAUSES.find(([, names]) => names.includes(name)) ?? [];
  return text.replace('$', () => subject).replace('%', () => service);
}

/** The code of an error of Node, or else its name. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
