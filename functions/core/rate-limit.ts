import { SECOND, type Instant, type Milliseconds } from './time.ts';

/** How often something may be done: so often at once, and again at this pace. */
export interface Rate {
  perSecond: number;
  /** At least 1. */
  burst: number;
}

/** The instant at which the whole burst may be used again; undefined or past: now. */
export type Spent = Instant | undefined;

export type Taken =
  | { ok: true; spent: Instant; /** How often at once it may be done now. */ left: number }
  | { ok: false; spent: Instant; /** From when on it may be done once. */ retryAfter: Milliseconds };

/**
 * Does it once more, if the rate allows it: the generic cell rate algorithm, which is a token bucket whose whole state
 * is one instant. A clock that goes back gives nothing and takes nothing.
 */
export function takeOne({ perSecond, burst }: Rate, before: Spent, now: Instant): Taken {
  const interval = SECOND / perSecond;
  const spent = Math.max(before ?? now, now);
  const open = spent - (burst - 1) * interval;
  if (open > now) return { ok: false, spent, retryAfter: Math.ceil(open - now) };
  const after = spent + interval;
  // Rounded: an interval of a third of a millisecond adds up to a little less than it should.
  const left = Math.floor(burst - (after - now) / interval + 1e-6);
  return { ok: true, spent: after, left };
}
