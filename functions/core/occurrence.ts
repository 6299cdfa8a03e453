import type { HolidayCalendar } from './calendar-date.ts';
import type { Due } from './expectation.ts';
import type { Instant } from './time.ts';

/** When an expectation falls due by the clock; `silentFor` depends on what was heard, `each` on what begins. */
export type TimedDue = Exclude<Due, { silentFor: string } | { each: string }>;

export function isTimed(due: Due): due is TimedDue {
  return !('silentFor' in due || 'each' in due);
}

/** One time at which an expectation falls due. */
export interface Occurrence {
  /**
   * Identity, which newer zone data does not change. For `at` and `cron` the local time as written,
   * `2026-11-21T06:00`, with the offset (`2026-10-25T02:30+01:00`) where an elapsed-time cron meets a local time for
   * the second time. For `every` the instant in UTC, `2026-11-21T05:00:00.000Z`.
   */
  id: string;
  dueAt: Instant;
  /** The local date and time that tokens of key patterns stand for, as written: `2026-11-21 06:00[:ss]`. */
  local: string;
  /** The holiday on which nothing is owed. */
  excused?: string;
  /** Why the occurrence is not where it was written: clock change, month without that day, holiday in the way. */
  note?: string;
}

/** What a schedule depends on beside what is written in `due`. */
export interface ScheduleContext {
  /** First registration: the grid of `every` counts from here. */
  anchor: Instant;
  /** Public and own holidays by local date. */
  isHoliday: HolidayCalendar;
}
