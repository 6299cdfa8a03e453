import type { Branch, CompiledPattern } from './pattern.ts';

/** What an event must have to match: undefined where more than a list of texts could do. */
export interface Requirements {
  source: readonly string[] | undefined;
  detailType: readonly string[] | undefined;
}

/**
 * The values of `source` and `detail-type` that the pattern can match, for an index of many patterns.
 * @returns lists of which one must be the text of that field, or an element of it, in an event that matches; sorted,
 * each once
 */
export function requirements({ branches }: CompiledPattern): Requirements {
  return { source: textsOf(branches, 'source'), detailType: textsOf(branches, 'detail-type') };
}

function textsOf(branches: readonly Branch[], name: string): string[] | undefined {
  const texts = new Set<string>();
  for (const branch of branches) {
    const matchers = branch.find((field) => field.name === name)?.matchers ?? [];
    if (matchers.length === 0) return undefined;
    for (const { exact } of matchers) {
      if (exact === undefined) return undefined;
      texts.add(exact);
    }
  }
  return [...texts].sort();
}
