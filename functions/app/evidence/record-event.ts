import { fingerprint } from '../../core/event.ts';
import { matches, type JsonValue } from '../../core/event-pattern.ts';
import type { Evidence } from '../../core/evidence.ts';
import type { BusEvent } from '../../core/run.ts';
import type { Context } from '../ports.ts';
import { maybeWantingEvent, type EventMatcher } from './candidates.ts';
import type { Enough } from './enough.ts';
import { record } from './record.ts';

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
  const wanting = [...maybeWantingEvent(named, json), ...maybeWantingEvent(others, json)]
    .filter(({ matcher: { until = Infinity }, pattern }) => at <= until && matches(pattern, json))
    .map(({ matcher }) => matcher)
    .toSorted((a, b) => b.rev - a.rev);
  for (const matcher of wanting) await recordFor(ctx, matcher, event, enough);
  return wanting.length;
}

async function recordFor(
  ctx: Context,
  matcher: EventMatcher,
  event: BusEvent,
  enough: Enough,
): Promise<void> {
  const at = Date.parse(event.time);
  const pattern = fingerprint(matcher.event.pattern);
  if (enough.has(matcher, pattern, at)) {
    ctx.metrics.count('eventsNotNeeded');
    return;
  }
  await record(ctx, matcher, evidenceOf(event, pattern, ctx.now()), matcher);
  await enough.weigh(ctx, matcher, pattern, at);
}

function evidenceOf(event: BusEvent, pattern: string, recordedAt: number): Evidence {
  const { id, source, 'detail-type': detailType, account, region, time } = event;
  return {
    id: `event ${id} ${pattern}`,
    at: Date.parse(time),
    recordedAt,
    source: 'event',
    event: { id, source, detailType, account, region, pattern },
  };
}
