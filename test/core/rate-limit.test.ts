import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { takeOne, type Rate, type Spent } from '../../functions/core/rate-limit.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');

/** Tries at these milliseconds after NOW. @returns for each: what is left, or how long to wait */
function tries(rate: Rate, times: readonly number[]): string[] {
  let spent: Spent;
  return times.map((time) => {
    const taken = takeOne(rate, spent, NOW + time);
    spent = taken.spent;
    return taken.ok ? `${taken.left} left` : `wait ${taken.retryAfter}`;
  });
}

describe('once a second, three at once', () => {
  const rate = { perSecond: 1, burst: 3 };

  it.each([
    ['the burst is used at once', [0, 0, 0], ['2 left', '1 left', '0 left']],
    ['after the burst the next is a second away', [0, 0, 0, 0], ['2 left', '1 left', '0 left', 'wait 1000']],
    ['an instant before the second is over', [0, 0, 0, 999], ['2 left', '1 left', '0 left', 'wait 1']],
    ['at the second', [0, 0, 0, 1000], ['2 left', '1 left', '0 left', '0 left']],
    ['an instant after it', [0, 0, 0, 1001, 1001], ['2 left', '1 left', '0 left', '0 left', 'wait 999']],
    [
      'a refusal costs nothing',
      [0, 0, 0, 500, 500, 1000],
      ['2 left', '1 left', '0 left', 'wait 500', 'wait 500', '0 left'],
    ],
    [
      'the burst is back when it was not used for as long',
      [0, 0, 0, 3000],
      ['2 left', '1 left', '0 left', '2 left'],
    ],
    [
      'and no more than the burst',
      [0, 90_000, 90_000, 90_000, 90_000],
      ['2 left', '2 left', '1 left', '0 left', 'wait 1000'],
    ],
    [
      'a clock that goes back gives nothing',
      [5000, 5000, 5000, 4000],
      ['2 left', '1 left', '0 left', 'wait 2000'],
    ],
  ])('%s', (_name, times, expected) => {
    expect(tries(rate, times)).toEqual(expected);
  });
});

it.each([
  [{ perSecond: 3, burst: 1 }, [0, 333, 334], ['0 left', 'wait 1', '0 left']],
  [{ perSecond: 0.5, burst: 1 }, [0, 1999, 2000], ['0 left', 'wait 1', '0 left']],
  [{ perSecond: 3000, burst: 2 }, [0, 0, 0, 1], ['1 left', '0 left', 'wait 1', '1 left']],
])('%j', (rate, times, expected) => {
  expect(tries(rate, times)).toEqual(expected);
});

it('never gives more than the burst and the pace together, and what it promises after a wait', () => {
  const rates = fc.record({
    perSecond: fc.integer({ min: 1, max: 500 }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(rates, gaps, (rate, pauses) => {
      let [now, spent, given]: [number, Spent, number] = [NOW, undefined, 0];
      for (const pause of pauses) {
        now += pause;
        const taken = takeOne(rate, spent, now);
        spent = taken.spent;
        if (taken.ok) given++;
        else expect(takeOne(rate, spent, now + taken.retryAfter).ok).toBe(true);
      }
      expect(given).toBeLessThanOrEqual(rate.burst + ((now - NOW) * rate.perSecond) / 1000 + 1e-6);
    }),
  );
});
