import type { Expectation } from '../../core/expectation.ts';
import { isLiteral } from '../../core/glob.ts';
import { calendarWarnings } from '../calendars/warnings.ts';
import type { Context } from '../ports.ts';
import { overlapWarnings } from './overlap.ts';

/** What has no due time by the clock. */
const UNSEEN = {
  run: 'there is no due: each run is watched, but a job that never starts is not missed',
  'follow-up':
    'what comes is watched, but when nothing comes after which something must follow, that is not missed: expect it, too',
};

/** What is allowed, but probably not meant. */
export async function warningsOf(ctx: Context, expectation: Expectation): Promise<string[]> {
  const unseen = 'each' in expectation.due ? [UNSEEN[expectation.due.each]] : [];
  const unheard = expectation.notify.length > 0 ? [] : ['notify is empty: nobody is told when it is missed'];
  const shared = overlapWarnings(expectation, ctx.now());
  return [
    ...unheard,
    ...unseen,
    ...patternWarnings(expectation),
    ...shared,
    ...(await calendarWarnings(ctx, expectation)),
  ];
}

/** What is to be said about a pattern of names: a service is asked for one name, so events alone tell of its runs. */
function patternWarnings({ job }: Expectation): string[] {
  if (job === undefined || isLiteral(job.name)) return [];
  const needsStart = job.finishesWithin !== undefined || job.mustHave === 'started';
  if (job.source === 'glue' && needsStart)
    return [
      'job.name is a pattern, and Glue sends no event when a run begins: one that hangs is not seen, unless its job has a delay threshold',
    ];
  return [
    'job.name is a pattern: a run whose events are lost is not found, for a service is asked for one name',
  ];
}
