import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { Enough } from '../functions/app/evidence/enough.ts';
import { recordEvent } from '../functions/app/evidence/record-event.ts';
import { recordObject } from '../functions/app/evidence/record-object.ts';
import { create } from '../functions/app/expectations/register.ts';
import type { Context, Matcher, Place } from '../functions/app/ports.ts';
import { BusEvent } from '../functions/core/run.ts';
import type { JsonValue } from '../functions/core/event-pattern.ts';
import { MemoryWorld } from '../test/support/memory-context.ts';

/** What the recorder itself does of a flood; the table behind it is in memory and costs nothing. */
export interface Flood {
  expectations: number;
  /** Events a second, of those that nobody wants and of those that one expectation wants. */
  unwanted: { perSecond: number; writes: number };
  wanted: { perSecond: number; writes: number };
  heapMb: number;
}

const reach = { patience: 4 * 86_400_000, spacing: 86_400_000, since: 0, timezone: 'UTC', silent: false };
const NOW = '2026-11-21T09:30:00Z';

/** Expectations of one source of events, each of which wants another order; `one` is what an event is of. */
export async function floodOfEvents(expectations: number, events: number): Promise<Flood> {
  const list = Array.from({ length: expectations }, (_, index): Matcher => ({
    ...{ team: 'data', id: `e${index}`, rev: 1, ...reach },
    event: { pattern: { source: ['com.acme'], detail: { order: [`o${index}`] } }, minCount: 1 },
  }));
  const json = (index: number, order: string): JsonValue => ({
    ...{ id: `id-${index}`, source: 'com.acme', 'detail-type': 'Sold', account: '', region: '' },
    ...{ time: NOW, resources: [], detail: { order } },
  });
  return measure(expectations, events, list, (ctx, order) => {
    const enough = new Enough();
    return async (index) => {
      const event = json(index, order);
      await recordEvent(ctx, BusEvent.parse(event), event, enough);
    };
  });
}

/** Expectations of one bucket, each of which wants another folder. */
export async function floodOfObjects(expectations: number, events: number): Promise<Flood> {
  const list = Array.from({ length: expectations }, (_, index): Matcher => ({
    ...{ team: 'data', id: `e${index}`, rev: 1, ...reach },
    file: { bucket: 'acme', key: `o${index}/{yyyy-MM-dd}/*.csv`, minCount: 1, minBytes: 1 },
  }));
  return measure(expectations, events, list, (ctx, folder) => {
    const enough = new Enough();
    return async (index) => {
      const key = `${folder}/2026-11-21/${index}.csv`;
      const object = { bucket: 'acme', key, size: 9, etag: `e${index}`, at: Date.parse(NOW) };
      await recordObject(ctx, object, enough);
    };
  });
}

setFlagsFromString('--expose-gc');
const collect: () => void = z
  .custom<() => void>((it) => typeof it === 'function')
  .parse(runInNewContext('gc'));

/** What is in use, without what is only not collected yet. */
function heapMb(): number {
  collect();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

/** The one that is flooded has its deadlines; those of the others would lie in the table untouched. */
async function registerFirst(world: MemoryWorld, { file, event }: Matcher): Promise<void> {
  const grants = [{ bucket: 'acme', prefix: '' }, { events: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const due = { at: '10:00', days: 'daily', timezone: 'UTC' };
  const body = { id: 'e0', team: 'data', due, window: '1h', ...(file ? { file } : { event }) };
  await create(world.ctx, body, { by: 'bench' });
}

async function measure(
  expectations: number,
  events: number,
  list: readonly Matcher[],
  recorder: (ctx: Context, of: string) => (index: number) => Promise<void>,
): Promise<Flood> {
  const counted = async (of: string) => {
    let writes = 0;
    const world = new MemoryWorld({
      now: NOW,
      before: (port, method) => {
        if (port === 'evidence' && method !== 'between') writes += 1;
      },
    });
    const [first] = list;
    if (first) await registerFirst(world, first);
    const lookup = (place: Place) => Promise.resolve('events' in place && place.events === '*' ? [] : list);
    const ctx = { ...world.ctx, matchers: { of: lookup, put: () => Promise.resolve() } };
    const record = recorder(ctx, of);
    await record(-1);
    writes = 0;
    const began = performance.now();
    for (let index = 0; index < events; index++) await record(index);
    return { perSecond: Math.round((events * 1000) / (performance.now() - began)), writes };
  };
  const unwanted = await counted('nobody');
  const wanted = await counted('o0');
  return { expectations, unwanted, wanted, heapMb: heapMb() };
}
