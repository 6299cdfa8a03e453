import { fingerprint, type SeenEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/event-pattern.ts';
import type { Evidence } from '../../core/evidence.ts';
import { keyOfEvent } from '../../core/follow-up.ts';
import type { BusEvent } from '../../core/run.ts';
import type { Context } from '../ports.ts';
import { maybeWantingEvent, type Sided, type WantedEvent } from './candidates.ts';
import type { Enough } from './enough.ts';
import { recordSide, type Came } from './record-follow-up.ts';

/**
 * Records the event for every expectation whose pattern it matches, until there is enough of it.
 * @param json the event as it came, which the patterns see whole
 * @returns how many want it
 */
export async function recordEvent(
  ctx: Context,
  event: BusEvent,
  json: JsonValue,
  enough: Enough,
): Promise<number> {
  const [named, others] = await Promise.all([
    ctx.matchers.of({ events: event.source }),
    ctx.matchers.of({ events: '*' }),
  ]);
  const at = Date.parse(event.time);
  const maybe = [...maybeWantingEvent(named, json), ...maybeWantingEvent(others, json)];
  const wanting = onceEach(maybe)
    .filter(({ matcher: { until = Infinity }, wants }) => at <= until && wants(json))
    .toSorted((a, b) => b.matcher.rev - a.matcher.rev);
  for (const one of wanting) {
    if (one.side === undefined)
      await enough.record(
        ctx,
        one.matcher,
        evidenceOf(event, fingerprint(one.matcher.event.pattern), ctx.now()),
      );
    else await recordSide(ctx, one, cameBy(event, json, one));
  }
  return wanting.length;
}

/** The sides of a follow-up may lie in several places, and it in the list of each. */
function onceEach(wanted: readonly WantedEvent[]): WantedEvent[] {
  const nameOf = ({ matcher: { team, id, rev }, side }: WantedEvent) => `${team}/${id}#${rev} ${side}`;
  return [...new Map(wanted.map((one) => [nameOf(one), one])).values()];
}

function cameBy(event: BusEvent, json: JsonValue, { matcher, side }: Sided): Came {
  const spec = matcher.followUp[side];
  if (!('event' in spec)) throw new TypeError(`no event stands on the side ${side}`);
  const { key, pattern } = spec.event;
  return {
    at: Date.parse(event.time),
    fact: `event ${event.id}`,
    what: `${event.source} "${event['detail-type']}"`,
    keyed: keyOfEvent(spec.event, json),
    event: seenEvent(event, fingerprint({ pattern, key })),
  };
}

function evidenceOf(event: BusEvent, pattern: string, recordedAt: number): Evidence {
  return {
    id: `event ${event.id} ${pattern}`,
    at: Date.parse(event.time),
    recordedAt,
    source: 'event',
    event: seenEvent(event, pattern),
  };
}

function seenEvent(event: BusEvent, pattern: string): SeenEvent {
  const { id, source, 'detail-type': detailType, account, region } = event;
  return { id, source, detailType, account, region, pattern };
}
