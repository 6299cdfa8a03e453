import { describe, expect, it } from '@jest/globals';
import { parsePattern } from '../../functions/core/event-pattern.ts';

function problemsOf(pattern: unknown): string[] {
  const parsed = parsePattern(pattern);
  return 'problems' in parsed
    ? parsed.problems.map(({ path, message }) => [path.join('.'), message].join(' '))
    : [];
}

const OPERATORS =
  'exactly, equals-ignore-case, prefix, suffix, anything-but, exists, wildcard, numeric, cidr';
const A_COMPARISON =
  'must be a comparison such as ["=", 5], or a range such as [">", 0, "<=", 5] with the lower limit first';
const A_BLOCK =
  'must be a block such as 10.0.0.0/8 or 2001:db8::/32, with at most 31 bits of IPv4 or 127 of IPv6; write a single address as plain text';
const A_LIST = 'must be a list of at least one value, such as ["aws.s3"], or an object with fields';
const EXCLUDABLE =
  'must be text, a number, a list of texts, a list of numbers or an object with one of prefix, suffix, equals-ignore-case, wildcard';

describe('a pattern that cannot be read', () => {
  it.each([
    ['aws.s3', ' must be an object such as {"source": ["aws.s3"]}'],
    [undefined, ' must be an object such as {"source": ["aws.s3"]}'],
    [[], ' must be an object such as {"source": ["aws.s3"]}'],
    [{}, ' must have at least one field'],
    [{ detail: {} }, 'detail must have at least one field'],
    [{ source: 'aws.s3' }, `source ${A_LIST}`],
    [{ source: [] }, `source ${A_LIST}`],
    [{ a: [[1]] }, 'a.0 must be text, a number, true, false, null or an object with one operator'],
    [{ a: [{}] }, `a.0 must be an object with exactly one of ${OPERATORS}`],
    [{ a: [{ prefx: 'x' }] }, `a.0 must be an object with exactly one of ${OPERATORS}; did you mean prefix?`],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, `a.0 must be an object with exactly one of ${OPERATORS}`],
    [{ a: [{ constructor: 'x' }] }, `a.0 must be an object with exactly one of ${OPERATORS}`],
    [{ a: ['x', { prefix: 5 }] }, 'a.1.prefix must be text or {"equals-ignore-case": text}'],
    [
      { a: [{ prefix: { wildcard: 'x' } }] },
      'a.0.prefix must be an object with exactly one of equals-ignore-case',
    ],
    [{ a: [{ 'equals-ignore-case': null }] }, 'a.0.equals-ignore-case must be text'],
    [{ a: [{ exists: 'yes' }] }, 'a.0.exists must be true or false'],
    [{ a: [{ wildcard: 5 }] }, 'a.0.wildcard must be text, with * for any text'],
    [{ a: [{ wildcard: 'a**' }] }, 'a.0.wildcard must not have two stars in a row: one stands for any text'],
    [
      { a: [{ wildcard: String.raw`a\b` }] },
      String.raw`a.0.wildcard must have a backslash only before a star or a backslash: \* or \\`,
    ],
    [{ a: [{ numeric: 5 }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['=', '5'] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['!=', 5] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['<', 5, '>', 0] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['>', 0, '<', 5, '='] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ numeric: ['<', Infinity] }] }, `a.0.numeric ${A_COMPARISON}`],
    [{ a: [{ cidr: '10.0.0.1/32' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ cidr: '10.0.0/8' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ cidr: '10.0.0.256/8' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ cidr: '1::2::3/64' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ cidr: '1:2:3:4:5:6:7::8/64' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ cidr: '::/128' }] }, `a.0.cidr ${A_BLOCK}`],
    [{ a: [{ 'anything-but': true }] }, `a.0.anything-but ${EXCLUDABLE}`],
    [{ a: [{ 'anything-but': [] }] }, `a.0.anything-but ${EXCLUDABLE}`],
    [{ a: [{ 'anything-but': ['x', 5] }] }, `a.0.anything-but ${EXCLUDABLE}`],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'a.0.anything-but.prefix must have at least one character'],
    [{ a: [{ 'anything-but': { suffix: ['x', 5] } }] }, 'a.0.anything-but.suffix.1 must be text'],
    [
      { a: [{ 'anything-but': { wildcard: [] } }] },
      'a.0.anything-but.wildcard must be text or a list of at least one text',
    ],
    [{ $or: [{ a: [1] }] }, '$or must be a list of at least two objects with fields'],
    [{ $or: [{ a: [1] }, 'x'] }, '$or must be a list of at least two objects with fields'],
    [
      { $or: [{ a: [1] }, { b: { prefix: ['x'] } }] },
      '$or.1.b.prefix cannot be the name of a field inside of $or: it is kept for operators',
    ],
  ])('is told what is allowed there: %j', (pattern, problem) => {
    expect(problemsOf(pattern)).toEqual([problem]);
  });

  it('is told all that is wrong at once, with what stands there', () => {
    const parsed = parsePattern({ source: 'aws.s3', detail: { a: [{ exists: 1 }], b: [{ cidr: 'x' }] } });
    expect('problems' in parsed && parsed.problems.map(({ path, value }) => [path, value])).toEqual([
      [['source'], 'aws.s3'],
      [['detail', 'a', 0, 'exists'], 1],
      [['detail', 'b', 0, 'cidr'], 'x'],
    ]);
  });
});

describe('the size of a pattern', () => {
  const ofLength = (length: number) => ({ a: ['x'.repeat(length - '{"a":[""]}'.length)] });

  it('is at most 4096 characters', () => {
    expect(problemsOf(ofLength(4096))).toEqual([]);
    expect(problemsOf(ofLength(4097))).toEqual([' must be at most 4096 characters of JSON; it has 4097']);
  });

  const nested = (levels: number): unknown =>
    Array.from({ length: levels - 1 }).reduce<unknown>((below) => ({ a: below }), ['x']);

  it('is at most 100 levels', () => {
    expect(problemsOf(nested(100))).toEqual([]);
    expect(problemsOf(nested(101))).toEqual([' must have at most 100 levels within each other']);
    expect(problemsOf(nested(100_000))).toEqual([' must have at most 100 levels within each other']);
  });

  const alternatives = (count: number) => ({
    $or: Array.from({ length: count }, (_, index) => ({ [`f${index}`]: [1] })),
  });

  it('is at most 1000 combinations of alternatives', () => {
    const ten = alternatives(10);
    expect(problemsOf({ ...ten, b: { ...ten, c: ten } })).toEqual([]);
    expect(problemsOf({ ...ten, b: { ...ten, c: alternatives(11) } })).toEqual([
      'b.c.$or must make at most 1000 combinations with all other $or',
    ]);
  });

  it('is refused before alternatives are multiplied out', () => {
    const two = { $or: [{ a: [1] }, { b: [1] }] };
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, two]));
    expect(problemsOf(many).at(-1)).toContain('must make at most 1000 combinations');
  });
});
