import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  datesOfMonth,
  lengthOf,
  weekdayOf,
  type HolidayCalendar,
} from '../../functions/core/calendar-date.ts';
import { datesOf, datesSkipped } from '../../functions/core/day-rule.ts';
import { daysProblem, parseDays } from '../../functions/core/days.ts';

const NONE: HolidayCalendar = () => undefined;

/** Holidays of Berlin and one invented on the last day of August. */
const HOLIDAYS = new Map([
  ['2026-01-01', "New Year's Day"],
  ['2026-04-03', 'Good Friday'],
  ['2026-04-06', 'Easter Monday'],
  ['2026-05-01', 'Labour Day'],
  ['2026-08-31', 'Company Day'],
  ['2026-10-03', 'German Unity Day'],
  ['2026-12-25', 'Christmas Day'],
  ['2026-12-26', 'Boxing Day'],
]);
const berlin: HolidayCalendar = (date) => HOLIDAYS.get(date);

function dates(text: string, month: string, isHoliday = NONE): string[] {
  return found(text, month, isHoliday).map(({ date }) => date);
}

function found(text: string, month: string, isHoliday = NONE) {
  const [year, number] = month.split('-').map(Number);
  return datesOf(parseDays(text), { year: year!, month: number! }, isHoliday);
}

const days = (text: string, month: string, isHoliday = NONE) =>
  dates(text, month, isHoliday)
    .map((date) => Number(date.slice(8)))
    .join(' ');

describe('days of the week', () => {
  it.each([
    ['daily', '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28'],
    ['mon', '2 9 16 23'],
    ['mon,wed,fri', '2 4 6 9 11 13 16 18 20 23 25 27'],
    ['fri,wed,mon', '2 4 6 9 11 13 16 18 20 23 25 27'],
    ['mon-wed,sat', '2 3 4 7 9 10 11 14 16 17 18 21 23 24 25 28'],
    ['sat-sun', '1 7 8 14 15 21 22 28'],
    ['fri-mon', '1 2 6 7 8 9 13 14 15 16 20 21 22 23 27 28'],
    ['sun-mon', '1 2 8 9 15 16 22 23'],
    ['tue-tue', '3 10 17 24'],
    ['mon,mon-tue', '2 3 9 10 16 17 23 24'],
  ])('%s in February 2026 are %s', (text, expected) => {
    expect(days(text, '2026-02')).toBe(expected);
  });

  it('that are holidays are excused, not left out', () => {
    const may = found('mon-fri', '2026-05', berlin);
    expect(may[0]).toEqual({ date: '2026-05-01', excused: 'Labour Day' });
    expect(may[1]).toEqual({ date: '2026-05-04' });
    expect(may).toHaveLength(21);
  });
});

describe('business days', () => {
  it('are Mondays to Fridays without holidays', () => {
    expect(days('business-days', '2026-04', berlin)).toBe(
      '1 2 7 8 9 10 13 14 15 16 17 20 21 22 23 24 27 28 29 30',
    );
  });

  it('say which weekdays they skip, and why', () => {
    const skipped = datesSkipped(parseDays('business-days'), { year: 2026, month: 12 }, berlin);
    expect(skipped).toEqual([{ date: '2026-12-25', reason: 'Christmas Day' }]);
  });

  it('are excused where another member of the list takes a holiday', () => {
    const rule = parseDays('business-days,day-25');
    const onChristmas = datesOf(rule, { year: 2026, month: 12 }, berlin).find(({ date }) =>
      date.endsWith('25'),
    );
    expect(onChristmas?.excused).toBe('Christmas Day');
  });

  it('are the only days that skip', () => {
    expect(datesSkipped(parseDays('mon-fri,last-business-day'), { year: 2026, month: 12 }, berlin)).toEqual(
      [],
    );
  });
});

