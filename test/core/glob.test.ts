import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob, escapeGlob, matchesGlob, parseGlob } from '../../functions/core/glob.ts';

describe('a glob', () => {
  it.each([
    ['orders.csv', 'orders.csv', true],
    ['orders.csv', 'orders.csv.gz', false],
    ['orders.csv', 'old-orders.csv', false],
    ['orders.csv', 'orders_csv', false],
    ['orders.csv', 'Orders.csv', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'orders.csv', true],
    ['*', 'in/orders.csv', false],
    ['orders-*.csv', 'orders-.csv', true],
    ['orders-*.csv', 'orders-1-2.csv', true],
    ['orders-*.csv', 'orders-1/2.csv', false],
    ['in/*/*.csv', 'in/a/b.csv', true],
    ['in/*/*.csv', 'in/a/b/c.csv', false],
    ['in/*', 'in/', true],
    ['**', '', true],
    ['**', 'a/b/c', true],
    ['in/**', 'in/a/b.csv', true],
    ['in/**', 'in', false],
    ['in/**/x.csv', 'in/a/b/x.csv', true],
    ['in/**/x.csv', 'in//x.csv', true],
    ['in/**/x.csv', 'in/x.csv', false],
    ['in/**x.csv', 'in/x.csv', true],
    ['in/***.csv', 'in/a/b.csv', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXcYb', false],
    ['**/a*/b', 'x/y/ab/aX/b', true],
    ['**/a*/b', 'x/aX/Y/b', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', '/', false],
    ['?', '\u{1f4c4}', true],
    ['orders-??.csv', 'orders-01.csv', true],
    ['orders-??.csv', 'orders-1.csv', false],
    ['[abc]', 'b', true],
    ['[abc]', 'd', false],
    ['[a-c]', 'b', true],
    ['[a-c]', '-', false],
    ['[a-c]', 'B', false],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[0-9a-f]', 'e', true],
    ['[!a]', 'b', true],
    ['[!a]', 'a', false],
    ['[!a]', '/', false],
    ['[!a-c]', 'b', false],
    ['[a!]', '!', true],
    ['[*?]', '*', true],
    ['[*?]', 'x', false],
    [String.raw`[\]]`, ']', true],
    [String.raw`[\\]`, '\\', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'x', false],
    [String.raw`\[a]`, '[a]', true],
    [String.raw`a\\b`, String.raw`a\b`, true],
    [String.raw`\a`, 'a', true],
    ['a.b+c(d)^$|', 'a.b+c(d)^$|', true],
    ['{yyyy}', '{yyyy}', true],
    ['line\n*', 'line\nbreak\n', true],
  ])('%j fits %j: %s', (glob, key, fits) => {
    expect(matchesGlob(glob, key)).toBe(fits);
  });

  it.each([
    ['[abc', 'has a [ without ]', '[abc'],
    ['a]', undefined, 'a]'],
    ['[]', 'has [] with nothing in it', undefined],
    ['[!]', 'has [!] with nothing in it', undefined],
    ['[^a]', 'has [^a]: write [!…]', undefined],
    ['[z-a]', 'has [z-a] with a range that runs backwards', undefined],
    ['[a/b]', 'has [a/b], but a set never takes a slash', undefined],
    ['a\\', 'ends in a backslash', 'a\\'],
  ])('%j is reported as a problem (%s), and never throws', (glob, problem, literally) => {
    if (problem === undefined) expect(parseGlob(glob)).not.toHaveProperty('problem');
    else expect(parseGlob(glob).problem).toContain(problem);
    if (literally !== undefined) expect(matchesGlob(glob, literally)).toBe(true);
  });

  it('counts a run of stars as one', () => {
    expect(parseGlob(String.raw`a*b**c***d\*[*]`).stars).toBe(3);
  });

  it('agrees with the regular expression that it stands for', () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '?', '[ab]', '[!a]', String.raw`\*`);
    const glob = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
    const key = fc
      .array(fc.constantFrom('a', 'b', '/', '*'), { maxLength: 7 })
      .map((chars) => chars.join(''));
    fc.assert(
      fc.property(glob, key, (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(naive(pattern).test(text));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a*', 'ab'],
    ['a?', 'ab'],
    ['[ab]', 'a'],
    ['a\\*', 'a*'],
  ])('that is the escaped text %j does not fit %j', (text, other) => {
    expect(matchesGlob(text, other)).toBe(true);
    expect(matchesGlob(escapeGlob(text), other)).toBe(false);
    expect(matchesGlob(escapeGlob(text), text)).toBe(true);
  });

  it('that is escaped text fits this text alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, other) => {
        expect(matchesGlob(escapeGlob(text), text)).toBe(true);
        expect(matchesGlob(escapeGlob(text), other)).toBe(text === other);
      }),
    );
  });

  it('takes any text, and any key, without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (glob, key) => {
        expect(typeof matchesGlob(glob, key)).toBe('boolean');
      }),
    );
  });

  it('is matched soon, however many stars and repetitions there are', () => {
    const fits = compileGlob(`${'*a'.repeat(10)}${'?'.repeat(200)}**${'a'.repeat(300)}b`);
    const started = performance.now();
    expect(fits('a'.repeat(1024))).toBe(false);
    // With backtracking it would take years.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

function naive(glob: string): RegExp {
  const source = glob.replaceAll(/\\\*|\*+|\?|\[ab\]|\[!a\]/g, (piece) => {
    if (piece === '*') return '[^/]*';
    if (piece.startsWith('*')) return '.*';
    if (piece === '[!a]') return '[^a/]';
    return piece === '?' ? '[^/]' : piece;
  });
  return new RegExp(`^${source}$`, 's');
}
