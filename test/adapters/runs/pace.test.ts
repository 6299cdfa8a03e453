import { describe, expect, it } from '@jest/globals';
import {
  inTime,
  LONGEST_LOOK,
  LookTookTooLong,
  PACE,
  turnsAt,
} from '../../../functions/adapters/runs/pace.ts';
import { SECOND } from '../../../functions/core/time.ts';

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
});

describe('a look', () => {
  it('ends long before the task that makes it has to', () => {
    expect(LONGEST_LOOK).toBeLessThanOrEqual(45 * SECOND);
  });

  it('that comes to its end in time is answered', async () => {
    expect(await inTime(Promise.resolve('runs'), 50)).toBe('runs');
  });

  it('that was refused is refused as it was', async () => {
    const denied = new Error('denied');
    await expect(inTime(Promise.reject(denied), 50)).rejects.toBe(denied);
  });

  it('that does not come to its end is one that failed', async () => {
    await expect(inTime(new Promise(() => undefined), 20)).rejects.toBeInstanceOf(LookTookTooLong);
  });
});