describe('a business day of the month', () => {
  it.each([
    ['1st-business-day', '2026-01', '2026-01-02', "moved from Thu 2026-01-01: New Year's Day"],
    ['1st-business-day', '2026-02', '2026-02-02', undefined],
    ['3rd-business-day', '2026-01', '2026-01-06', "moved from Mon 2026-01-05: New Year's Day"],
    ['4th-business-day', '2026-04', '2026-04-08', 'moved from Mon 2026-04-06: Good Friday, Easter Monday'],
    ['2nd-business-day', '2026-04', '2026-04-02', undefined],
    ['last-business-day', '2026-08', '2026-08-28', 'moved from Mon 2026-08-31: Company Day'],
    ['2nd-last-business-day', '2026-08', '2026-08-27', 'moved from Fri 2026-08-28: Company Day'],
    ['last-business-day', '2026-12', '2026-12-31', undefined],
    ['last-business-day', '2026-10', '2026-10-30', undefined],
    ['22nd-business-day', '2026-12', '2026-12-31', 'moved from Wed 2026-12-30: Christmas Day'],
    ['21st-business-day', '2026-02', '2026-02-27', 'February 2026 has 20 business days'],
    ['23rd-business-day', '2026-12', '2026-12-31', 'December 2026 has 22 business days'],
    ['23rd-last-business-day', '2026-02', '2026-02-02', 'February 2026 has 20 business days'],
  ])('%s of %s is %s (%s)', (text, month, date, note) => {
    expect(found(text, month, berlin)).toEqual([note === undefined ? { date } : { date, note }]);
  });

  it('does not exist in a month of holidays', () => {
    expect(dates('last-business-day,1st-business-day', '2026-12', () => 'closed')).toEqual([]);
  });
});

describe('a day of the month', () => {
  it.each([
    ['day-1', '2026-02', '1'],
    ['day-15', '2026-02', '15'],
    ['day-1,day-15', '2026-02', '1 15'],
    ['day-15,day-1', '2026-02', '1 15'],
    ['last-day', '2026-02', '28'],
    ['last-day', '2028-02', '29'],
    ['last-day', '2026-12', '31'],
    ['1st-mon', '2026-02', '2'],
    ['4th-mon', '2026-02', '23'],
    ['last-fri', '2026-02', '27'],
    ['last-fri', '2026-01', '30'],
    ['2nd-last-fri', '2026-01', '23'],
    ['1st-sun', '2026-02', '1'],
  ])('%s of %s is %s', (text, month, expected) => {
    expect(days(text, month)).toBe(expected);
  });

  it.each([
    ['day-31', '2026-11', '2026-11-30', 'November 2026 has 30 days'],
    ['day-31', '2026-12', '2026-12-31', undefined],
    ['day-29', '2026-02', '2026-02-28', 'February 2026 has 28 days'],
    ['day-29', '2028-02', '2028-02-29', undefined],
    ['day-30', '2028-02', '2028-02-29', 'February 2028 has 29 days'],
  ])('%s of %s is never skipped: %s (%s)', (text, month, date, note) => {
    expect(found(text, month)).toEqual([note === undefined ? { date } : { date, note }]);
  });

  it('that two members of the list name is one', () => {
    expect(found('day-29,day-30,day-31', '2026-02')).toEqual([
      { date: '2026-02-28', note: 'February 2026 has 28 days' },
    ]);
  });

  it.each(['day-30,day-31', 'day-31,day-30', 'last-day,day-31', 'day-31,last-day'])(
    'that one member of %s names needs no explanation by the other',
    (text) => {
      expect(found(text, '2026-11')).toEqual([{ date: '2026-11-30' }]);
    },
  );

  it('that is a holiday is excused', () => {
    expect(found('day-25', '2026-12', berlin)).toEqual([{ date: '2026-12-25', excused: 'Christmas Day' }]);
  });
});

