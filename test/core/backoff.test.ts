import { describe, expect, it } from '@jest/globals';
import { FIRST_RETRY, LONGEST_RETRY, retryDelay, SHORTEST_RETRY } from '../../functions/core/backoff.ts';

const MOST = 1 - Number.EPSILON;

describe('the pause before the next attempt', () => {
  it.each([
    [1, FIRST_RETRY],
    [2, 2 * FIRST_RETRY],
    [3, 4 * FIRST_RETRY],
    [8, 128 * FIRST_RETRY],
    [9, LONGEST_RETRY],
    [5000, LONGEST_RETRY],
  ])('after %i failures lies below a bound that doubles up to the longest', (attempt, bound) => {
    expect(retryDelay(attempt, MOST)).toBe(bound - 1);
    expect(retryDelay(attempt, 0.5)).toBe(bound / 2);
  });

  it('is never no pause at all', () => {
    expect(retryDelay(1, 0)).toBe(SHORTEST_RETRY);
    expect(retryDelay(0, 0)).toBe(SHORTEST_RETRY);
  });
});
