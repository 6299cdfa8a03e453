import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  addDuration,
  duration,
  inWords,
  hasOtherUnit,
  meantDuration,
  parseDuration,
  roughLength,
  subtractDuration,
} from '../../functions/core/duration.ts';
import { DAY, HOUR, MINUTE, SECOND, toIso, toLocal } from '../../functions/core/time.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('a duration', () => {
  it.each([
    ['90s', 0, 90 * SECOND],
    ['10m', 0, 10 * MINUTE],
    ['24h', 0, 24 * HOUR],
    ['1h30m', 0, 90 * MINUTE],
    ['2d', 2, 0],
    ['1d12h5m1s', 1, 12 * HOUR + 5 * MINUTE + SECOND],
    ['0s', 0, 0],
  ])('%s has %i local days and %i ms beside them', (text, days, elapsed) => {
    expect(parseDuration(text)).toEqual({ days, elapsed });
  });

  it.each(['', 'h', '1', '1.5h', '-1h', '1h 30m', '30m1h', '1w', '1H', '10 m', 'PT1H', '1h1h', '99999d'])(
    'is not "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(() => duration(text)).toThrow(RangeError);
    },
  );

  it('counts a day as 24 hours only where lengths are compared', () => {
    expect(roughLength(duration('1d1h'))).toBe(25 * HOUR);
  });
});

describe('an instant moved by a duration', () => {
  const zone = 'Europe/Berlin';
  it.each([
    ['2026-03-28T01:30:00Z', '1d', '2026-03-29T01:30:00Z', 'over a gap: the missing 02:30 is 03:30'],
    ['2026-03-28T01:30:00Z', '24h', '2026-03-29T01:30:00Z', 'by 24 elapsed hours'],
    ['2026-03-28T05:00:00Z', '1d', '2026-03-29T04:00:00Z', 'by a local day of 23 hours'],
    ['2026-03-28T05:00:00Z', '24h', '2026-03-29T05:00:00Z', 'by hours, which ignore the clock change'],
    ['2026-10-24T00:30:00Z', '1d', '2026-10-25T00:30:00Z', 'to the first 02:30 of an overlap'],
    ['2026-10-24T04:00:00Z', '1d', '2026-10-25T05:00:00Z', 'by a local day of 25 hours'],
    ['2026-10-24T04:00:00Z', '1d1h', '2026-10-25T06:00:00Z', 'by the day first and then the hour'],
    ['2026-10-25T01:30:00Z', '0s', '2026-10-25T01:30:00Z', 'by nothing, even from the second 02:30'],
    ['2026-10-25T01:30:00.123Z', '1s', '2026-10-25T01:30:01.123Z', 'to the millisecond'],
  ])('%s + %s = %s, %s', (from, text, to) => {
    expect(toIso(addDuration(Date.parse(from), duration(text), zone))).toBe(toIso(Date.parse(to)));
  });

  it.each([
    ['2026-10-26T01:30:00Z', '1d', '2026-10-25T00:30:00Z', 'to the first 02:30 of an overlap'],
    ['2026-03-30T00:30:00Z', '1d', '2026-03-29T01:30:00Z', 'to a missing 02:30, which is 03:30'],
    ['2026-03-30T04:00:00Z', '24h', '2026-03-29T04:00:00Z', 'by elapsed hours'],
  ])('%s - %s = %s, %s', (from, text, to) => {
    expect(toIso(subtractDuration(Date.parse(from), duration(text), zone))).toBe(toIso(Date.parse(to)));
  });

  it.each(['2026-01-15T12:00:00Z', '2026-07-15T12:00:00Z'])('is the same when asked at %s', (now) => {
    jest.useFakeTimers({ now: Date.parse(now) });
    const moved = subtractDuration(Date.parse('2026-10-26T01:30:00Z'), duration('1d'), zone);
    expect(toIso(moved)).toBe('2026-10-25T00:30:00.000Z');
  });

  it('by days keeps the time of day, unless a gap moves it', () => {
    const instants = fc.integer({ min: Date.UTC(2020, 0) / MINUTE, max: Date.UTC(2030, 0) / MINUTE });
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 400 }), (minutes, days) => {
        const from = minutes * MINUTE;
        const to = addDuration(from, { days, elapsed: 0 }, zone);
        const moved = toLocal(to, zone).slice(-5) !== toLocal(from, zone).slice(-5);
        expect(Math.abs(to - from - days * DAY)).toBeLessThanOrEqual(2 * HOUR);
        expect(moved && !/ 03:\d\d$/.test(toLocal(to, zone))).toBe(false);
      }),
    );
  });
});

describe('the duration that was meant', () => {
  it.each([
    ['10 minutes', '10m'],
    ['1min', '1m'],
    ['90 sec', '90s'],
    ['2 hrs', '2h'],
    ['1 hour', '1h'],
    ['3days', '3d'],
    ['2 weeks', '14d'],
    ['1w', '7d'],
    ['1mo', undefined],
    ['1 month', undefined],
    ['1M', undefined],
    ['500ms', undefined],
    ['2 sheep', undefined],
    ['PT10M', undefined],
    ['1y', undefined],
  ])('by %s is %s', (text, meant) => {
    expect(meantDuration(text)).toBe(meant);
    expect(meant === undefined || parseDuration(meant)).not.toBe(undefined);
  });
});

describe('a unit that durations do not have', () => {
  it.each([
    ['1mo', true],
    ['1 month', true],
    ['2 years', true],
    ['1y', true],
    ['10M', true],
    ['500ms', true],
    ['1h 30min', true],
    ['1d', false],
    ['9999999m', false],
    ['30', false],
    ['soon', false],
    ['PT10M', false],
  ])('is in %s: %s', (text, is) => {
    expect(hasOtherUnit(text)).toBe(is);
  });
});

describe('a length in words', () => {
  it.each([
    [0, 'under 1 s'],
    [999, 'under 1 s'],
    [SECOND, '1 s'],
    [59_999, '59 s'],
    [MINUTE, '1 min'],
    [61 * SECOND, '1 min 1 s'],
    [HOUR - 1, '59 min 59 s'],
    [HOUR, '1 h'],
    [HOUR + 5 * SECOND, '1 h'],
    [80 * MINUTE, '1 h 20 min'],
    [DAY - 1, '23 h 59 min'],
    [DAY, '1 d'],
    [51 * HOUR + MINUTE, '2 d 3 h'],
    [400 * DAY, '400 d'],
  ])('%i ms is %s', (length, words) => {
    expect(inWords(length)).toBe(words);
  });
});