describe('the rule for days', () => {
  it.each([
    ['mon-fry', 'mon-fri'],
    ['Mon-Fri', 'mon-fri'],
    ['monday', 'mon'],
    ['mon, wed', 'mon,wed'],
    ['monday-friday', 'mon-fri'],
    ['weekdays', 'mon-fri'],
    ['workdays', 'business-days'],
    ['business-day', 'business-days'],
    ['last-busines-day', 'last-business-day'],
    ['last business day', 'last-business-day'],
    ['first-business-day', '1st-business-day'],
    ['2st-business-day', '2nd-business-day'],
    ['5th-fri', 'last-fri'],
    ['last-friday', 'last-fri'],
    ['day15', 'day-15'],
    ['15', 'day-15'],
    ['1st', 'day-1'],
    ['day-32', 'day-31'],
    ['every day', 'daily'],
    ['dayly', 'daily'],
    ['weekend', 'sat-sun'],
    ['mon,thursday', 'mon,thu'],
  ])('"%s" is refused with the guess %s', (text, guess) => {
    expect(daysProblem(text)).toMatch(/^must be daily, business-days, weekdays/);
    expect(daysProblem(text)).toContain(`; did you mean ${guess}?`);
  });

  it.each([
    '',
    ',',
    'mon,',
    'whenever',
    'day-0',
    '0th-mon',
    '24th-business-day',
    '5th-last-mon',
    'mon-tue-wed',
  ])('"%s" is refused with what is allowed', (text) => {
    expect(daysProblem(text)).toMatch(/^must be .* a list of these with commas/);
    expect(() => parseDays(text)).toThrow(RangeError);
  });

  it('is refused when it is too long to be meant', () => {
    expect(daysProblem('mon,'.repeat(60))).toBe('must be at most 200 characters');
  });

  it('is either read or refused, whatever the text', () => {
    const words = fc.constantFrom(
      'mon',
      'fri',
      'last',
      'day',
      '1st',
      '2nd',
      'business-day',
      '-',
      ',',
      '31',
      ' ',
      '*',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (value) => {
        if (daysProblem(value) === undefined) expect(parseDays(value).length).toBeGreaterThan(0);
        else expect(() => parseDays(value)).toThrow(RangeError);
      }),
      { numRuns: 500 },
    );
  });

  it('that is guessed can be read', () => {
    const scrambled = fc
      .constantFrom('mon-fri', 'last-business-day', 'day-15', '1st-mon', 'daily', 'last-day')
      .chain((word) => fc.nat(word.length - 1).map((at) => `${word.slice(0, at)}x${word.slice(at + 1)}`));
    fc.assert(
      fc.property(scrambled, (text) => {
        const guess = /did you mean (.*)\?$/.exec(daysProblem(text) ?? '')?.[1];
        expect(guess).toBeDefined();
        expect(daysProblem(guess!)).toBeUndefined();
      }),
    );
  });
});

describe('the dates of any rule', () => {
  const member = fc.constantFrom(
    'daily',
    'mon-fri',
    'fri-mon',
    'sat',
    'business-days',
    '1st-business-day',
    'last-business-day',
    '23rd-last-business-day',
    'day-1',
    'day-31',
    'last-day',
    '4th-sun',
    'last-wed',
  );
  const text = fc.array(member, { minLength: 1, maxLength: 4 }).map((members) => members.join(','));
  const month = fc.record({
    year: fc.integer({ min: 1950, max: 2100 }),
    month: fc.integer({ min: 1, max: 12 }),
  });
  const isHoliday = fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { maxLength: 20 }).map(
    (off): HolidayCalendar =>
      (date) =>
        off.includes(Number(date.slice(8))) ? 'off' : undefined,
  );

  it('ascend strictly within the month', () => {
    fc.assert(
      fc.property(text, month, isHoliday, (rule, inMonth, calendar) => {
        const all = datesOf(parseDays(rule), inMonth, calendar).map(({ date }) => date);
        expect(all).toEqual([...new Set(all)].sort());
        expect(datesOfMonth(inMonth)).toEqual(expect.arrayContaining(all));
      }),
    );
  });

  it('are excused exactly on holidays', () => {
    fc.assert(
      fc.property(text, month, isHoliday, (rule, inMonth, calendar) => {
        for (const { date, excused } of datesOf(parseDays(rule), inMonth, calendar)) {
          expect(excused).toBe(calendar(date));
        }
      }),
    );
  });

  it('of business days, with those that are skipped, are all Mondays to Fridays', () => {
    fc.assert(
      fc.property(month, isHoliday, (inMonth, calendar) => {
        const rule = parseDays('business-days');
        const all = [...datesOf(rule, inMonth, calendar), ...datesSkipped(rule, inMonth, calendar)];
        const weekdays = datesOfMonth(inMonth).filter((date) => weekdayOf(date) < 6);
        expect(all.map(({ date }) => date).sort()).toEqual(weekdays);
      }),
    );
  });

  it('are never none for a day of the month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31 }), month, (day, inMonth) => {
        const [only, ...others] = datesOf(parseDays(`day-${day}`), inMonth, NONE);
        expect(Number(only!.date.slice(8))).toBe(Math.min(day, lengthOf(inMonth)));
        expect(others).toEqual([]);
      }),
    );
  });
});
