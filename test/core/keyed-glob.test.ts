import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob } from '../../functions/core/glob.ts';
import { keyedGlobProblem, partsOfKey, withKeyParts, withoutMarks } from '../../functions/core/keyed-glob.ts';

describe('the key in the name of an object', () => {
  it.each([
    ['orders/{*}.csv', 'orders/17.csv', ['17']],
    ['orders/{*}.csv', 'orders/.csv', undefined],
    ['orders/{*}.csv', 'orders/a/17.csv', undefined],
    ['orders/{*}.csv', 'orders/17.csv.gz', undefined],
    ['orders/{*}.csv', 'orders/17.csv.csv', ['17.csv']],
    ['{*}/order-{*}.csv', 'acme/order-17.csv', ['acme', '17']],
    ['orders/*/{*}.csv', 'orders/2026-11-21/17.csv', ['17']],
    ['orders/**/{*}.csv', 'orders/2026/11/21/17.csv', ['17']],
    ['orders/*-{*}.csv', 'orders/eu-west-17.csv', ['17']],
    ['orders/{*}-*.csv', 'orders/eu-west-17.csv', ['eu-west']],
    [String.raw`orders/\{*}{*}`, 'orders/{x}17', ['17']],
    ['orders/{*}', 'orders/größe-😀', ['größe-😀']],
    ['orders/17.csv', 'orders/17.csv', []],
  ])('%s takes of %s %j', (glob, name, parts) => {
    expect(partsOfKey(glob, name)).toEqual(parts);
  });

  it('is found again by the glob of the key, whatever it is', () => {
    const part = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[/\p{C}]/u.test(text));
    fc.assert(
      fc.property(part, part, (one, other) => {
        const glob = 'a/{*}/b-{*}.csv';
        const name = `a/${one}/b-${other}.csv`;
        expect(partsOfKey(glob, name)).toEqual([one, other]);
        expect(compileGlob(withKeyParts(glob, [one, other]))(name)).toBe(true);
        expect(compileGlob(withKeyParts(glob, [one, `${other}x`]))(name)).toBe(false);
        expect(compileGlob(withoutMarks(glob))(name)).toBe(true);
      }),
    );
  });

  it('is found soon, however many stars there are', () => {
    const begun = performance.now();
    partsOfKey('*a*a*a*a*a*a*a*a{*}', `${'a'.repeat(1000)}/`);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('a glob with a mark is refused', () => {
  it.each([
    ['', 'must not be empty'],
    ['s3://acme/{*}', 'without the bucket'],
    ['orders/{yyyy}/{*}.csv', 'no date tokens'],
    ['orders/{order}.csv', 'no date tokens'],
    ['orders/{*}{*}.csv', 'side by side'],
    ['orders/[{*}.csv', '[ without ]'],
    ['*/*/*/*/*/*/*/*/*/*/{*}', '11 stars'],
  ])('%s', (glob, problem) => {
    expect(keyedGlobProblem(glob)).toContain(problem);
  });

  it.each(['{*}', 'orders/{*}', '{*}/{*}.csv', 'orders/17.csv', String.raw`a\{b\}{*}`])(
    'but not %s',
    (glob) => {
      expect(keyedGlobProblem(glob)).toBeUndefined();
    },
  );
});
