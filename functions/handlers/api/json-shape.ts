import type { FieldProblem } from '../../app/errors.ts';
import { MOST_PROBLEMS } from '../../core/problems.ts';

/** How deep objects and lists may nest. The deepest body that there is needs 4. */
export const DEEPEST = 20;

/** Texts and the marks around them. In sound JSON nothing else matters to its shape. */
const PIECES = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/** An object or list that is open: the name or index that is being read, and the names that an object had so far. */
interface Open {
  at: string | number;
  names: Set<string> | undefined;
}

/**
 * What is wrong with JSON that can be read and still says less than it seems to: names that stand in an object twice,
 * of which readers take one or the other; and nesting that nobody means.
 * @param text sound JSON
 */
export function shapeProblems(text: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const open: Open[] = [];
  let last = '';
  for (const [piece] of text.matchAll(PIECES)) {
    const inner = open.at(-1);
    if (piece === '{' || piece === '[') {
      open.push({ at: 0, names: piece === '{' ? new Set() : undefined });
      if (open.length > DEEPEST) return [tooDeep(open)];
    } else if (piece === '}' || piece === ']') open.pop();
    else if (piece === ',' && typeof inner?.at === 'number') inner.at++;
    else if (piece === ':' && inner?.names) {
      inner.at = String(JSON.parse(last));
      if (inner.names.has(inner.at)) problems.push(twice(open));
      inner.names.add(inner.at);
    }
    last = piece;
  }
  const distinct = new Map(problems.map((problem) => [problem.field, problem]));
  return [...distinct.values()].slice(0, MOST_PROBLEMS);
}

function twice(open: readonly Open[]): FieldProblem {
  return { field: pathOf(open), message: 'must be there only once' };
}

function tooDeep(open: readonly Open[]): FieldProblem {
  const field = pathOf(open.slice(0, 3));
  return { field, message: `must nest at most ${DEEPEST} objects and lists within each other` };
}

function pathOf(open: readonly Open[]): string {
  return open.map(({ at }) => String(at).slice(0, 100)).join('.');
}
