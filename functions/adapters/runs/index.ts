import type { RunQuery, Runs } from '../../app/ports.ts';
import type { Run, RunLook, RunSource } from '../../core/run.ts';
import type { Instant, Milliseconds } from '../../core/time.ts';
import { causeOf } from './causes.ts';
import type { ClientSettings, Place, ServiceLooks } from './looks.ts';
import { LONGEST_LOOK, PACE, paced, patience, REST, turnsAt } from './pace.ts';
import type { Places } from './places.ts';

type Make = (settings: ClientSettings, place: Place) => ServiceLooks;

/** Services that can be asked about runs. Their clients are large, so each is loaded when it is first asked. */
const SERVICES: Partial<Record<RunSource, () => Promise<Make>>> = {
  stepfunctions: async () => (await import('./stepfunctions.ts')).stepFunctionsLooks,
  glue: async () => (await import('./glue.ts')).glueLooks,
  'emr-serverless': async () => (await import('./emr-serverless.ts')).emrServerlessLooks,
  batch: async () => (await import('./batch.ts')).batchLooks,
  ecs: async () => (await import('./ecs.ts')).ecsLooks,
  codebuild: async () => (await import('./codebuild.ts')).codeBuildLooks,
  'redshift-data': async () => (await import('./redshift-data.ts')).redshiftDataLooks,
};

type Job = Pick<RunQuery, 'source' | 'job' | 'account' | 'region'>;

/** Where no service can be asked, such as on one machine: events are all that is known of runs. */
export const nobodyToAsk: Runs = {
  latest: (_, at) => Promise.resolve({ ok: true, at, runs: [] }),
  one: (_, at) => Promise.resolve({ ok: true, at, runs: [] }),
  refusal: () => Promise.resolve(undefined),
};

/** A client that waits for its turn, and slows down by itself once the service throttles. */
const gently = (turn: () => Promise<void>) => ({ extensions: [paced(turn)], retryMode: 'adaptive' });

/** How requests are spread and bounded. */
interface Manners {
  /** What the requests to one service at one place wait for. */
  newTurns: () => () => Promise<void>;
  /** How long a look may take, and how long a service that hung is not asked then. */
  longest: Milliseconds;
  rest: Milliseconds;
}

const GENTLE: Manners = { newTurns: () => turnsAt(PACE), longest: LONGEST_LOOK, rest: REST };

/** Asks the services themselves, at the place of the job. Of `lambda` and `custom` there is nobody to ask. */
export function runsOnAws(places: Places, { newTurns, longest, rest }: Manners = GENTLE): Runs {
  const made = new Map<string, Promise<ServiceLooks>>();
  const bounds = new Map<string, ReturnType<typeof patience>>();
  // A registration has 29 seconds, and can do without the answer.
  const soon = patience(longest / 5, rest);
  const looksFor = async (job: Job, load: () => Promise<Make>): Promise<ServiceLooks> => {
    const { place, settings } = await places.of(job);
    const key = [job.source, place.account, place.region].join();
    // Kept before it is there: looks that begin at the same time keep one pace.
    const looks = made.get(key) ?? load().then((make) => make({ ...settings, ...gently(newTurns()) }, place));
    made.set(key, looks);
    return looks;
  };
  const ask = async <T>(job: Job, question: (looks: ServiceLooks) => Promise<T>): Promise<T | undefined> => {
    const load = SERVICES[job.source];
    if (!load) return undefined;
    const key = [job.source, job.account, job.region].join();
    const bounded = bounds.get(key) ?? patience(longest, rest);
    bounds.set(key, bounded);
    return bounded(async () => question(await looksFor(job, load)));
  };
  const look = async (
    job: Job,
    at: Instant,
    question: (looks: ServiceLooks) => Promise<Run[]>,
  ): Promise<RunLook> => {
    try {
      return { ok: true, at, runs: (await ask(job, question)) ?? [] };
    } catch (error) {
      return { ok: false, at, cause: causeOf(error, job.source, job.job) };
    }
  };
  return {
    latest: (query, now) => look(query, now, (looks) => looks.latest(query.job, query.since)),
    one: (run, now) => look(run, now, (looks) => looks.one(run)),
    async refusal(job) {
      if (job.source !== 'stepfunctions') return undefined;
      const answer = soon(() => ask(job, async (looks) => looks.isExpress?.(job.job)));
      return (await answer.catch(() => false))
        ? 'is an Express state machine: it sends no events and keeps no list of its runs'
        : undefined;
    },
  };
}
