import type { Deadline } from '../../core/deadline.ts';
import { isMultipart, type Evidence } from '../../core/evidence.ts';
import { fits, matcherOf } from '../../core/judge.ts';
import { tellsOneDate } from '../../core/key-pattern.ts';
import { around, isPlenty, plentyOf, type Plenty } from '../../core/plenty.ts';
import { spans } from '../../core/reach.ts';
import type { Instant } from '../../core/time.ts';
import type { Context, Matcher } from '../ports.ts';
import { LONGEST_UPLOAD } from '../deadlines/shared.ts';
import { record } from './record.ts';

/** So much is kept of each deadline beyond what it needs: for people, and for rules that ask for more afterwards. */
const BEYOND = 20;

/** Expectations of which a process remembers that they have enough, and spans of time of each. */
const MOST_KEPT = 10_000;
const MOST_SPANS = 8;

/**
 * What a process knows of expectations that have all the evidence they need: of a million objects in an hour no more are
 * written than make the verdict, and some. What it forgets, or another process does not know, costs writes and nothing
 * else.
 */
export class Enough {
  readonly #plenty = new Map<string, Plenty[]>();
  /** How many are recorded here until they are counted again. */
  readonly #uncounted = new Map<string, number>();
  readonly #left = new Map<string, number>();
  readonly #beyond: number;

  /** @param beyond how much is kept beyond what is needed */
  constructor(beyond = BEYOND) {
    this.#beyond = beyond;
  }

  /** Records the evidence, unless it can change nothing. */
  async record(ctx: Context, matcher: Matcher, evidence: Evidence): Promise<void> {
    const spared = this.#spared(matcher, evidence);
    if (spared && !(await endsWhatIsKnown(ctx, matcher, evidence))) {
      ctx.metrics.count('eventsNotNeeded');
      if (spared.of !== undefined) await this.#leave(ctx, matcher, spared.of);
      return;
    }
    await record(ctx, matcher, evidence, matcher);
    if (isBounded(matcher)) await this.#weigh(ctx, matcher, evidence);
  }

  #spared(matcher: Matcher, evidence: Evidence): { of: string | undefined } | undefined {
    for (const plenty of this.#plenty.get(nameOf(matcher)) ?? []) {
      const spared = isPlenty(plenty, evidence);
      if (spared) return spared;
    }
    return undefined;
  }

  /** Counts what is there around the evidence, when it could be enough. */
  async #weigh(ctx: Context, matcher: Matcher, evidence: Evidence): Promise<void> {
    const name = nameOf(matcher);
    const left = (this.#uncounted.get(name) ?? this.#beyond) - 1;
    if (left > 0) {
      remember(this.#uncounted, name, left);
      return;
    }
    remember(this.#uncounted, name, this.#beyond);
    const known = await deadlinesAround(ctx, matcher, evidence);
    if (!known) return;
    const span = around(known.deadlines, evidence.at, known.since);
    const recorded = await recordedIn(ctx, matcher, span, known.isAlone);
    const { missing, ...plenty } = plentyOf(span, recorded, { ...known, evidence, beyond: this.#beyond });
    // Many that serve nothing are not read again for each of them.
    if (missing > 0) remember(this.#uncounted, name, Math.max(missing, recorded.length));
    remember(this.#plenty, name, [plenty, ...(this.#plenty.get(name) ?? [])].slice(0, MOST_SPANS));
  }

  /** Tells the history about how much was not kept: with each doubling, so that a flood costs a few writes. */
  async #leave(ctx: Context, { team, id }: Matcher, deadline: string): Promise<void> {
    const name = `${team}/${id} ${deadline}`;
    const count = (this.#left.get(name) ?? 0) + 1;
    remember(this.#left, name, count);
    if (Number.isInteger(Math.log2(count)))
      await ctx.evidence.leave({ team, id }, deadline, Math.ceil(count / 2));
  }
}

/** Of signs of life there is never enough: each begins the silence anew. A run with a deadline of its own is needed by it. */
function isBounded({ silent, followUp, job }: Matcher): boolean {
  return !silent && followUp === undefined && job?.finishesWithin === undefined;
}

/** A run whose start is kept without its end would seem to hang: the reason of a later miss says so. */
async function endsWhatIsKnown(ctx: Context, { team, id }: Matcher, { run }: Evidence): Promise<boolean> {
  if (run?.phase !== 'ended') return false;
  const { startedAt } = run;
  if (startedAt === undefined) return true;
  const then = await ctx.evidence.between({ team, id }, startedAt, startedAt);
  return then.some((one) => one.run?.run === run.run && one.run.phase === 'started');
}

interface Known extends Pick<Plenty, 'covers'> {
  deadlines: readonly Deadline[];
  /** What evidence of before this can serve is not known (epoch ms). */
  since: Instant;
  /** Whether what the evidence can serve is known by its key alone. */
  isAlone: boolean;
}

/**
 * All deadlines that the evidence can serve, and those next to them.
 * @returns undefined when others may still be planned that it can serve, too
 */
async function deadlinesAround(
  ctx: Context,
  matcher: Matcher,
  evidence: Evidence,
): Promise<Known | undefined> {
  const { team, id, rev, file, patience } = matcher;
  const { at } = evidence;
  const registration = await ctx.registrations.get({ team, id });
  // What was planned under older rules is cancelled soon, and others take its place.
  if (registration?.rev !== rev || registration.status !== 'active') return undefined;
  const { plannedThrough } = registration;
  for (const span of spans(matcher, at)) {
    const isWidest = span === patience;
    const range = { from: at - (isWidest ? 2 * span : span), to: at + span };
    const deadlines = await ctx.deadlines.between({ team, id }, range);
    // Under the same rules opensAt and lateUntil never decrease from one deadline to the next.
    const past = deadlines.find((one) => !fits({ ...one, opensAt: 0 }, at));
    if (!past && !isWidest) continue;
    const since = isWidest ? at - patience : Math.max(past?.lateUntil ?? at, matcher.since + patience);
    const named =
      file && tellsOneDate(file.key) ? deadlines.filter((one) => one.rev === rev && isNamedBy(one)) : [];
    const own = named.map(matcherOf).find((matches) => matches(evidence));
    if (own) return { deadlines, since, covers: own, isAlone: deadlines.length === named.length };
    const isPlanned = deadlines.some(
      (one) => one.rev === rev && one.opensAt >= at && one.dueAt <= plannedThrough,
    );
    if (isPlanned) return { deadlines, since, isAlone: false };
  }
  return undefined;
}

function isNamedBy({ awaits }: Deadline): boolean {
  return awaits.kind === 'file' && awaits.dated;
}

/** What a look has claimed of an upload in parts lies where the upload was begun. */
async function recordedIn(
  ctx: Context,
  { team, id }: Matcher,
  { from, to }: { from: Instant; to: Instant },
  isAlone: boolean,
): Promise<Evidence[]> {
  const found = await ctx.evidence.between({ team, id }, from, to);
  const isUpload = ({ object }: Evidence) => object !== undefined && isMultipart(object);
  if (!isAlone || !found.some(isUpload)) return found;
  return ctx.evidence.between({ team, id }, from - LONGEST_UPLOAD, to);
}

function nameOf({ team, id, rev }: Matcher): string {
  return `${team}/${id}#${rev}`;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MOST_KEPT && !map.has(key)) map.clear();
  map.set(key, value);
}
