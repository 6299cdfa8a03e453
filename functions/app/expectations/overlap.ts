import { addDuration, duration } from '../../core/duration.ts';
import type { Expectation } from '../../core/expectation.ts';
import { isDated } from '../../core/key-pattern.ts';
import { isTimed, occurrencesAfter } from '../../core/schedule.ts';
import type { Instant } from '../../core/time.ts';

/** Some days of a week lie closer than others: so many due times are compared. */
const COMPARED = 8;

/** What is to be said about windows that open before the one before is over; nothing where none does. */
export function overlapWarnings(expectation: Expectation, now: Instant): string[] {
  const { due, window, file, event } = expectation;
  const isKnownByName = file !== undefined && isDated(file.key);
  if (window === undefined || !isTimed(due) || isKnownByName || event?.minCount === 0) return [];
  // In UTC: that a clock change brings two due times closer by an hour is not meant.
  const unchanging = 'timezone' in due ? { ...due, timezone: 'UTC' } : due;
  const context = { anchor: now, isHoliday: () => undefined };
  const times = [...occurrencesAfter(unchanging, now, context).take(COMPARED)].map(({ dueAt }) => dueAt);
  const overlaps = times.slice(1).some((next, index) => {
    return addDuration(times[index] ?? next, duration(window), 'UTC') > next;
  });
  if (!overlaps) return [];
  const rule = 'what comes serves one of them alone, so each must have as much of its own';
  return [`window is longer than the time from one due time to the next: ${rule}`];
}
