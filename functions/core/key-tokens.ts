import { literalPart, type GlobPart } from './glob.ts';

interface Token {
  digits?: readonly [fewest: number, most: number];
  letters?: readonly [fewest: number, most: number];
}

/** The luxon tokens that make sense in the name of a file, and how wide what they produce is. */
const TOKENS = new Map<string, Token>([
  ['yyyy', { digits: [4, 4] }],
  ['yy', { digits: [2, 2] }],
  ['M', { digits: [1, 2] }],
  ['MM', { digits: [2, 2] }],
  ['MMM', { letters: [3, 3] }],
  ['MMMM', { letters: [3, 9] }],
  ['d', { digits: [1, 2] }],
  ['dd', { digits: [2, 2] }],
  ['H', { digits: [1, 2] }],
  ['HH', { digits: [2, 2] }],
  ['m', { digits: [1, 2] }],
  ['mm', { digits: [2, 2] }],
  ['s', { digits: [1, 2] }],
  ['ss', { digits: [2, 2] }],
  ['o', { digits: [1, 3] }],
  ['ooo', { digits: [3, 3] }],
  ['q', { digits: [1, 1] }],
  ['kkkk', { digits: [4, 4] }],
  ['kk', { digits: [2, 2] }],
  ['W', { digits: [1, 2] }],
  ['WW', { digits: [2, 2] }],
  ['E', { digits: [1, 1] }],
  ['EEE', { letters: [3, 3] }],
  ['EEEE', { letters: [6, 9] }],
  ['c', { digits: [1, 1] }],
  ['ccc', { letters: [3, 3] }],
  ['cccc', { letters: [6, 9] }],
]);

const ALLOWED =
  'yyyy yy (year), M MM MMM MMMM (month), d dd (day), H HH (hour), m mm (minute), s ss (second), ' +
  'o ooo (day of the year), q (quarter), kkkk kk W WW (ISO week year and week), E EEE EEEE c ccc cccc (weekday)';

/** Runs of one letter are tokens; between them only characters that stand for themselves in luxon and in globs. */
const PIECES = /([A-Za-z])\1*|[^A-Za-z]/g;
const BETWEEN = /^[-_., /:=+]$/;

/** What is wrong with the text between braces, its offset excluded; undefined if nothing is. */
export function formatProblem(format: string): string | undefined {
  const strange = piecesOf(format).find((piece) => !TOKENS.has(piece) && !BETWEEN.test(piece));
  if (strange !== undefined) return `has ${strange} in {${format}}${meant(strange)}; allowed are ${ALLOWED}`;
  if (piecesOf(format).some((piece) => TOKENS.has(piece))) return undefined;
  return `has no date token in {${format}}; allowed are ${ALLOWED}`;
}

/** Whether the formats have minutes but no hours, which is how a date with `mm` for the month looks. */
export function hasMinutesOnly(formats: readonly string[]): boolean {
  const letters = new Set(formats.flatMap(piecesOf).map((piece) => piece.charAt(0)));
  return letters.has('m') && !letters.has('H');
}

/** Whether what the format produces is as long for one date as for any other. */
export function isFixedWidth(format: string): boolean {
  return piecesOf(format).every((piece) => {
    const { digits, letters } = TOKENS.get(piece) ?? {};
    const [fewest, most] = digits ?? letters ?? [0, 0];
    return fewest === most;
  });
}

/** What the format produces for some date: each token as a run of digits or letters of its width. */
export function formatParts(format: string): GlobPart[] {
  return piecesOf(format).flatMap((piece) => {
    const { digits, letters } = TOKENS.get(piece) ?? {};
    if (digits) return run(/^[0-9]$/, ...digits);
    if (letters) return run(/^[A-Za-z]$/, ...letters);
    return [literalPart(piece)];
  });
}

function run(char: RegExp, fewest: number, most: number): GlobPart[] {
  const takes = (other: string) => char.test(other);
  return Array.from({ length: most }, (_, index) => ({ takes, times: index < fewest ? 'once' : 'maybe' }));
}

/** Other date formats have capitals where luxon has small letters, or the other way round. */
function meant(token: string): string {
  const other = [token.toLowerCase(), token.toUpperCase()].find((form) => TOKENS.has(form));
  return other === undefined ? '' : ` (did you mean ${other}?)`;
}

function piecesOf(format: string): string[] {
  return format.match(PIECES) ?? [];
}
