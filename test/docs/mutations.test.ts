import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MUTATIONS } from '../simulation/mutations.ts';

const FUNCTIONS = `${import.meta.dirname}/../../functions`;

describe('the mutations that the simulation must notice', () => {
  it.each(MUTATIONS.map((one) => [one.breaks, one] as const))(
    '"%s" changes one place',
    (_, { file, search, replace }) => {
      const source = readFileSync(`${FUNCTIONS}/${file}`, 'utf8');
      expect(source.split(search)).toHaveLength(2);
      expect(replace).not.toBe(search);
    },
  );

  it('have names of their own', () => {
    expect(new Set(MUTATIONS.map(({ breaks }) => breaks)).size).toBe(MUTATIONS.length);
  });
});
