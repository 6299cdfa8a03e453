import { describe, expect, test } from '@jest/globals';
import { compilePattern } from '../../local/services/event-bus/pattern.ts';
import type { JsonObject } from '../../local/services/json.ts';

const event: JsonObject = {
  source: 'aws.s3',
  'detail-type': 'Object Created',
  resources: ['arn:aws:s3:::lake', 'arn:aws:s3:::other'],
  detail: {
    bucket: { name: 'lake' },
    object: { key: 'in/a.csv', size: 0 },
    tags: [],
    note: null,
    many: [{ n: 1 }, { n: 2 }],
  },
};
const matches = (pattern: JsonObject) => compilePattern(pattern)(event);
const keyed = (test: JsonObject | string) => ({ detail: { object: { key: [test] } } });

describe('a pattern matches', () => {
  test.each<[JsonObject, boolean]>([
    [{ source: ['aws.s3'] }, true],
    [{ source: ['aws.glue', 'aws.s3'] }, true],
    [{ source: ['aws.glue'] }, false],
    [{ source: ['aws.s3'], 'detail-type': ['Other'] }, false],
    [{ resources: ['arn:aws:s3:::other'] }, true],
    [{ detail: { bucket: { name: ['lake'] } } }, true],
    [{ detail: { object: { size: [0] } } }, true],
    [{ detail: { object: { size: ['0'] } } }, false],
    [{ detail: { note: [null] } }, true],
    [{ detail: { many: { n: [2] } } }, true],
    [keyed({ prefix: 'in/' }), true],
    [keyed({ prefix: 'out/' }), false],
    [keyed({ suffix: '.csv' }), true],
    [keyed({ suffix: '.gz' }), false],
    [{ detail: { object: { key: [{ exists: true }] } } }, true],
    [{ detail: { object: { key: [{ exists: false }] } } }, false],
    [{ detail: { object: { reason: [{ exists: false }] } } }, true],
    [{ detail: { nothing: { below: [{ exists: false }] } } }, true],
    [{ detail: { nothing: { below: [{ exists: true }] } } }, false],
    [{ detail: { object: [{ exists: true }] } }, false],
    [{ detail: { tags: [{ exists: false }] } }, true],
    [keyed({ 'anything-but': 'in/a.csv' }), false],
    [keyed({ 'anything-but': ['x', 'y'] }), true],
    [{ detail: { object: { reason: [{ 'anything-but': 'x' }] } } }, false],
    [{ detail: { object: { key: [{ prefix: 'x' }, { suffix: 'csv' }] } } }, true],
  ])('%j: %s', (pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });
});

describe('a pattern is refused', () => {
  test.each<[JsonObject]>([
    [{}],
    [{ source: [] }],
    [{ source: 'aws.s3' }],
    [{ source: [{ wildcard: '*' }] }],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }],
    [{ source: [{ prefix: { 'equals-ignore-case': 'a' } }] }],
    [{ source: [{ 'anything-but': { prefix: 'a' } }] }],
    [{ source: [{ exists: 'yes' }] }],
    [{ detail: { size: [{ numeric: ['>', 0] }] } }],
    [{ $or: [{ source: ['a'] }] }],
  ])('%j', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/^pattern/);
  });
});
