import type { Evidence } from './evidence.ts';
import { fingerprint } from './event.ts';
import type { Run, RunArguments } from './run.ts';
import type { Instant } from './time.ts';

/**
 * What is known of a run, as evidence: that it began, that it ended. Whoever tells it, the same fact has the same id.
 * @param source whether an event or the job itself told it, or a look found it
 * @param wanted the arguments for which it was taken
 */
export function runEvidence(
  run: Run,
  recordedAt: Instant,
  source: Evidence['source'],
  wanted?: RunArguments,
): Evidence[] {
  const { state, startedAt, endedAt, arguments: _given, ...facts } = run;
  const taken = wanted && fingerprint(wanted);
  const of = (phase: 'started' | 'ended', at: Instant): Evidence => ({
    id: ['run', run.source, run.run, phase === 'ended' ? state : phase, taken].filter(Boolean).join(' '),
    at,
    recordedAt,
    source,
    ...(phase === 'ended' && state === 'failed' ? { rejected: `the run failed: ${run.status}` } : {}),
    run: {
      ...facts,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(taken === undefined ? {} : { wanted: taken }),
      phase,
    },
  });
  return [
    ...(startedAt === undefined ? [] : [of('started', startedAt)]),
    ...(endedAt === undefined ? [] : [of('ended', endedAt)]),
  ];
}
