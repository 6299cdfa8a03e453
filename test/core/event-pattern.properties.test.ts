import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matches, parsePattern, requirements, type JsonValue } from '../../functions/core/event-pattern.ts';

function compile(pattern: unknown) {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.pattern;
}

const isMatch = (pattern: unknown, event: JsonValue) => matches(compile(pattern), event);

const RUNS = { numRuns: 500 };
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '*', '\\', '.'), maxLength: 6 });
const number = fc.constantFrom(-1, 0, 0.5, 1, 2, 1e10);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const name = fc.constantFrom('source', 'detail-type', 'a', 'b');

/** Entries of a field, most of them plain, so that a good part of them matches. */
const entry = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: fc.record({ prefix: text }), weight: 1 },
  { arbitrary: fc.record({ exists: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ 'anything-but': text }), weight: 1 },
);
const fields = fc.dictionary(name, fc.array(entry, { minLength: 1, maxLength: 3 }), {
  minKeys: 1,
  maxKeys: 3,
});
const event = fc.dictionary(name, scalar, { maxKeys: 4 });

describe('for all event patterns', () => {
  it('anything-but takes exactly the values that the plain texts do not', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), scalar, (excluded, a) => {
        expect(isMatch({ a: [{ 'anything-but': excluded }] }, { a })).toBe(!isMatch({ a: excluded }, { a }));
      }),
      RUNS,
    );
  });

  it.each(['prefix', 'suffix', 'equals-ignore-case'])(
    'anything-but %s takes exactly the rest',
    (operator) => {
      const some = fc.array(
        text.filter((one) => one !== ''),
        { minLength: 1, maxLength: 3 },
      );
      fc.assert(
        fc.property(some, scalar, (excluded, a) => {
          const plain = excluded.map((one) => ({ [operator]: one }));
          const but = isMatch({ a: [{ 'anything-but': { [operator]: excluded } }] }, { a });
          expect(but).toBe(!isMatch({ a: plain }, { a }));
        }),
        RUNS,
      );
    },
  );

  it('a wildcard takes what the regular expression of the same meaning takes', () => {
    const piece = fc.constantFrom('a', 'b', 'ab', '.', '*', String.raw`\*`, String.raw`\\`);
    const wildcard = fc
      .array(piece, { maxLength: 6 })
      .filter((pieces) => !pieces.some((one, index) => one === '*' && pieces[index + 1] === '*'));
    const long = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\', '.'), maxLength: 10 });
    fc.assert(
      fc.property(wildcard, long, (pieces, a) => {
        const source = pieces.map((one) => (one === '*' ? '.*' : one.replace('.', String.raw`\.`))).join('');
        expect(isMatch({ a: [{ wildcard: pieces.join('') }] }, { a })).toBe(
          new RegExp(`^(?:${source})$`, 's').test(a),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('a range takes what both of its limits take', () => {
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.constantFrom('>', '>='),
        fc.constantFrom('<', '<='),
        (x, low, high, from, to) => {
          fc.pre(low < high);
          const both =
            isMatch({ a: [{ numeric: [from, low] }] }, { a: x }) &&
            isMatch({ a: [{ numeric: [to, high] }] }, { a: x });
          expect(isMatch({ a: [{ numeric: [from, low, to, high] }] }, { a: x })).toBe(both);
        },
      ),
      RUNS,
    );
  });

  it('$or matches what one of its alternatives matches', () => {
    fc.assert(
      fc.property(
        fields,
        fc.array(fields, { minLength: 2, maxLength: 4 }),
        event,
        (shared, alternatives, some) => {
          const union = alternatives.some((alternative) => isMatch({ ...shared, ...alternative }, some));
          expect(isMatch({ ...shared, $or: alternatives }, some)).toBe(union);
        },
      ),
      RUNS,
    );
  });

  it('a field matches an array exactly when it matches one of its elements', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 3 }),
        fc.array(scalar, { minLength: 1, maxLength: 4 }),
        (field, list) => {
          expect(isMatch({ a: field }, { a: list })).toBe(list.some((a) => isMatch({ a: field }, { a })));
        },
      ),
      RUNS,
    );
  });

  it('fields below an array match exactly when they match one of its elements', () => {
    const positive = fc.dictionary(name, fc.array(scalar, { minLength: 1, maxLength: 3 }), {
      minKeys: 1,
      maxKeys: 3,
    });
    fc.assert(
      fc.property(positive, fc.array(event, { minLength: 1, maxLength: 5 }), (below, list) => {
        expect(isMatch({ d: below }, { d: list })).toBe(list.some((d) => isMatch({ d: below }, { d })));
      }),
      RUNS,
    );
  });

  it('matching never throws and reading neither, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fields, (pattern, anything, good) => {
        expect(parsePattern(pattern)).toBeDefined();
        expect([true, false]).toContain(isMatch(good, anything as JsonValue));
      }),
      RUNS,
    );
  });
});

describe('what an event must have to match', () => {
  it.each([
    [{ source: ['b', 'a', 'b'], 'detail-type': ['t'] }, ['a', 'b'], ['t']],
    [{ source: ['a', { prefix: 'b' }] }, undefined, undefined],
    [{ source: ['a', { exists: false }] }, undefined, undefined],
    [{ source: ['a', null] }, undefined, undefined],
    [{ source: [{ exactly: 'a' }] }, ['a'], undefined],
    [{ source: ['10.0.0.1'] }, undefined, undefined],
    [{ detail: { source: ['a'] } }, undefined, undefined],
    [{ $or: [{ source: ['b'] }, { source: ['a'], 'detail-type': ['t'] }] }, ['a', 'b'], undefined],
    [{ $or: [{ source: ['b'] }, { a: [1] }] }, undefined, undefined],
  ])('of %j', (pattern, source, detailType) => {
    expect(requirements(compile(pattern))).toEqual({ source, detailType });
  });

  it('every event that matches has it', () => {
    let bound = 0;
    const short = fc.constantFrom('s', 't', 'u');
    const mostly = fc.oneof(
      { arbitrary: short, weight: 6 },
      {
        arbitrary: fc.constantFrom(null, { prefix: 's' }, { exists: false }, { 'anything-but': 's' }),
        weight: 1,
      },
    );
    const list = fc.array(mostly, { minLength: 1, maxLength: 2 });
    const plain = fc.dictionary(name, list, { minKeys: 1, maxKeys: 2 });
    const pattern = fc.oneof(plain, fc.record({ $or: fc.array(plain, { minLength: 2, maxLength: 3 }) }));
    const event = fc.dictionary(name, short, { minKeys: 3 });
    fc.assert(
      fc.property(pattern, event, (some, given) => {
        const read = compile(some);
        if (!matches(read, given)) return;
        const { source, detailType } = requirements(read);
        if (source) expect(source).toContain(given['source']);
        if (detailType) expect(detailType).toContain(given['detail-type']);
        if (source ?? detailType) bound++;
      }),
      { numRuns: 3000 },
    );
    expect(bound).toBeGreaterThan(200);
  });
});
