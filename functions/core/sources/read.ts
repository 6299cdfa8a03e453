import type { z } from 'zod';
import { problemsOf } from '../problems.ts';
import type { BusEvent, Run } from '../run.ts';
import type { Instant } from '../time.ts';

/** What a service tells of a run is not as it documents it; the message names the field. */
export class NotUnderstood extends Error {
  override name = 'NotUnderstood';
}

/** @throws NotUnderstood with the first field that is wrong, for who reads the dead-letter queue */
export function readDetail<T>(schema: z.ZodType<T>, event: BusEvent): T {
  const read = schema.safeParse(event.detail);
  if (read.success) return read.data;
  const [problem] = problemsOf(read.error, event.detail, schema);
  const what = problem ? `detail.${problem.field} ${problem.message}` : 'detail cannot be read';
  throw new NotUnderstood(`"${event['detail-type']}" of ${event.source}: ${what}`);
}

/** When the service sent the event: for what has no time of its own. */
export function sentAt(event: BusEvent): Instant {
  return Date.parse(event.time);
}

/** What each status of a service means. A run that waits, before or behind its work, runs if it has begun. */
export type Statuses = Readonly<Partial<Record<string, Run['state'] | 'waiting'>>>;

/** The facts of a run as its service tells them, by event or by API. */
export type Facts = Omit<Run, 'state'>;

/**
 * The run that the facts tell of. One that has begun and waits again, such as for another attempt, still runs.
 * @returns undefined when it has not begun
 * @throws NotUnderstood when the status is none of them
 */
export function runFrom(statuses: Statuses, facts: Facts): Run | undefined {
  const { status, source, endedAt, ...known } = facts;
  const meaning = Object.hasOwn(statuses, status) ? statuses[status] : undefined;
  if (meaning === undefined) throw new NotUnderstood(`${source} has no status ${status} that is documented`);
  if (meaning === 'succeeded' || meaning === 'failed')
    return { source, ...known, state: meaning, status, endedAt };
  if (meaning === 'waiting' && facts.startedAt === undefined) return undefined;
  return { source, ...known, state: 'running', status };
}

/** The place of an event: whose account, which region. */
export function placeOf({ account, region }: BusEvent): Pick<Run, 'account' | 'region'> {
  return { account, region };
}

const CONSOLES: readonly [string, string][] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
];

/** An address in the AWS console; undefined when the region is not known. @param path from the first slash on */
export function consoleLink(region: string, path: string): string | undefined {
  if (region === '') return undefined;
  const [, host] = CONSOLES.find(([prefix]) => region.startsWith(prefix)) ?? ['', 'console.aws.amazon.com'];
  return `https://${region}.${host}${path}`;
}
