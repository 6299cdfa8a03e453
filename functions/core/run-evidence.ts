import type { Evidence } from './evidence.ts';
import type { Run } from './run.ts';
import type { Instant } from './time.ts';

/**
 * What is known of a run, as evidence: that it began, that it ended. Whoever tells it, the same fact has the same id.
 * @param source whether an event told it or a look found it
 */
export function runEvidence(run: Run, recordedAt: Instant, source: 'event' | 'look'): Evidence[] {
  const { state, startedAt, endedAt, ...facts } = run;
  const of = (phase: 'started' | 'ended', at: Instant): Evidence => ({
    id: `run ${run.source} ${run.run} ${phase}`,
    at,
    recordedAt,
    source,
    ...(phase === 'ended' && state === 'failed' ? { rejected: `the run failed: ${run.status}` } : {}),
    run: { ...facts, ...(startedAt === undefined ? {} : { startedAt }), phase },
  });
  return [
    ...(startedAt === undefined ? [] : [of('started', startedAt)]),
    ...(endedAt === undefined ? [] : [of('ended', endedAt)]),
  ];
}
