import { plusBusinessDays, type HolidayCalendar } from './calendar-date.ts';
import {
  compileGlob,
  escapeGlob,
  isLiteral,
  literalPrefixOf,
  matcherOf,
  matchesGlob,
  MOST_STARS,
  parseGlob,
  type GlobPart,
} from './glob.ts';
import { formatParts, formatProblem, hasMinutesOnly, isFixedWidth } from './key-tokens.ts';
import { fromLocal, inZone, wallClock, type Instant } from './time.ts';

export { compileGlob, matchesGlob };

const LONGEST = 1024;

/** The deadline that a key pattern is resolved for: an Occurrence with its zone. */
export interface KeyMoment {
  /** Local date and time as written, `yyyy-MM-dd HH:mm[:ss]`: what the tokens stand for. */
  local: string;
  /** From here an offset in hours is counted, which is elapsed time; without it from the first instant of `local`. */
  dueAt?: Instant;
  timezone: string;
}

/** A piece of a pattern: glob text as written, or what a pair of braces holds (the offset with its bar). */
type Segment = { glob: string } | { format: string; offset: string };

/** Braces with a format and perhaps an offset; glob text with its escapes; a brace or backslash that stands alone. */
const SEGMENTS = /\{([^{}|]*)(\|[^{}]*)?\}|(?:\\.|[^\\{])+|./gsu;
const OFFSET = /^\|([+-]\d{1,3})(h|d|bd|w|M|y)$/;
const OFFSETS = 'hours, days, business days, weeks, months or years: |-6h |-1d |-1bd |-1w |-1M |-1y';

/**
 * What is wrong with a key pattern, as the end of a sentence that begins with it.
 *
 * All tokens carry the same offset: `{yyyy}/{MM}/{dd|-1d}` would name 2026/12/30 on the first of December, a date that
 * nobody means, so it is refused and not guessed at.
 * @returns undefined when resolveKey and anyDateMatcher can read it
 */
export function keyPatternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'must not be empty';
  if (pattern.length > LONGEST) return `must be at most ${LONGEST} characters`;
  if (pattern.startsWith('s3://')) return 'must be a key without the bucket: leave out s3:// and the bucket';
  const segments = segmentsOf(pattern);
  return (
    firstOf(segments, segmentProblem) ??
    offsetProblem(segments) ??
    (hasMinutesOnly(formatsOf(segments))
      ? 'has minutes (m, mm) but no hours: months are M and MM'
      : undefined) ??
    starsProblem(segments)
  );
}

/** Whether the pattern has date tokens, so that each deadline has keys of its own. */
export function isDated(pattern: string): boolean {
  return formatsOf(segmentsOf(pattern)).length > 0;
}

/**
 * Whether a key that fits tells its date in one way only: nothing before the last token stands for texts of many lengths.
 * Then no key fits two dates.
 */
export function tellsOneDate(pattern: string): boolean {
  const segments = segmentsOf(pattern);
  const last = segments.findLastIndex((segment) => 'format' in segment);
  const isFixed = (segment: Segment) =>
    'glob' in segment ? isLiteral(segment.glob) : isFixedWidth(segment.format);
  return last >= 0 && segments.slice(0, last + 1).every(isFixed);
}

/**
 * The glob of the keys that one deadline expects: date tokens replaced by the deadline's local date, moved by the
 * offset. Days, weeks, months and years move on the local calendar (the 31st becomes the last day of a shorter month),
 * business days skip weekends and holidays, hours are elapsed time. Names of months and days are English.
 * @throws RangeError for a pattern in which keyPatternProblem sees a problem
 */
export function resolveKey(pattern: string, moment: KeyMoment, isHoliday: HolidayCalendar): string {
  return segmentsOf(pattern)
    .map((segment) =>
      'glob' in segment
        ? segment.glob
        : escapeGlob(moved(moment, segment.offset, isHoliday).toFormat(segment.format)),
    )
    .join('');
}

/** What every key that fits begins with, unescaped: all text before the first token or glob character. */
export function literalPrefix(globOrPattern: string): string {
  return literalPrefixOf(partsOf(globOrPattern));
}

/** A test whether a key fits the pattern for any date at all. */
export function anyDateMatcher(pattern: string): (key: string) => boolean {
  return matcherOf(partsOf(pattern));
}

/** For each deadline the same few patterns are read a dozen times. */
const read = new Map<string, readonly Segment[]>();
const MOST_READ = 1000;

function segmentsOf(pattern: string): readonly Segment[] {
  const known = read.get(pattern);
  if (known) return known;
  if (read.size >= MOST_READ) read.clear();
  const segments = [...pattern.matchAll(SEGMENTS)].map(([text, format, offset = '']) =>
    format === undefined ? { glob: text } : { format, offset },
  );
  read.set(pattern, segments);
  return segments;
}

function formatsOf(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => ('format' in segment ? segment.format : []));
}

function partsOf(pattern: string): GlobPart[] {
  return segmentsOf(pattern).flatMap((segment) =>
    'glob' in segment ? parseGlob(segment.glob).parts : formatParts(segment.format),
  );
}

function segmentProblem(segment: Segment): string | undefined {
  if ('format' in segment) {
    if (segment.offset === '' || OFFSET.test(segment.offset)) return formatProblem(segment.format);
    return `has the offset ${segment.offset}, which must be a signed number of ${OFFSETS}`;
  }
  const brace = /[{}]/.exec(segment.glob.replaceAll(/\\./gsu, ''))?.[0];
  if (brace === undefined) return parseGlob(segment.glob).problem;
  return `has a ${brace} on its own: braces hold date tokens, write \\${brace} for the character`;
}

function offsetProblem(segments: readonly Segment[]): string | undefined {
  const dated = segments.filter((segment) => 'format' in segment);
  const offsets = new Set(dated.map(({ offset }) => offset));
  if (offsets.size < 2) return undefined;
  const offset = [...offsets].find((text) => text !== '') ?? '';
  const meant = dated.map(({ format }) => `{${format}${offset}}`).join(' ');
  return `has tokens with different offsets: one deadline has one date, write the same on all, as in ${meant}`;
}

function starsProblem(segments: readonly Segment[]): string | undefined {
  const stars = segments.reduce(
    (sum, segment) => sum + ('glob' in segment ? parseGlob(segment.glob).stars : 0),
    0,
  );
  return stars > MOST_STARS ? `has ${stars} stars, at most ${MOST_STARS} are allowed` : undefined;
}

/** The moment that tokens stand for, as luxon fields. */
function moved({ local, dueAt, timezone }: KeyMoment, offset: string, isHoliday: HolidayCalendar) {
  const iso = local.replace(' ', 'T');
  const written = wallClock(iso);
  if (offset === '') return written;
  const [, amount, unit] = OFFSET.exec(offset) ?? [];
  const count = Number(amount);
  switch (unit) {
    case 'h':
      return inZone(dueAt ?? fromLocal(iso, timezone), timezone).plus({ hours: count });
    case 'd':
      return written.plus({ days: count });
    case 'w':
      return written.plus({ weeks: count });
    case 'M':
      return written.plus({ months: count });
    case 'y':
      return written.plus({ years: count });
    case 'bd':
      return wallClock(`${plusBusinessDays(local.slice(0, 10), count, isHoliday)}T${local.slice(11)}`);
    default:
      throw new RangeError(`not an offset: ${offset}`);
  }
}

function firstOf<T>(items: readonly T[], problem: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = problem(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
