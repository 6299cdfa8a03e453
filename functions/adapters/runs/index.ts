import type { RunQuery, Runs } from '../../app/ports.ts';
import type { Run, RunLook, RunSource } from '../../core/run.ts';
import type { Instant } from '../../core/time.ts';
import { causeOf } from './causes.ts';
import type { ClientSettings, Place, ServiceLooks } from './looks.ts';
import { inTime, paced, PACE, turnsAt } from './pace.ts';
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

/**
 * Asks the services themselves, at the place of the job. Of `lambda` and `custom` there is nobody to ask.
 * @param newTurns what the requests to one service at one place wait for
 */
export function runsOnAws(places: Places, newTurns = () => turnsAt(PACE)): Runs {
  const made = new Map<string, ServiceLooks>();
  const looksFor = async (job: Job): Promise<ServiceLooks | undefined> => {
    const load = SERVICES[job.source];
    if (!load) return undefined;
    const { place, settings } = await places.of(job);
    const key = [job.source, place.account, place.region].join();
    const looks = made.get(key) ?? (await load())({ ...settings, ...gently(newTurns()) }, place);
    made.set(key, looks);
    return looks;
  };
  const look = async (
    job: Job,
    at: Instant,
    ask: (looks: ServiceLooks) => Promise<Run[]>,
  ): Promise<RunLook> => {
    try {
      const looks = await looksFor(job);
      return { ok: true, at, runs: looks ? await inTime(ask(looks)) : [] };
    } catch (error) {
      return { ok: false, at, cause: causeOf(error, job.source, job.job) };
    }
  };
  return {
    latest: (query, now) => look(query, now, (looks) => looks.latest(query.job, query.since)),
    one: (run, now) => look(run, now, (looks) => looks.one(run)),
    async refusal(job) {
      if (job.source !== 'stepfunctions') return undefined;
      try {
        const { stepFunctionsLooks } = await import('./stepfunctions.ts');
        const { place, settings } = await places.of(job);
        const isExpress = await stepFunctionsLooks(settings, place).isExpress(job.job);
        return isExpress
          ? 'is an Express state machine: it sends no events and keeps no list of its runs'
          : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
