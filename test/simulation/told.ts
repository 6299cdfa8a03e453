import type { Run } from '../../functions/core/run.ts';
import { EVENT_SOURCE, jobName, type Act } from './scenario.ts';

/* What services tell of runs and of events. */

const PLACE = { account: '123456789012', region: 'eu-west-1' };

type RunAct = Extract<Act, { do: 'run' }>;

/** What is known of the run once the act has happened. */
export function runOf({ at, ref, source, run, startedAt, phase }: RunAct): Run {
  const state = phase === 'started' ? 'running' : phase;
  return {
    ...{ source, job: jobName(ref.id), run, ...PLACE, state, status: state.toUpperCase() },
    startedAt,
    ...(phase === 'started' ? {} : { endedAt: at }),
  };
}

/** The fact that it began, or that it ended. */
export function factOfRun({ source, run, phase }: Pick<RunAct, 'source' | 'run' | 'phase'>): string {
  return `run ${source} ${run} ${phase}`;
}

/** As a bus hands it on. */
export function eventOf({ at, event, ref, kind = ref.id, order }: Extract<Act, { do: 'event' }>) {
  return {
    ...{ version: '0', id: event, source: EVENT_SOURCE, 'detail-type': kind, ...PLACE },
    ...{
      time: new Date(Math.floor(at / 1000) * 1000).toISOString(),
      resources: [],
      detail: { amount: 1, ...(order === undefined ? {} : { order }) },
    },
  };
}
