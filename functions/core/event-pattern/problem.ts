/** What is wrong with one place of a pattern. */
export interface PatternProblem {
  /** Keys and positions from the pattern down to the place; empty when the whole pattern is meant. */
  path: readonly (string | number)[];
  /** The rest of a sentence that begins with the place: what is allowed there. */
  message: string;
  /** What stands there. */
  value: unknown;
}

/** Where a pattern is being read, and the problems that were found so far. */
export interface Place {
  path: PatternProblem['path'];
  problems: PatternProblem[];
}

export function below({ path, problems }: Place, key: string | number): Place {
  return { path: [...path, key], problems };
}

export function addProblem({ path, problems }: Place, message: string, value: unknown): void {
  problems.push({ path, message, value });
}
