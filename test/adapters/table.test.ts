import { describe, expect, test } from '@jest/globals';
import {
  breachAttributes,
  deadlineKey,
  evidenceKey,
  isSignpostKey,
  MalformedKey,
  readDeadlineKey,
  readTodoKey,
  signpostKey,
  sortable,
  TABLE,
  todoAttributes,
} from '../../functions/adapters/table.ts';
import { HOUR, toIso } from '../../functions/core/time.ts';
import { deadlineOf, fileExpectation } from '../core/build.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');
const REF = { team: 'a.b-c_d', expectation: 'e.f-g_h', occurrence: '2026-11-21T06:00', rev: 1 };

describe('the key of a deadline', () => {
  test.each([
    ['2026-11-21T06:00', 'D#2026-11-21T06:00#r1'],
    ['2026-10-25T02:30+01:00', 'D#2026-10-25T02:30+01:00#r1'],
    ['2026-11-21T05:00:00.000Z', 'DI#2026-11-21T05:00:00.000Z#r1'],
    ['2026-11-21T05:00:00.000Z.5f3a9c01', 'DR#5f3a9c01#2026-11-21T05:00:00.000Z#r1'],
    ['2026-11-21T05:00:00.000Z.5f3a9c01b2d4', 'D#2026-11-21T05:00:00.000Z.5f3a9c01b2d4#r1'],
  ])('of %s is %s, and is read back', (occurrence, sk) => {
    const ref = { ...REF, occurrence };
    const key = deadlineKey(ref);
    expect(key).toEqual({ pk: 'E#a.b-c_d/e.f-g_h', sk });
    expect(readDeadlineKey(key)).toEqual(ref);
    expect(readTodoKey(key)).toEqual({ kind: 'deadline', ref });
    expect(isSignpostKey(key)).toBe(false);
  });

  test('is not that of another deadline, whose names run together alike', () => {
    const keys = [
      { ...REF, team: 'a', expectation: 'b-c' },
      { ...REF, team: 'a-b', expectation: 'c' },
      { ...REF, rev: 11 },
      { ...REF, occurrence: '2026-11-21T06:00+01:00' },
      REF,
    ].map((ref) => JSON.stringify(deadlineKey(ref)));
    expect(new Set(keys).size).toBe(5);
  });

  test.each([
    ['E#data/orders', 'D#2026-11-21T06:00'],
    ['E#data/orders', 'D#2026-11-21T06:00#1'],
    ['E#data/orders', 'X#2026-11-21T06:00#r1'],
    ['E#data/orders', 'DI#a#b#2026-11-21T06:00#r1'],
    ['E#data/orders', 'DR#2026-11-21T05:00:00.000Z#r1'],
    ['E#data/orders', 'DR#5f3a9c01#2026-11-21T05:00:00.000Z'],
    ['E#data/orders', 'DRI#2026-11-21T05:00:00.000Z#r1'],
    ['E#data', 'D#2026-11-21T06:00#r1'],
    ['Q#data#', 'STATE'],
    ['Q#data#mail#more', 'STATE'],
    ['TEAMS', 'HEAD'],
  ])('is not %s %s', (pk, sk) => {
    expect(() => readTodoKey({ pk, sk })).toThrow(MalformedKey);
  });
});

describe('a signpost', () => {
  const at = (occurrence: string, dueAt: number) => signpostKey({ ...REF, occurrence, dueAt });

  test('stands for what its key does not find', () => {
    expect(at('2026-11-21T05:00', NOW + 15 * HOUR)).toBeUndefined();
    expect(at('2026-11-21T05:00', NOW - 15 * HOUR)).toBeUndefined();
    expect(at('2026-11-21T05:00', NOW + 15 * HOUR + 1)).toBeDefined();
    expect(at(toIso(NOW), NOW)).toBeUndefined();
    expect(at(toIso(NOW), NOW + 1)).toBeDefined();
  });

  test.each([
    ['DI', toIso(NOW)],
    ['DRI', `${toIso(NOW)}.5f3a9c01`],
  ])('leads to its deadline: %s, %s', (form, occurrence) => {
    const key = at(occurrence, NOW + HOUR)!;
    expect(key.sk).toBe(`${form}#${toIso(NOW + HOUR)}#${occurrence}#r1`);
    expect(isSignpostKey(key)).toBe(true);
    expect(readDeadlineKey(key)).toEqual({ ...REF, occurrence });
  });
});

describe('keys', () => {
  test('are short, whatever the ids', () => {
    const id = '9'.repeat(64);
    const evidence = { id: `object ${'ü'.repeat(512)}`, at: NOW };
    expect(Buffer.byteLength(evidenceKey({ team: id, id }, evidence).sk)).toBeLessThan(60);
    const { todoAt = '' } = todoAttributes(deadlineKey({ ...REF, team: id, expectation: id }), NOW);
    expect(todoAt.length).toBeLessThan(60);
  });

  test('sort instants by time, and take any number for one', () => {
    const instants = [-Infinity, 0, 1, NOW, NOW + 1, 1e15];
    const sorted = instants.map(sortable);
    expect(sorted).toEqual(sorted.toSorted());
    expect(sorted.every((text) => text.length === 24)).toBe(true);
  });

  test('are in no index when there is nothing to do and no breach', () => {
    expect(todoAttributes({ pk: 'a', sk: 'b' }, undefined)).toEqual({});
    const deadline = deadlineOf(fileExpectation());
    expect(breachAttributes(deadlineKey(deadline), deadline)).toEqual({});
  });

  test('have names that DynamoDB does not reserve and expressions need not replace', () => {
    const names = [TABLE, ...Object.values(TABLE.indexes)].flatMap((key) => [key.partitionKey, key.sortKey]);
    expect(new Set(names)).toEqual(
      new Set(['pk', 'sk', 'todoShard', 'todoAt', 'teamKey', 'listKey', 'timeShard', 'openShard']),
    );
  });
});
