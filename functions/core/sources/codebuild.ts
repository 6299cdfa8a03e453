import { DateTime } from 'luxon';
import { z } from 'zod';
import type { JobEvents } from '../run.ts';
import type { Instant } from '../time.ts';
import { consoleLink, NotUnderstood, placeOf, readDetail, runFrom, sentAt, type Statuses } from './read.ts';

/** @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html */
export const CODEBUILD_STATUSES: Statuses = {
  IN_PROGRESS: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  FAULT: 'failed',
  TIMED_OUT: 'failed',
  STOPPED: 'failed',
};

const Variable = z.object({ name: z.string(), value: z.string(), type: z.string().default('PLAINTEXT') });

const Detail = z.object({
  'build-status': z.string(),
  'project-name': z.string().min(1),
  'build-id': z.string().min(1),
  'additional-information': z.object({
    'build-start-time': z.string().optional(),
    environment: z.object({ 'environment-variables': z.array(Variable).default([]) }).optional(),
    phases: z.array(z.object({ 'phase-type': z.string(), 'start-time': z.string().optional() })).default([]),
  }),
});

/** Builds of CodeBuild projects. Times are in whole seconds; a build ends when its phase COMPLETED begins. */
export const codeBuildEvents: JobEvents = {
  pattern: { source: ['aws.codebuild'], 'detail-type': ['CodeBuild Build State Change'] },
  runOf(event) {
    const { 'additional-information': information, ...detail } = readDetail(Detail, event);
    const completed = information.phases.find((phase) => phase['phase-type'] === 'COMPLETED');
    return runFrom(CODEBUILD_STATUSES, {
      source: 'codebuild',
      job: detail['project-name'],
      run: detail['build-id'].slice(detail['build-id'].lastIndexOf('/') + 1),
      ...placeOf(event),
      status: detail['build-status'],
      startedAt: readTime(information['build-start-time']),
      endedAt: readTime(completed?.['start-time']) ?? sentAt(event),
      arguments: buildArguments(information.environment?.['environment-variables']),
    });
  },
  link({ job, run, account, region }) {
    const project = `${account}/projects/${encodeURIComponent(job)}`;
    return consoleLink(
      region,
      `/codesuite/codebuild/${project}/build/${encodeURIComponent(run)}/?region=${region}`,
    );
  },
};

/** The environment variables of a build that are written in it; of others only where they lie is told. */
export function buildArguments(
  variables: readonly {
    name?: string | undefined;
    value?: string | undefined;
    type?: string | undefined;
  }[] = [],
): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap(({ name, value, type = 'PLAINTEXT' }): [string, string][] =>
      name !== undefined && value !== undefined && type === 'PLAINTEXT' ? [[name, value]] : [],
    ),
  );
}

/** `Sep 1, 2017 4:12:29 PM`, in UTC. Newer versions of Java put a narrow space before PM. @throws NotUnderstood */
function readTime(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const options = { zone: 'utc', locale: 'en-US' };
  const time = DateTime.fromFormat(text.replaceAll(/\s+/g, ' '), 'MMM d, yyyy h:mm:ss a', options);
  if (!time.isValid) throw new NotUnderstood(`${text} is no time as CodeBuild writes it`);
  return time.toMillis();
}
