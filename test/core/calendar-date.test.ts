import { describe, expect, it } from '@jest/globals';
import {
  dateOf,
  datesOfMonth,
  isBusinessDay,
  lengthOf,
  monthInWords,
  monthOf,
  nextMonth,
  plusBusinessDays,
  plusDays,
  weekdayOf,
  withWeekday,
  type HolidayCalendar,
} from '../../functions/core/calendar-date.ts';

const christmas: HolidayCalendar = (date) => (date === '2026-12-25' ? 'Christmas Day' : undefined);

describe('a month of the local calendar', () => {
  it.each([
    [2026, 1, 31],
    [2026, 2, 28],
    [2028, 2, 29],
    [2000, 2, 29],
    [1900, 2, 28],
    [2026, 11, 30],
    [2026, 12, 31],
  ])('%i-%i has %i days', (year, month, length) => {
    expect(lengthOf({ year, month })).toBe(length);
    expect(datesOfMonth({ year, month })).toHaveLength(length);
  });

  it('is followed by the next, also of the next year', () => {
    expect(nextMonth({ year: 2026, month: 11 })).toEqual({ year: 2026, month: 12 });
    expect(nextMonth({ year: 2026, month: 12 })).toEqual({ year: 2027, month: 1 });
  });

  it('is known from its dates and in words', () => {
    expect(monthOf('2026-02-28')).toEqual({ year: 2026, month: 2 });
    expect(dateOf({ year: 2026, month: 2 }, 3)).toBe('2026-02-03');
    expect(monthInWords({ year: 2026, month: 2 })).toBe('February 2026');
  });
});

describe('a date of the local calendar', () => {
  it.each([
    ['2026-11-23', 1, 'Mon 2026-11-23'],
    ['2026-11-27', 5, 'Fri 2026-11-27'],
    ['2026-11-29', 7, 'Sun 2026-11-29'],
  ])('%s is day %i of its week: %s', (date, weekday, words) => {
    expect(weekdayOf(date)).toBe(weekday);
    expect(withWeekday(date)).toBe(words);
  });

  it.each([
    ['2026-12-31', 1, '2027-01-01'],
    ['2028-03-01', -1, '2028-02-29'],
    ['2026-03-28', 2, '2026-03-30'],
    ['2026-11-21', 0, '2026-11-21'],
  ])('%s and %i days are %s', (date, days, expected) => {
    expect(plusDays(date, days)).toBe(expected);
  });
});

describe('business days', () => {
  it('are Mondays to Fridays that are no holidays', () => {
    expect(isBusinessDay('2026-12-24', christmas)).toBe(true);
    expect(isBusinessDay('2026-12-25', christmas)).toBe(false);
    expect(isBusinessDay('2026-12-26', christmas)).toBe(false);
  });

  it.each([
    ['2026-12-24', 1, '2026-12-28'],
    ['2026-12-28', -1, '2026-12-24'],
    ['2026-12-26', -1, '2026-12-24'],
    ['2026-12-25', 1, '2026-12-28'],
    ['2026-12-21', 5, '2026-12-29'],
    ['2026-12-26', 0, '2026-12-26'],
  ])('%s and %i business days are %s', (date, days, expected) => {
    expect(plusBusinessDays(date, days, christmas)).toBe(expected);
  });

  it('are counted over years', () => {
    expect(plusBusinessDays('2026-01-05', 500, () => undefined)).toBe('2027-12-06');
    expect(plusBusinessDays('2027-12-06', -500, () => undefined)).toBe('2026-01-05');
  });

  it('are searched for a year at most when there are none', () => {
    expect(plusBusinessDays('2026-01-01', 1, () => 'closed')).toBe('2027-01-02');
  });
});
