import type { Calendar } from '../../core/calendar.ts';
import type { Condition } from '../expectations/put.ts';
import { PreconditionFailed } from '../errors.ts';
import type { CalendarRef } from '../ports.ts';

export type { Condition };

/** @throws PreconditionFailed unless the calendar is as the request demands */
export function demandRevision(
  { team, name }: CalendarRef,
  current: Calendar | undefined,
  condition: Condition | undefined,
): void {
  if (condition === undefined) return;
  const revision = current?.status === 'active' ? current.revision : undefined;
  const holds =
    condition === 'absent'
      ? revision === undefined
      : revision !== undefined && (condition === 'exists' || condition.revision === revision);
  if (holds) return;
  const now = revision === undefined ? 'it does not exist' : `it is at revision ${revision}`;
  throw new PreconditionFailed(`calendar ${name} of team ${team} is not as the request demands: ${now}`);
}
