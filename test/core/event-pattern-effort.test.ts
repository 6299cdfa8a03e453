import { describe, expect, it } from '@jest/globals';
import { parsePattern, type JsonValue } from '../../functions/core/event-pattern.ts';
import { matches } from '../../functions/core/event-pattern/match.ts';
import { fitsWildcard, parseWildcard } from '../../functions/core/event-pattern/text-forms.ts';

function effort(pattern: unknown, event: JsonValue): { matched: boolean; steps: number } {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  let steps = 0;
  return { matched: matches(parsed.pattern, event, () => steps++), steps };
}

const repeated = <T>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => one(index));

describe('the effort of a match', () => {
  it('looks for each piece of a wildcard once, however many stars there are', () => {
    const wildcard = parseWildcard(`${'*a'.repeat(500)}*b`);
    if ('problem' in wildcard) throw new Error(wildcard.problem);
    let searches = 0;
    const found = fitsWildcard(wildcard.pieces, 'a'.repeat(100_000), (text, piece, from) => {
      searches++;
      return text.indexOf(piece, from);
    });
    expect(found).toBe(false);
    expect(searches).toBeLessThanOrEqual(500);
  });

  it('does not multiply the elements of arrays beside each other', () => {
    const list = repeated(2000, () => ({ x: 1 }));
    const apart = repeated(1000, (index) => (index % 2 === 0 ? { x: 1 } : { y: 1 }));
    const pattern = { a: { x: [1] }, b: { x: [1] }, c: { x: [1] }, d: { x: [1], y: [1] } };
    const { matched, steps } = effort(pattern, { a: list, b: list, c: list, d: apart });
    expect(matched).toBe(false);
    expect(steps).toBeLessThan(3 * 7000);
  });

  it('does not multiply the elements of an array with its fields', () => {
    const names = repeated(20, (index) => `f${String(index).padStart(2, '0')}`);
    const element = Object.fromEntries(names.slice(0, -1).map((name) => [name, [1, 1, 1]]));
    const pattern = { a: Object.fromEntries(names.map((name) => [name, [1]])) };
    const { matched, steps } = effort(pattern, { a: [...repeated(300, () => element), { f19: 1 }] });
    expect(matched).toBe(false);
    expect(steps).toBeLessThan(3 * 3 * 19 * 300);
  });

  it('does not look into arrays where one field alone cannot be found', () => {
    const { matched, steps } = effort(
      { a: { x: [1], y: [2] } },
      { a: repeated(500, () => ({ x: 1, y: 1 })) },
    );
    expect(matched).toBe(false);
    expect(steps).toBe(1000);
  });

  it('asks a value once for all combinations of alternatives', () => {
    const many = (name: string) => ({ $or: repeated(10, (index) => ({ [`${name}${index}`]: [1] })) });
    const pattern = { list: [1], a: many('a'), b: many('b'), c: many('c') };
    const { matched, steps } = effort(pattern, { list: repeated(5000, () => 0) });
    expect(matched).toBe(false);
    expect(steps).toBeLessThan(5000 + 4 * 1000);
  });

  it('finds the only fitting element among many', () => {
    const list = repeated(2000, (index) => ({ x: 1, y: index }));
    const { matched, steps } = effort({ a: { x: [1], y: [1999] } }, { a: list });
    expect(matched).toBe(true);
    expect(steps).toBeLessThan(5 * 2000);
  });

  it('matches nothing that nests deeper than 100 levels, and overflows no stack', () => {
    const nested = (levels: number): JsonValue =>
      JSON.parse(`{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)}}`) as JsonValue;
    expect(effort({ a: [1] }, nested(100)).matched).toBe(true);
    expect(effort({ a: [1] }, nested(101)).matched).toBe(false);
    expect(effort({ a: [1] }, nested(100_000)).matched).toBe(false);
    expect(effort({ b: [{ exists: false }] }, nested(100_000)).matched).toBe(true);
  });
});
