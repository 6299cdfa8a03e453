import { canonical } from '../../core/canonical.ts';
import type { Expectation } from '../../core/expectation.ts';
import { partsOf, type FollowUpSpec } from '../../core/follow-up.ts';
import { dueAfter } from '../../core/follow-up-deadline.ts';
import type { Instant } from '../../core/time.ts';
import type { FieldProblem } from '../errors.ts';

/** Rules between the parts of a follow-up, and between it and when it is due. */
export function followUpProblems(
  { due, window, followUp }: Partial<Expectation>,
  now: Instant,
): FieldProblem[] {
  if (!followUp) return [];
  const problems = [...sideProblems(followUp), ...waitProblems(followUp, now)];
  if (due && !('each' in due)) {
    const message = 'must be absent with followUp: each thing that comes has a deadline of its own';
    problems.push({ field: 'due', message, given: due });
  }
  if (window !== undefined) {
    const message = 'must be absent with followUp: what follows counts from when the other came';
    problems.push({ field: 'window', message, given: window });
  }
  return problems;
}

function sideProblems({ after, by }: FollowUpSpec): FieldProblem[] {
  const [wanted, given] = [partsOf(after), partsOf(by)];
  const kind = 'file' in by ? 'file' : 'event';
  if (wanted !== given) {
    const has = `${wanted} part${wanted === 1 ? '' : 's'}`;
    const message = `must have as many parts as the key of after, which has ${has}; it has ${given}`;
    const key = 'file' in by ? by.file.key : by.event.key;
    return [{ field: `followUp.by.${kind}.key`, message, given: key }];
  }
  if (canonical(after) !== canonical(by)) return [];
  return [{ field: 'followUp.by', message: 'must be another thing than after', given: by }];
}

/** Whatever the holidays: hours that are so rare cannot be counted. */
function waitProblems(followUp: FollowUpSpec, now: Instant): FieldProblem[] {
  if (dueAfter(followUp, now, () => undefined) !== undefined) return [];
  const message = 'must be less business time than the next two years have';
  return [{ field: 'followUp.within', message, given: followUp.within }];
}
