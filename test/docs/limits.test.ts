import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const DOCS = `${import.meta.dirname}/../../docs`;
const page = readFileSync(`${DOCS}/limits.md`, 'utf8');

/** A piece of code, and the file that has it: `` `MOST_DAYS = 2000` [calendar.ts](../functions/core/calendar.ts) ``. */
const PLACES = [...page.matchAll(/`([^`]+)` \[[\w.-]+\]\(([\w./-]+)\)/g)].map(
  ([, code = '', path = '']) => [code, path] as const,
);

/** Rows with the limit for people in their second cell and its place in the last. */
const ROWS = page
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => /\]\(.+\)$/.test(cells.at(-2) ?? ''))
  .map((cells) => ({ what: cells[1] ?? '', limit: cells[2] ?? '', place: cells.at(-2) ?? '' }));

describe('docs/limits.md', () => {
  it('has the limits', () => {
    expect(ROWS.length).toBeGreaterThan(50);
    expect(PLACES.length).toBeGreaterThanOrEqual(ROWS.length);
  });

  it.each(PLACES)('%s stands in %s', (code, path) => {
    expect(readFileSync(`${DOCS}/${path}`, 'utf8')).toContain(code);
  });

  it.each(ROWS.filter(({ limit }) => /\d/.test(limit)))(
    '$what: the code has the number of $limit',
    ({ limit, place }) => {
      const [first = ''] = /\d[\d,]*/.exec(limit) ?? [];
      const [, code = ''] = /`([^`]+)`/.exec(place) ?? [];
      expect(code.replaceAll('_', '').match(/\d+/g)).toContain(first.replaceAll(',', ''));
    },
  );
});
