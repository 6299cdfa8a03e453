import type { Message } from '../../functions/core/alert.ts';
import {
  deadlineId,
  type Deadline,
  type DeadlineRef,
  type Transition,
} from '../../functions/core/deadline.ts';
import type { Evidence } from '../../functions/core/evidence.ts';
import type { Registration } from '../../functions/core/registration.ts';

/** A call that changed something, in words; undefined for any other. */
export function describe(port: string, method: string, args: unknown[], value: unknown): string | undefined {
  const [first, second, third] = args;
  switch (`${port}.${method}`) {
    case 'deadlines.create':
      return value === true ? `plans ${name(first as DeadlineRef)}` : undefined;
    case 'deadlines.save':
      return `saves ${name(first as DeadlineRef)}: ${state(first as Deadline)}${value ? '' : ', and is beaten'}`;
    case 'registrations.save':
      return value === true ? `saves ${registration(first as Registration)}` : undefined;
    case 'evidence.record':
      return value === true ? `records ${evidence(second as Evidence)}` : undefined;
    case 'evidence.claim':
      return `claims ${(second as Evidence).id} for ${String(third)}${value === true ? '' : ', and is refused'}`;
    case 'alerts.enqueue':
      return `hands over ${(second as Transition[]).map(({ seq, type }) => `${seq} ${type}`).join(', ')} of ${name(first as DeadlineRef)}`;
    case 'senders.send':
      return `sends ${(second as Message).alerts.map(({ id, type }) => `${type} ${id}`).join(', ')} as ${(second as Message).id}`;
    case 'lifecycles.start':
      return `starts the breach of ${name(first as DeadlineRef)}, generation ${String(second)}`;
    default:
      return undefined;
  }
}

const iso = (instant: number) => new Date(instant).toISOString();

function name(ref: DeadlineRef): string {
  return `${ref.team}/${ref.expectation}/${deadlineId(ref)}`;
}

function state({ status, breach, correction, inconclusive, outbox }: Deadline): string {
  const told = outbox.map(({ type }) => type);
  return [
    status,
    breach && `breach ${breach.status} of generation ${breach.generation}`,
    correction && 'corrected',
    inconclusive && 'inconclusive',
    told.length > 0 && `to tell: ${told.join(', ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function registration({ team, id, revision, rev, status, plannedThrough }: Registration): string {
  return `${team}/${id}: revision ${revision}, rules ${rev}, ${status}, planned through ${iso(plannedThrough)}`;
}

function evidence({ id, at, rejected }: Evidence): string {
  return `${id} of ${iso(at)}${rejected === undefined ? '' : `, rejected: ${rejected}`}`;
}
