import { z } from 'zod';
import { compileGlob } from './glob.ts';
import type { Instant } from './time.ts';

/** The services whose jobs can be expected. `custom` is for any other: see docs/sources.md. */
export const RunSource = z.enum([
  'stepfunctions',
  'glue',
  'emr-serverless',
  'batch',
  'ecs',
  'codebuild',
  'redshift-data',
  'lambda',
  'custom',
]);
export type RunSource = z.infer<typeof RunSource>;

/** What is known of one run of a job, by the job's own clock. Instants in epoch ms. */
export const Run = z.object({
  source: RunSource,
  /**
   * The job's name, as its service shows it: what an expectation names. Where the service has no names of its own for
   * jobs, the name of what holds them comes first: `queue/job`, `cluster/family`, `application/job`.
   */
  job: z.string().min(1),
  /**
   * Unique within the source. A run that its service starts anew under the same id (a redrive, another attempt) is
   * another run: its id has the number at the end, see restartOf.
   */
  run: z.string().min(1),
  account: z.string(),
  region: z.string(),
  state: z.enum(['running', 'succeeded', 'failed']),
  /** The service's own word for it: `TIMED_OUT`. */
  status: z.string(),
  /** Absent when what was told does not say. */
  startedAt: z.int().optional(),
  /** Of a run that ended. */
  endedAt: z.int().optional(),
  /** What the run was given, where its service tells it. To be compared and never kept: it may be secret. */
  arguments: z.record(z.string(), z.string()).optional(),
});
export type Run = z.infer<typeof Run>;

/** How services name a run that is the same work once more, and who restarts. Ids of others mean nothing to us. */
const RESTARTS: Partial<Record<RunSource, { form: RegExp; by: 'person' | 'service' }>> = {
  stepfunctions: { form: /^(.+):redrive(\d+)$/, by: 'person' },
  glue: { form: /^(.+)_attempt_(\d+)$/, by: 'service' },
};

/** Of a run that is the same work once more: the first one, which restart it is, and who restarts. */
export function restartOf({ source, run }: Pick<Run, 'source' | 'run'>): {
  first: string;
  number: number;
  by?: 'person' | 'service';
} {
  const { form, by } = RESTARTS[source] ?? {};
  const [, first, number] = form?.exec(run) ?? [];
  if (first === undefined || by === undefined) return { first: run, number: 0 };
  return { first, number: Number(number), by };
}

/** Whether a run is a later try at what another of the same service was to do. @param of its id */
export function isLaterTry(run: Pick<Run, 'source' | 'run'>, of: string): boolean {
  const [later, earlier] = [restartOf(run), restartOf({ ...run, run: of })];
  return later.first === earlier.first && later.number > earlier.number;
}

/** Whether the service itself may try again after a failure, without telling that it will. */
export function retries({ source }: Pick<Run, 'source'>): boolean {
  return source === 'glue';
}

/** Whether it may have done well that an event calls failed: those of ECS do not tell which containers decide. */
export function isDoubtful({ source, state }: Pick<Run, 'source' | 'state'>): boolean {
  return source === 'ecs' && state === 'failed';
}

/** What a run is known by. */
export type RunName = Pick<Run, 'job' | 'run' | 'account' | 'region' | 'startedAt'>;

/** Which runs are meant. `name` is a glob over the names of jobs. */
export interface RunFilter {
  source: RunSource;
  name: string;
  account?: string | undefined;
  region?: string | undefined;
  /** Globs, by the name of the argument. */
  arguments?: RunArguments | undefined;
}

/** Globs that arguments of a run must fit, by their names. */
export type RunArguments = Readonly<Record<string, string>>;

/** The services whose events tell what a run was given. */
export const TELLS_ARGUMENTS: ReadonlySet<RunSource> = new Set<RunSource>([
  'batch',
  'codebuild',
  'ecs',
  'custom',
]);

/** A test whether a run is meant, compiled once for many. */
export function runMatcher({ source, name, account, region, arguments: wanted }: RunFilter) {
  const isNamed = compileGlob(name);
  const isGiven = argumentsMatcher(wanted);
  return (run: Pick<Run, 'source' | 'job' | 'account' | 'region' | 'arguments'>): boolean =>
    isGiven(run) &&
    run.source === source &&
    isNamed(run.job) &&
    (account === undefined || run.account === account) &&
    (region === undefined || run.region === region);
}

/** A test whether a run was given what is wanted; one that does not tell was not. */
export function argumentsMatcher(wanted: RunArguments = {}) {
  const globs = Object.entries(wanted).map(([name, glob]) => ({ name, fits: compileGlob(glob) }));
  return ({ arguments: given = {} }: Pick<Run, 'arguments'>): boolean =>
    globs.every(({ name, fits }) => Object.hasOwn(given, name) && fits(given[name] ?? ''));
}

/** The outcome of asking a service for runs. That it could not be asked is an outcome of its own. */
export type RunLook =
  { ok: true; at: Instant; runs: readonly Run[] } | { ok: false; at: Instant; cause: string };

/** An event of a bus, in EventBridge's envelope. */
export const BusEvent = z.looseObject({
  id: z.string(),
  source: z.string(),
  'detail-type': z.string(),
  account: z.string().default(''),
  region: z.string().default(''),
  time: z.iso.datetime({ offset: true }),
  resources: z.array(z.string()).default([]),
  detail: z.record(z.string(), z.unknown()),
});
export type BusEvent = z.infer<typeof BusEvent>;

/** How the events of one service are read. */
export interface JobEvents {
  /** The static event pattern under which its events come. Without a source: all sources but those of AWS. */
  pattern: { source?: string[]; 'detail-type': string[] };
  /**
   * @returns undefined when the event tells of no run that counts, such as a child of a map, or of one that waits
   * @throws NotUnderstood when it is not as the service documents it
   */
  runOf(event: BusEvent): Run | undefined;
  /** Address in the AWS console of the run, or of what is nearest to it; undefined when there is none. */
  link(run: Pick<Run, 'job' | 'run' | 'account' | 'region'>): string | undefined;
}
