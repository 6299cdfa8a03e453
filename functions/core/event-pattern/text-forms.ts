/** Whether a text has the form; tells nothing else about it. */
export type TextForm = (text: string) => boolean;

/** One character of a pattern that ignores case: the value has its lower or its upper case there. */
type Letter = readonly string[];

/** Each character of the pattern may stand in lower or in upper case; the value is not folded, as in ruler. */
export function ignoringCase(pattern: string): Record<'equals' | 'prefix' | 'suffix', TextForm> {
  const letters: Letter[] = Array.from(pattern, (char) => [char.toLowerCase(), char.toUpperCase()]);
  const reversed = letters.toReversed();
  return {
    equals: (text) => endOf(letters, text) === text.length,
    prefix: (text) => endOf(letters, text) !== undefined,
    suffix: (text) => beginsSuffix(reversed, text),
  };
}

/** How far the letters reach from the start of the text. */
function endOf(letters: readonly Letter[], text: string): number | undefined {
  let at = 0;
  for (const letter of letters) {
    const taken = letter.find((form) => text.startsWith(form, at));
    if (taken === undefined) return undefined;
    at += taken.length;
  }
  return at;
}

function beginsSuffix(reversed: readonly Letter[], text: string): boolean {
  let at = text.length;
  for (const letter of reversed) {
    const taken = letter.find((form) => text.endsWith(form, at));
    if (taken === undefined) return false;
    at -= taken.length;
  }
  return true;
}

/** The literal pieces of a wildcard between its stars; a backslash takes a star or a backslash as it is. */
type Pieces = readonly string[];

/**
 * Reads a wildcard.
 * @returns its pieces, or what is wrong with it as the rest of a sentence that begins with the field
 */
export function parseWildcard(pattern: string): { pieces: Pieces } | { problem: string } {
  const pieces = [''];
  for (const [token] of pattern.matchAll(/\*+|\\[*\\]|[^*]/gsu)) {
    if (token.startsWith('**'))
      return { problem: 'must not have two stars in a row: one stands for any text' };
    if (token === '\\')
      return { problem: String.raw`must have a backslash only before a star or a backslash: \* or \\` };
    if (token === '*') pieces.push('');
    else
      pieces.push(
        `${pieces.pop() ?? ''}${token.length > 1 && token.startsWith('\\') ? token.slice(1) : token}`,
      );
  }
  return { pieces };
}

/** Finds a piece at or behind a place of the text; -1 when there is none. */
export type Find = (text: string, piece: string, from: number) => number;

const indexOf: Find = (text, piece, from) => text.indexOf(piece, from);

/**
 * Whether the pieces come in this order and the first and last one at the ends.
 *
 * Every inner piece is taken where it comes first, which leaves most for those behind it. So no piece is looked for
 * twice, however many stars there are.
 */
export function fitsWildcard(pieces: Pieces, text: string, find: Find = indexOf): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = find(text, piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}
