import { createHash } from 'node:crypto';
import { deadlineId, type DeadlineRef } from '../core/deadline.ts';

/**
 * The name of what belongs to a deadline in services that allow few characters (schedules: 64 of `[0-9a-zA-Z-_.]`,
 * executions: 80): the readable beginning of the expectation's id, and 128 bits of the hash of the whole reference.
 */
export function nameOf(ref: DeadlineRef): string {
  const whole = `${ref.team}/${ref.expectation}/${deadlineId(ref)}`;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 32);
  return `${ref.expectation.slice(0, 24)}-${hash}`;
}
