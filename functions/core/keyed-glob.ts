import { escapeGlob, globProblem, MOST_STARS, parseGlob, type GlobPart } from './glob.ts';

/** Stands in a glob for a run of characters but `/`, one at least, that is the key or a part of it. */
export const KEY_MARK = '{*}';

/** A mark, an escaped character, or any other. */
const PIECES = /\{\*\}|\\.|./gsu;

/** A step of a glob, with the number of the part of the key that it belongs to. */
interface Step extends GlobPart {
  part?: number;
}

/** What is wrong with a glob that has marks, as the end of a sentence that begins with it; undefined if nothing is. */
export function keyedGlobProblem(glob: string): string | undefined {
  if (glob.startsWith('s3://')) return 'must be a key without the bucket: leave out s3:// and the bucket';
  const texts = textsOf(glob);
  const problem = texts.map((text) => (text === '' ? undefined : globProblem(text))).find(Boolean);
  if (glob === '' || problem !== undefined) return problem ?? 'must not be empty';
  const brace = /[{}]/.exec(texts.join('').replaceAll(/\\./gsu, ''))?.[0];
  if (brace !== undefined) {
    return `has a ${brace} that is not of ${KEY_MARK}: there are no date tokens here, write * for what varies and ${KEY_MARK} for the key`;
  }
  if (texts.slice(1, -1).includes(''))
    return `has two ${KEY_MARK} side by side: nothing tells where one ends`;
  const stars = texts.reduce((sum, text) => sum + parseGlob(text).stars, texts.length - 1);
  return stars > MOST_STARS ? `has ${stars} stars, and ${MOST_STARS} are the most` : undefined;
}

/** What every name begins with, and what lies between and behind the marks. */
function textsOf(glob: string): string[] {
  let current = '';
  const texts: string[] = [];
  for (const [piece] of glob.matchAll(PIECES)) {
    if (piece === KEY_MARK) texts.push(current);
    current = piece === KEY_MARK ? '' : current + piece;
  }
  return [...texts, current];
}

/** How many marks the glob has. */
export function countMarks(glob: string): number {
  return textsOf(glob).length - 1;
}

/** The glob with `*` instead of its marks. */
export function withoutMarks(glob: string): string {
  return textsOf(glob).join('*');
}

/** The glob with texts instead of its marks; a glob without one is the text itself. */
export function withKeyParts(glob: string, parts: readonly string[]): string {
  const texts = textsOf(glob);
  if (texts.length === 1) return escapeGlob(parts[0] ?? '');
  return texts.map((text, index) => text + escapeGlob(parts[index] ?? '')).join('');
}

/**
 * The parts of the key in a name that fits the glob: what stands first takes as much as it can. Time is at most the
 * length of the glob times the length of the name.
 * @returns undefined when the name does not fit
 */
export function partsOfKey(glob: string, name: string): string[] | undefined {
  const steps = stepsOf(glob);
  let threads = entered(steps, [{ position: 0, parts: [] }]);
  for (const char of name) {
    threads = entered(
      steps,
      threads.flatMap(({ position, parts }) => {
        const step = steps[position];
        if (!step?.takes(char)) return [];
        return [
          { position: step.times === 'many' ? position : position + 1, parts: taken(parts, step, char) },
        ];
      }),
    );
    if (threads.length === 0) return undefined;
  }
  return threads.find(({ position }) => position === steps.length)?.parts;
}

/** A position in the glob, and what the parts have taken on the way to it. */
interface Thread {
  position: number;
  parts: string[];
}

/** With the positions behind that are reached without a character; of those who meet, the first goes on. */
function entered(steps: readonly Step[], threads: readonly Thread[]): Thread[] {
  const reached = new Map<number, Thread>();
  for (const { position, parts } of threads) {
    for (let at = position; !reached.has(at); at++) {
      reached.set(at, { position: at, parts });
      if ((steps[at]?.times ?? 'once') === 'once') break;
    }
  }
  return [...reached.values()];
}

function taken(parts: string[], { part }: Step, char: string): string[] {
  if (part === undefined) return parts;
  const grown = [...parts];
  grown[part] = (parts[part] ?? '') + char;
  return grown;
}

function stepsOf(glob: string): Step[] {
  return textsOf(glob).flatMap((text, index): Step[] => [...markSteps(index - 1), ...parseGlob(text).parts]);
}

/** One character at least, then as many as there are. */
function markSteps(part: number): Step[] {
  if (part < 0) return [];
  return [...parseGlob('?').parts, ...parseGlob('*').parts].map((step) => ({ ...step, part }));
}
