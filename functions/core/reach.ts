import { z } from 'zod';
import { duration, roughLength } from './duration.ts';
import { timezoneOf } from './expectation.ts';
import { longestWait } from './follow-up-deadline.ts';
import { isTimed, occurrencesAfter } from './schedule.ts';
import { patienceOf, type Registration } from './registration.ts';
import { DAY, type Instant, type Milliseconds } from './time.ts';

/** How far from its own time evidence can concern deadlines of the same rules. Lengths in milliseconds. */
export const Reach = z.object({
  /** No deadline further off than this is concerned. */
  patience: z.int(),
  /** The distance from one deadline to the next, or about it. */
  spacing: z.int(),
  /** Deadlines due before this may be of older rules, which reach as far as they like (epoch ms). */
  since: z.int(),
  timezone: z.string(),
  /** Whether the evidence ends a silence. */
  silent: z.boolean(),
});
export type Reach = z.infer<typeof Reach>;

type Ruled = Pick<Registration, 'expectation' | 'rev' | 'rulesChangedAt' | 'patience'>;

export function reach(registration: Ruled): Reach {
  const { expectation, rev, rulesChangedAt } = registration;
  const { due, grace, followUp } = expectation;
  const since = rev === 1 ? 0 : rulesChangedAt;
  const patience = patienceOf(registration) + DAY;
  const timezone = timezoneOf(expectation);
  if ('silentFor' in due) return { patience, spacing: patience, since, timezone, silent: true };
  if (followUp) {
    const waited = longestWait(followUp, rulesChangedAt) + roughLength(duration(grace)) + patience;
    return { patience: waited, spacing: waited, since, timezone, silent: false };
  }
  if (!isTimed(due)) return { patience, spacing: patience, since, timezone, silent: false };
  const context = { anchor: rulesChangedAt, isHoliday: () => undefined };
  const [first, second] = occurrencesAfter(due, rulesChangedAt, context).take(2);
  const spacing = first && second ? second.dueAt - first.dueAt : patience;
  return { patience, spacing: Math.min(patience, spacing), since, timezone, silent: false };
}

/**
 * Half widths, growing, of the spans around an instant in which to look for the deadlines that evidence of that instant
 * can serve: of a grid of minutes the first holds a handful of deadlines, where the last would hold thousands.
 */
export function* spans({ patience, spacing, since }: Reach, at: Instant): Generator<Milliseconds> {
  if (at - patience >= since) {
    for (let span = 2 * spacing; span < patience; span *= 4) yield span;
  }
  yield patience;
}
