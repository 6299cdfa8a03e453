import { deadlineFor } from '../../functions/core/new-deadline.ts';
import type { Deadline } from '../../functions/core/deadline.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import { Expectation } from '../../functions/core/expectation.ts';
import { register, type Registration } from '../../functions/core/registration.ts';
import type { HolidayCalendar } from '../../functions/core/schedule.ts';
import { toLocal, type Instant } from '../../functions/core/time.ts';

/** The instant of an ISO time with an offset or Z. */
export function at(iso: string): Instant {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) throw new RangeError(`not a time: ${iso}`);
  return instant;
}

export const noHolidays: HolidayCalendar = () => undefined;

const daily = { at: '06:00', days: 'daily', timezone: 'UTC' };

/** A file that is due daily at 06:00 UTC with 10 minutes of grace; named by its date unless `key` says otherwise. */
export function fileExpectation(changes: object = {}, file: object = {}): Expectation {
  return Expectation.parse({
    id: 'orders',
    team: 'data',
    file: { bucket: 'acme', key: 'orders/{yyyy-MM-dd}.csv', ...file },
    due: daily,
    grace: '10m',
    ...changes,
  });
}

/** A check-in that is due daily at 06:00 UTC with 10 minutes of grace. */
export function checkInExpectation(changes: object = {}): Expectation {
  return Expectation.parse({ id: 'backup', team: 'data', checkIn: {}, due: daily, grace: '10m', ...changes });
}

export function registrationOf(expectation: Expectation, now = '2026-11-01T00:00:00Z'): Registration {
  return register(expectation, { now: at(now), by: 'tester' });
}

/** The deadline of 2026-11-21 06:00Z between the ones of the day before and the day after. */
export function deadlineOf(expectation: Expectation): Deadline {
  const dueAt = at('2026-11-21T06:00:00Z');
  const day = 24 * 60 * 60 * 1000;
  return deadlineFor(
    { expectation, rev: 1, startsAfter: 0 },
    { id: '2026-11-21T06:00', dueAt, local: toLocal(dueAt, 'UTC').slice(4) },
    { before: dueAt - day, after: dueAt + day, isHoliday: noHolidays, now: at('2026-11-19T00:00:00Z') },
  );
}

/** An object that an event told of. */
export function object(
  time: string,
  changes: Partial<Evidence> & { key?: string; size?: number; etag?: string } = {},
): Evidence {
  const { key = 'orders/2026-11-21.csv', size = 10, etag = 'e1', ...rest } = changes;
  return {
    id: `object ${time} ${key}`,
    at: at(time),
    recordedAt: at(time),
    source: 'event',
    object: { key, size, etag },
    ...rest,
  };
}

export function checkedIn(time: string, signal: 'success' | 'start' | 'failure' = 'success'): Evidence {
  return {
    id: `check-in ${time}`,
    at: at(time),
    recordedAt: at(time),
    source: 'check-in',
    checkIn: { signal },
    ...(signal === 'failure' ? { rejected: 'failed with exit code 3' } : {}),
  };
}
