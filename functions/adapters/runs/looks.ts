import type { Run } from '../../core/run.ts';
import type { Instant, Milliseconds } from '../../core/time.ts';
import type { settings } from '../clients.ts';
import type { paced } from './pace.ts';

/** Where a job runs. */
export type Place = Pick<Run, 'account' | 'region'>;

/** What a client of the SDK is made with. */
export type ClientSettings = ReturnType<typeof settings> & {
  region: string;
  credentials?: Credentials;
  retryMode?: string;
  extensions?: ReturnType<typeof paced>[];
};

type Credentials = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;

/** What one service can be asked about its runs, at one place. Errors are those of the SDK, and these here. */
export interface ServiceLooks {
  latest(job: string, since: Instant): Promise<Run[]>;
  one(run: Pick<Run, 'job' | 'run'>): Promise<Run[]>;
  /** Whether the job is of a kind that tells of no runs. */
  isExpress?(job: string): Promise<boolean>;
}

/** There are more runs than the budget of one look can read. */
export class TooManyRuns extends Error {
  override name = 'TooManyRuns';
}

/** The service answered, and does not know the run any more, or not yet. */
export class RunNotKnown extends Error {
  override name = 'RunNotKnown';
}

/** A job is not named as its service needs it to be looked for; the message is for people. */
export class JobNotNamed extends Error {
  override name = 'JobNotNamed';
}

/** Pages that one look reads at most: what is more cannot be looked through in a checker's time. */
const PAGE_BUDGET = 10;

export interface Page<T> {
  items: readonly T[];
  next?: string | undefined;
}

/** A list that has first what began last. */
interface NewestFirst<T> {
  begunAt: (item: T) => Instant | undefined;
  /** How long a run may have taken that ended at the instant from which on runs are wanted. */
  longest: Milliseconds;
}

/**
 * Reads a list to its end, or, if it has the newest first, as far back as matters.
 * @throws TooManyRuns when the budget ends before the runs do that began since
 */
export async function readPages<T>(
  read: (token: string | undefined) => Promise<Page<T>>,
  since: Instant,
  newestFirst?: NewestFirst<T>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  let oldest = Infinity;
  for (let count = 0; count < PAGE_BUDGET; count++) {
    const { items, next } = await read(token);
    all.push(...items);
    if (next === undefined) return all;
    if (newestFirst) {
      oldest = Math.min(oldest, ...items.map((item) => newestFirst.begunAt(item) ?? Infinity));
      if (oldest < since - newestFirst.longest) return all;
    }
    token = next;
  }
  if (oldest < since) return all;
  throw new TooManyRuns();
}

/** Whether a run began or ended at or after the instant, or has not ended. */
export function concerns({ state, startedAt, endedAt }: Run, since: Instant): boolean {
  return state === 'running' || (startedAt ?? 0) >= since || (endedAt ?? 0) >= since;
}

/** The parts of a job's name around its first slash. @throws JobNotNamed when there is none */
export function split(job: string, form: string): [string, string] {
  const slash = job.indexOf('/');
  if (slash <= 0) throw new JobNotNamed(`${job} cannot be looked for: the name must be ${form}`);
  return [job.slice(0, slash), job.slice(slash + 1)];
}

/** In groups, of at most so many: what one call takes. */
export function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
