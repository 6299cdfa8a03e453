import { notAfter, type Evidence } from '../../core/evidence.ts';
import { markOf, type Keyed } from '../../core/follow-up.ts';
import { occurrenceAfter } from '../../core/follow-up-deadline.ts';
import { SECOND, type Instant } from '../../core/time.ts';
import { bornAfter, bornWithoutKey, isFollowed } from '../deadlines/follow-ups.ts';
import type { Context } from '../ports.ts';
import type { FollowUpMatcher, Sided } from './candidates.ts';
import { append, wake } from './record.ts';

/** A thing that came and stands on a side of a follow-up. */
export interface Came extends Pick<Evidence, 'event' | 'object'> {
  at: Instant;
  /** Tells it apart from all others of its kind. */
  fact: string;
  /** In words. */
  what: string;
  keyed: Keyed;
}

/** Records what came: on the one side it gives birth to a deadline, on the other it serves those that wait. */
export function recordSide(ctx: Context, { matcher, side }: Sided, came: Came): Promise<void> {
  return side === 'after' ? recordAfter(ctx, matcher, came) : recordBy(ctx, matcher, came);
}

async function recordAfter(ctx: Context, matcher: FollowUpMatcher, came: Came): Promise<void> {
  const { team, id } = matcher;
  const registration = await ctx.registrations.get({ team, id });
  const { at, fact, what, keyed } = came;
  const after = { at, fact, what, mark: markOf(matcher.followUp.after) };
  if (!registration || !isFollowed(registration, { ...after, key: '' })) return;
  if ('without' in keyed) return bornWithoutKey(ctx, registration, after, keyed.without);
  // Evidence first: whatever follows finds by it which deadline it serves.
  await append(ctx, matcher, evidenceOf('after', came, keyed.key, ctx.now()));
  await bornAfter(ctx, registration, { ...after, key: keyed.key });
}

/** What has no key follows nothing. What nothing has gone before is kept: that may be delivered later. */
async function recordBy(ctx: Context, matcher: FollowUpMatcher, came: Came): Promise<void> {
  const { at, keyed } = came;
  if ('without' in keyed) {
    ctx.metrics.count('evidenceRejected');
    return;
  }
  const { team, id, rev } = matcher;
  const own = evidenceOf('by', came, keyed.key, ctx.now());
  await append(ctx, matcher, own);
  const known = await ctx.evidence.between({ team, id }, at - matcher.patience, at + SECOND, keyed.key);
  const hash = ctx.secrets.sha256(keyed.key);
  for (const occurrence of new Set(waitingFor(own, known).map((one) => occurrenceAfter(one.at, hash)))) {
    const deadline = await ctx.deadlines.get({ team, expectation: id, occurrence, rev });
    if (deadline) await wake(ctx, deadline, at);
  }
}

/** What came since something followed before: what came earlier has that. */
function waitingFor(own: Evidence, known: readonly Evidence[]): Evidence[] {
  const earlier = known.filter(
    ({ keyed, event, at }) => keyed?.side === 'by' && event?.pattern === own.event?.pattern && at < own.at,
  );
  const isFollowed = ({ at, keyed }: Evidence) =>
    earlier.some((one) => notAfter(at, one.at) && one.keyed?.fact !== keyed?.fact);
  return known.filter((one) => one.keyed?.side === 'after' && notAfter(one.at, own.at) && !isFollowed(one));
}

function evidenceOf(
  side: 'after' | 'by',
  { at, fact, event, object }: Came,
  key: string,
  recordedAt: Instant,
): Evidence {
  return {
    id: `${side} ${fact}${event ? ` ${event.pattern}` : ''}`,
    at,
    recordedAt,
    source: 'event',
    ...(event ? { event } : {}),
    ...(object ? { object } : {}),
    keyed: { side, key, fact },
  };
}
