import { describe, expect, it, jest } from '@jest/globals';
import {
  LONGEST_LOOK,
  LookTookTooLong,
  PACE,
  patience,
  turnsAt,
} from '../../../functions/adapters/runs/pace.ts';
import { HOUR, SECOND } from '../../../functions/core/time.ts';

/** A clock that stands still but for pauses. */
function clock() {
  let at = Date.parse('2026-11-21T06:00:00Z');
  const began = at;
  return {
    now: () => at,
    pause: (length: number) => {
      at += length;
      return Promise.resolve();
    },
    passed: () => at - began,
  };
}

describe('requests to one service', () => {
  it.each([
    [1, 0],
    [10, 0],
    [11, 200],
    [12, 400],
    [60, 10_000],
  ])('are %d after %d ms: ten at once, then five a second', async (requests, expected) => {
    const time = clock();
    const turn = turnsAt(PACE, time);
    for (let made = 0; made < requests; made++) await turn();
    expect(time.passed()).toBe(expected);
  });

  it('may be ten at once again after two quiet seconds', async () => {
    const time = clock();
    const turn = turnsAt(PACE, time);
    for (let made = 0; made < 10; made++) await turn();
    await time.pause(2 * SECOND);
    for (let made = 0; made < 10; made++) await turn();
    expect(time.passed()).toBe(2 * SECOND);
  });

  it('that wait at the same time all get their turn, and no two the same one', async () => {
    const turn = turnsAt({ perSecond: 50, burst: 1 });
    const began = performance.now();
    await Promise.all(Array.from({ length: 6 }, turn));
    // Five intervals of 20 ms; timers may fire a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(90);
  });

  it('wait no longer when the clock is put back', async () => {
    const clock = jest.spyOn(Date, 'now');
    try {
      const turn = turnsAt(PACE);
      for (let made = 0; made < 10; made++) await turn();
      clock.mockReturnValue(Date.now() - HOUR);
      const began = performance.now();
      await turn();
      expect(performance.now() - began).toBeLessThan(SECOND);
    } finally {
      clock.mockRestore();
    }
  });
});

describe('a look', () => {
  const bounded = () => patience(50, 100);

  it('ends so early that a task that makes two has time to say so', () => {
    expect(2 * LONGEST_LOOK).toBeLessThanOrEqual(50 * SECOND);
  });

  it('that comes to its end in time is answered', async () => {
    expect(await bounded()(() => Promise.resolve('runs'))).toBe('runs');
  });

  it('that was refused is refused as it was, and the next one is made', async () => {
    const denied = new Error('denied');
    const look = bounded();
    await expect(look(() => Promise.reject(denied))).rejects.toBe(denied);
    expect(await look(() => Promise.resolve('runs'))).toBe('runs');
  });

  it('that does not come to its end is one that failed', async () => {
    await expect(bounded()(() => new Promise(() => undefined))).rejects.toBeInstanceOf(LookTookTooLong);
  });
});
