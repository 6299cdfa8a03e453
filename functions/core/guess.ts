/** The edit distance (insertions, deletions, substitutions) of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(b).entries()) {
      const substituted = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(substituted, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The candidate that the text was probably meant to be.
 * @returns undefined when none is within two edits, or within one of a text of up to three characters
 */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let nearest = text.length > 3 ? 3 : 2;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= nearest) continue;
    const edits = distance(text, candidate);
    if (edits >= nearest) continue;
    best = candidate;
    nearest = edits;
  }
  return best;
}
