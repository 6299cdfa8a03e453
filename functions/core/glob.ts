/**
 * Globs over object keys. `*` is any run without `/`, `**` any run, `?` one character but `/`, `[a-z]` and `[!a]` one
 * character (never `/`) of a set or outside it; a backslash takes the next character as it is. Everything else stands
 * for itself. Matching simulates a nondeterministic automaton: time is at most (length of the glob) x (length of the
 * key), whatever the stars.
 */

/** One step of a compiled glob: which characters it takes, and how many of them. */
export interface GlobPart {
  takes: (char: string) => boolean;
  /** `many` takes any number, `maybe` one or none. */
  times: 'once' | 'maybe' | 'many';
  /** The character, where there is only one that fits. */
  literal?: string;
}

export const MOST_STARS = 10;

const notSlash = (char: string) => char !== '/';
const anything = () => true;

const ONE: GlobPart = { takes: notSlash, times: 'once' };
const RUN: GlobPart = { takes: notSlash, times: 'many' };
const DEEP_RUN: GlobPart = { takes: anything, times: 'many' };

/** A step that takes this one character. */
export function literalPart(char: string): GlobPart {
  return { takes: (other) => other === char, times: 'once', literal: char };
}

/** Compiles a glob once for many keys. Text that is no well-formed glob stands for itself: it never throws. */
export function compileGlob(glob: string): (key: string) => boolean {
  if (!SPECIAL.test(glob)) return (key) => key === glob;
  return matcherOf(parseGlob(glob).parts);
}

/** Without one of these a glob stands for itself, as most names do once their dates are filled in. */
const SPECIAL = /[*?[\\]/u;

/** Whether the whole key fits the glob; for many keys compileGlob is cheaper. */
export function matchesGlob(glob: string, key: string): boolean {
  return compileGlob(glob)(key);
}

/** The text as a glob that matches nothing else. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\{}]/g, String.raw`\$&`);
}

/** Whether the glob stands for one text alone. */
export function isLiteral(glob: string): boolean {
  return parseGlob(glob).parts.every(({ literal }) => literal !== undefined);
}

/** A glob, read. */
export interface ParsedGlob {
  parts: GlobPart[];
  /** How many `*` and `**` there are. */
  stars: number;
  /** What is wrong with the glob, as the end of a sentence that begins with it. */
  problem?: string;
}

/** What is wrong with a glob, as the end of a sentence that begins with it; undefined when it can be used. */
export function globProblem(glob: string): string | undefined {
  if (glob === '') return 'must not be empty';
  const { stars, problem } = parseGlob(glob);
  return problem ?? (stars > MOST_STARS ? `has ${stars} stars, and ${MOST_STARS} are the most` : undefined);
}

/** Reads a glob; a problem is reported beside the reading that takes the ill-formed part literally. */
export function parseGlob(glob: string): ParsedGlob {
  const parts: GlobPart[] = [];
  let stars = 0;
  let problem: string | undefined;
  const scanner = /\*+|\[[^\]\\]*(?:\\.[^\]\\]*)*\]|\\.|./gsu;
  for (const [piece] of glob.matchAll(scanner)) {
    parts.push(partOf(piece));
    problem ??= pieceProblem(piece);
    if (piece.startsWith('*')) stars++;
  }
  return problem === undefined ? { parts, stars } : { parts, stars, problem };
}

function partOf(piece: string): GlobPart {
  if (piece.startsWith('*')) return piece === '*' ? RUN : DEEP_RUN;
  if (piece === '?') return ONE;
  if (piece.length > 1 && piece.startsWith('[')) return setPart(piece);
  return literalPart(unescaped(piece));
}

function pieceProblem(piece: string): string | undefined {
  if (piece === '[') return String.raw`has a [ without ]: write \[ for the character`;
  if (piece === '\\') return 'ends in a backslash with nothing behind it';
  return piece.startsWith('[') ? setProblem(piece) : undefined;
}

/** A set in brackets: characters and ranges, `!` in front for all others; never a slash. */
function setPart(piece: string): GlobPart {
  const { outside, ranges } = parseSet(piece);
  const within = (char: string) => ranges.some(({ first, last }) => first <= char && char <= last);
  return { takes: (char) => notSlash(char) && within(char) !== outside, times: 'once' };
}

function parseSet(piece: string) {
  const outside = piece.startsWith('[!');
  const content = piece.slice(outside ? 2 : 1, -1);
  const ranges = [...content.matchAll(/(\\?.)(?:-(\\?.))?/gsu)].map(([, first = '', last = first]) => ({
    first: unescaped(first),
    last: unescaped(last),
  }));
  return { outside, content, ranges };
}

function setProblem(piece: string): string | undefined {
  const { content, ranges } = parseSet(piece);
  if (content === '') return String.raw`has ${piece} with nothing in it: write \[ for the character [`;
  if (content.startsWith('^')) return `has ${piece}: write [!…] for all other characters`;
  if (ranges.some(({ first, last }) => first > last)) return `has ${piece} with a range that runs backwards`;
  return content.includes('/') ? `has ${piece}, but a set never takes a slash` : undefined;
}

/** The character that a backslash takes as it is, or the character itself. */
function unescaped(char: string): string {
  return char.length > 1 && char.startsWith('\\') ? char.slice(1) : char;
}

/** Compiles the parts to a test of whole keys. */
export function matcherOf(parts: readonly GlobPart[]): (key: string) => boolean {
  const prefix = literalPrefixOf(parts);
  const rest = parts.slice(literalsOf(parts));
  return (key) => key.startsWith(prefix) && simulate(rest, key.slice(prefix.length));
}

/** What every match begins with. */
export function literalPrefixOf(parts: readonly GlobPart[]): string {
  return parts
    .slice(0, literalsOf(parts))
    .map(({ literal }) => literal)
    .join('');
}

/** With how many literals the parts begin. */
function literalsOf(parts: readonly GlobPart[]): number {
  const end = parts.findIndex(({ literal }) => literal === undefined);
  return end < 0 ? parts.length : end;
}

/** Holds every position that the parts can be in; each character of the key moves all of them at once. */
function simulate(parts: readonly GlobPart[], key: string): boolean {
  let positions = new Set<number>();
  enter(0, parts, positions);
  for (const char of key) {
    const next = new Set<number>();
    for (const position of positions) {
      const part = parts[position];
      if (!part?.takes(char)) continue;
      enter(part.times === 'many' ? position : position + 1, parts, next);
    }
    if (next.size === 0) return false;
    positions = next;
  }
  return positions.has(parts.length);
}

/** Adds the position, and those behind it that are reached without taking a character. */
function enter(position: number, parts: readonly GlobPart[], positions: Set<number>): void {
  for (let at = position; !positions.has(at); at++) {
    positions.add(at);
    if ((parts[at]?.times ?? 'once') === 'once') return;
  }
}
