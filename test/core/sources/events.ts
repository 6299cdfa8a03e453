import { readFileSync } from 'node:fs';
import { BusEvent } from '../../../functions/core/run.ts';
import { runOf } from '../../../functions/core/sources/index.ts';

/** A sample from `fixtures`, with some fields of its detail changed; `undefined` takes a field away. */
export function sample(name: string, detail: Record<string, unknown> = {}, type?: string): BusEvent {
  const event = BusEvent.parse(
    JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/${name}.json`, 'utf8')),
  );
  const changed = Object.entries({ ...event.detail, ...detail }).filter(([, value]) => value !== undefined);
  return { ...event, 'detail-type': type ?? event['detail-type'], detail: Object.fromEntries(changed) };
}

const clock = (instant: number | undefined) =>
  instant === undefined ? '' : new Date(instant).toISOString().slice(11, 23);

/** What is read of an event: state, the service's word, when it began and ended (time of day); nothing of no run. */
export function told(event: BusEvent): string[] | undefined {
  const run = runOf(event);
  return run && [run.state, run.status, clock(run.startedAt), clock(run.endedAt)];
}
