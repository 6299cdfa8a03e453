import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  matches,
  parsePattern,
  type CompiledPattern,
  type JsonValue,
} from '../../functions/core/event-pattern.ts';
import { vectors } from './vectors/read.ts';

const answer = z.union([z.boolean(), z.literal('valid'), z.literal('invalid')]);
const ruler = vectors(
  'event-patterns',
  z.object({
    vectors: z.array(
      z.object({ from: z.string(), pattern: z.unknown(), event: z.json().optional(), ruler: answer }),
    ),
  }),
).vectors;

function compile(pattern: unknown): CompiledPattern {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.pattern;
}

function ours(pattern: unknown, event: JsonValue | undefined): z.infer<typeof answer> {
  const parsed = parsePattern(pattern);
  if ('problems' in parsed) return 'invalid';
  return event === undefined ? 'valid' : matches(parsed.pattern, event);
}

describe('an event pattern', () => {
  it('is answered as AWS event-ruler answers, on the cases of its own tests and on generated ones', () => {
    const differing = ruler.filter((one) => ours(one.pattern, one.event) !== one.ruler);
    expect(differing).toEqual([]);
    expect(ruler.length).toBeGreaterThan(1600);
  });

  it.each([
    ['a text', ['x'], 'x', true],
    ['a text of another case', ['x'], 'X', false],
    ['a number by its value', [300], 3e2, true],
    ['a number, not its text', [300], '300', false],
    ['true, not its text', [true], 'true', false],
    ['null', [null], null, true],
    ['null, not absence', [null], undefined, false],
    ['empty text', [''], '', true],
    ['one of several', ['x', 'y'], 'y', true],
    ['an element of an array', ['x'], ['w', 'x'], true],
    ['an element of an array in an array', ['x'], [['w'], ['x']], true],
    ['no element of an empty array', [{ exists: true }], [], false],
    ['the absence of an object, which is no leaf', [{ exists: false }], { b: 1 }, true],
    ['presence of null', [{ exists: true }], null, true],
    ['an IP address in another spelling', ['::1'], '0:0:0:0:0:0:0:1', true],
    ['an IPv6 address that stands for an IPv4 one', ['10.0.0.1'], '::ffff:a00:1', true],
    ['a prefix', [{ prefix: 'ab' }], 'abc', true],
    ['a prefix of a number', [{ prefix: '1' }], 12, false],
    ['a suffix in any case', [{ suffix: { 'equals-ignore-case': '.PNG' } }], 'x.png', true],
    ['a suffix longer than the text', [{ suffix: { 'equals-ignore-case': 'abc' } }], 'bc', false],
    [
      'a suffix whose upper case is longer',
      [{ suffix: { 'equals-ignore-case': 'straße' } }],
      'X-STRASSE',
      true,
    ],
    ['letters whose upper case is longer', [{ 'equals-ignore-case': 'straße' }], 'STRASSE', true],
    ['the lowest address of a block', [{ cidr: '10.0.0.8/29' }], '10.0.0.8', true],
    ['the highest address of a block', [{ cidr: '10.0.0.8/29' }], '10.0.0.15', true],
    ['the address below a block', [{ cidr: '10.0.0.8/29' }], '10.0.0.7', false],
    ['the address above a block', [{ cidr: '10.0.0.8/29' }], '10.0.0.16', false],
    ['the last address of an IPv6 block', [{ cidr: '2001:db8::/33' }], '2001:db8:7fff:ffff::1', true],
    ['the address above an IPv6 block', [{ cidr: '2001:db8::/33' }], '2001:db8:8000::', false],
    ['an IPv4 address in an IPv6 block', [{ cidr: '::/0' }], '10.0.0.1', false],
    ['an open lower limit', [{ numeric: ['>', 0, '<=', 5] }], 0, false],
    ['a closed upper limit', [{ numeric: ['>', 0, '<=', 5] }], 5, true],
    ['a number above the upper limit', [{ numeric: ['>', 0, '<=', 5] }], 5.000001, false],
    ['a number as text in a range', [{ numeric: ['>', 0] }], '1', false],
    ['anything but a text, of another type', [{ 'anything-but': 'x' }], 5, true],
    ['anything but a text, absent', [{ 'anything-but': 'x' }], undefined, false],
    ['anything but a text, beside it in an array', [{ 'anything-but': 'x' }], ['x', 'y'], true],
    ['anything but one of several prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], 'bc', false],
    ['a star for nothing', [{ wildcard: 'a*b' }], 'ab', true],
    ['ends of a wildcard that would overlap', [{ wildcard: 'aba*aba' }], 'aba', false],
    ['pieces of a wildcard that would overlap', [{ wildcard: '*aba*ab*' }], 'abab', false],
    ['a star as it is', [{ wildcard: String.raw`a\*b` }], 'a*b', true],
    ['no other text for a star as it is', [{ wildcard: String.raw`a\*b` }], 'axb', false],
  ])('takes or leaves %s', (_what, field, value, expected) => {
    const event: JsonValue = value === undefined ? {} : { a: value };
    expect(matches(compile({ a: field }), event)).toBe(expected);
  });

  it.each<[string, unknown, JsonValue, boolean]>([
    [
      'fields of one element together',
      { p: { first: ['Anna'], last: ['Jones'] } },
      {
        p: [
          { first: 'Anna', last: 'Smith' },
          { first: 'Peter', last: 'Jones' },
        ],
      },
      false,
    ],
    [
      'the second element, when the first has only one of the fields',
      { p: { first: ['Anna'], last: ['Jones'] } },
      { p: [{ first: 'Anna' }, { first: 'Anna', last: 'Jones' }] },
      true,
    ],
    [
      'elements of two arrays, each its own',
      { p: { x: [1] }, q: { x: [2] } },
      { p: [{ x: 0 }, { x: 1 }], q: [{ x: 2 }] },
      true,
    ],
    [
      'fields in different elements of the outer array',
      { p: { q: { x: [1], y: [2] } } },
      { p: [{ q: [{ x: 1 }, { y: 3 }] }, { q: [{ y: 2 }] }] },
      false,
    ],
    [
      'absence in the element that was found',
      { p: { x: [1], y: [{ exists: false }] } },
      { p: [{ x: 1 }, { y: 1 }] },
      true,
    ],
    [
      'absence before any element was found',
      { p: { a: [{ exists: false }], x: [1] } },
      { p: [{ x: 1 }, { a: 1 }] },
      false,
    ],
    ['a dot in a key as a step', { a: { 'b.c': [1] } }, { 'a.b': { c: 1 } }, true],
    ['keys of objects as nothing special', { ['__proto__']: { constructor: ['x'] } }, {}, false],
    ['a key of that name', JSON.parse('{"__proto__":{"x":[1]}}'), JSON.parse('{"__proto__":{"x":1}}'), true],
    ['inherited names never', { toString: [{ exists: false }] }, {}, true],
    ['one alternative', { s: [1], $or: [{ a: [1] }, { b: [1] }] }, { s: 1, b: 1 }, true],
    ['no alternative', { s: [1], $or: [{ a: [1] }, { b: [1] }] }, { s: 1 }, false],
    ['alternatives without the rest', { s: [1], $or: [{ a: [1] }, { b: [1] }] }, { b: 1 }, false],
    [
      'alternatives in alternatives',
      { $or: [{ a: [1] }, { b: [1], $or: [{ c: [1] }, { d: [1] }] }] },
      { b: 1, d: 1 },
      true,
    ],
    ['$or as a field where it holds values', { $or: ['x', { prefix: 'y' }] }, { $or: 'yes' }, true],
    [
      '$or as a field where its objects are operators',
      { $or: [{ prefix: 'a' }, { suffix: 'b' }] },
      { $or: 'xb' },
      true,
    ],
    [
      'an element that lacks one field and has the others',
      { p: { x: [1], y: [{ exists: false }], z: [2] } },
      { p: [{ x: 1 }, { z: 2 }] },
      false,
    ],
    [
      'a value of an array and an object beside it',
      { a: [1], $or: [{ a: { x: [3] } }, { q: [1] }] },
      { a: [1, { x: 3 }] },
      true,
    ],
    [
      'lists in different elements, also with another field between them by name',
      { d: { a: [1], 'a-b': [2], $or: [{ a: { x: [3] } }, { q: [1] }] } },
      { d: [{ a: [[1], { x: 3 }], 'a-b': 2 }] },
      false,
    ],
    [
      'a field named like an operator outside of $or',
      { numeric: [1], $or: [{ a: [1] }, { b: [1] }] },
      { numeric: 1, b: 1 },
      true,
    ],
    ['an array as event', { a: [{ exists: false }] }, [], false],
    ['text as event', { a: [{ exists: false }] }, 'a', false],
  ])('looks for %s', (_what, pattern, event, expected) => {
    expect(matches(compile(pattern), event)).toBe(expected);
  });

  // Here ruler 2.0.1 answers the other way round, against its own README.
  it.each<[string, unknown, JsonValue, boolean]>([
    ['an alternative with one more value', { $or: [{ a: [-1] }, { a: [-1, 5] }] }, { a: 5 }, true],
    [
      'an alternative that allows absence, too',
      { $or: [{ a: ['x'] }, { a: ['x', { exists: false }] }] },
      {},
      true,
    ],
    ['a number in a wide block', { a: [{ cidr: '0.0.0.0/0' }] }, { a: 2 }, false],
    [
      'an IPv6 address in a wide block of IPv4',
      { a: [{ cidr: '0.0.0.0/0' }] },
      { a: '0:0:0:0:0:0:0:1' },
      false,
    ],
    [
      'what is not excluded beside a wildcard',
      { a: [{ wildcard: '*y' }, { 'anything-but': { 'equals-ignore-case': 'É' } }] },
      { a: 'X' },
      true,
    ],
    [
      'what is excluded beside another operator',
      { a: [{ 'anything-but': { wildcard: '*1' } }, { 'equals-ignore-case': 'X' }] },
      { a: '1' },
      false,
    ],
    ['a prefix without the quotes around the text', { a: [{ prefix: 'x"' }] }, { a: 'x' }, false],
  ])('follows what is documented where ruler strays: %s', (_what, pattern, event, expected) => {
    expect(matches(compile(pattern), event)).toBe(expected);
  });
});
