import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HolidayCalendar } from '../../functions/core/calendar-date.ts';
import { cronDates, cronProblem, parseCron } from '../../functions/core/cron.ts';

const NONE: HolidayCalendar = () => undefined;

/** Days of the month on which the expression fires. */
function days(cron: string, year: number, month: number): string {
  const dates = cronDates(parseCron(cron), { year, month }, NONE);
  return dates.map(({ date }) => Number(date.slice(8))).join(' ');
}

const times = (cron: string) => parseCron(cron).times.join(' ');

describe('minutes and hours of a cron expression', () => {
  it.each([
    ['0 6 * * *', '06:00'],
    ['5,50 6,18 * * *', '06:05 06:50 18:05 18:50'],
    ['50,5,5 6 * * *', '06:05 06:50'],
    ['0 8-11 * * *', '08:00 09:00 10:00 11:00'],
    ['0-59/20 6 * * *', '06:00 06:20 06:40'],
    ['10-59/20 6 * * *', '06:10 06:30 06:50'],
    ['*/25 6 * * *', '06:00 06:25 06:50'],
    ['0 */6 * * *', '00:00 06:00 12:00 18:00'],
    ['0 1-23/8 * * *', '01:00 09:00 17:00'],
    ['0 8-10,20 * * *', '08:00 09:00 10:00 20:00'],
    ['  0   6  *  *  *  ', '06:00'],
    ['00 06 * * *', '06:00'],
  ])('%s are %s', (cron, expected) => {
    expect(times(cron)).toBe(expected);
  });

  it.each([
    ['* * * * *', true],
    ['0 * * * *', true],
    ['*/15 */1 * * *', true],
    ['0 0-23 * * *', true],
    ['0 ? * * *', true],
    ['* 2 * * *', false],
    ['*/15 0-22 * * *', false],
    ['0 */2 * * *', false],
    ['0 0-23/2 * * *', false],
  ])('%s mean elapsed time: %s, for only every hour says nothing about hours of the day', (cron, elapsed) => {
    expect(parseCron(cron).elapsed).toBe(elapsed);
  });
});

describe('days of a cron expression', () => {
  // February 2026 begins on a Sunday and has 28 days.
  it.each([
    ['0 6 * * *', '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28'],
    ['0 6 ? * ?', '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28'],
    ['0 6 15 * *', '15'],
    ['0 6 1,15 * *', '1 15'],
    ['0 6 31 * *', ''],
    ['0 6 */10 * *', '1 11 21'],
    ['0 6 * * 1', '2 9 16 23'],
    ['0 6 * * 0', '1 8 15 22'],
    ['0 6 * * 7', '1 8 15 22'],
    ['0 6 * * sun', '1 8 15 22'],
    ['0 6 * * MON-FRI', '2 3 4 5 6 9 10 11 12 13 16 17 18 19 20 23 24 25 26 27'],
    ['0 6 * * 5-7', '1 6 7 8 13 14 15 20 21 22 27 28'],
    ['0 6 * * fri-sun', '1 6 7 8 13 14 15 20 21 22 27 28'],
    ['0 6 * * 1-5/2', '2 4 6 9 11 13 16 18 20 23 25 27'],
    ['0 6 * 2 1', '2 9 16 23'],
    ['0 6 * feb mon', '2 9 16 23'],
    ['0 6 * 3 1', ''],
    ['0 6 * 1-4,12 1', '2 9 16 23'],
    ['0 6 ? * 1', '2 9 16 23'],
    ['0 6 L * *', '28'],
    ['0 6 15,L * *', '15 28'],
    ['0 6 LW * *', '27'],
    ['0 6 15W * *', '16'],
    ['0 6 14W * *', '13'],
    ['0 6 1W * *', '2'],
    ['0 6 28W * *', '27'],
    ['0 6 30W * *', ''],
    ['0 6 * * 5L', '27'],
    ['0 6 * * friL', '27'],
    ['0 6 * * 7L', '22'],
    ['0 6 * * 5#2', '13'],
    ['0 6 * * fri#2', '13'],
    ['0 6 * * 7#1', '1'],
    ['0 6 * * 1#5', ''],
    ['0 6 * * 1,5#2', '2 9 13 16 23'],
  ])('%s are %s', (cron, expected) => {
    expect(days(cron, 2026, 2)).toBe(expected);
  });

  it.each([
    ['0 6 1W * *', 2026, 8, '3', 'the 1st is a Saturday, and the month before is not entered'],
    ['0 6 31W * *', 2026, 5, '29', 'the 31st is a Sunday, and the month after is not entered'],
    ['0 6 LW * *', 2026, 1, '30', 'the last day is a Saturday'],
    ['0 6 L * *', 2028, 2, '29', 'it is a leap year'],
    ['0 6 * * 1#5', 2026, 3, '30', 'the month has five Mondays'],
  ])('%s in %i-%i are %s: %s', (cron, year, month, expected) => {
    expect(days(cron, year, month)).toBe(expected);
  });

  it.each([
    ['0 6 13 * 5', '6 13 20 27', 'either, when both are restricted'],
    ['0 6 1-7 * 1', '1 2 3 4 5 6 7 9 16 23', 'either, when both are restricted'],
    ['0 6 L * 1', '2 9 16 23 28', 'either, when both are restricted'],
    ['0 6 1 * 5#2', '1 13', 'either, when both are restricted'],
    ['0 6 */2 * 1', '9 23', 'both, when one begins with a star'],
    ['0 6 13 * */5', '13', 'both, when one begins with a star'],
    ['0 6 10 * */5', '', 'both, when one begins with a star'],
  ])('%s are %s: %s, as in Vixie cron', (cron, expected) => {
    expect(days(cron, 2026, 2)).toBe(expected);
  });

  it('that are holidays are excused', () => {
    const isHoliday: HolidayCalendar = (date) => (date === '2026-12-25' ? 'Christmas Day' : undefined);
    expect(cronDates(parseCron('0 6 24,25 * *'), { year: 2026, month: 12 }, isHoliday)).toEqual([
      { date: '2026-12-24' },
      { date: '2026-12-25', excused: 'Christmas Day' },
    ]);
  });
});

describe('a cron expression', () => {
  it.each([
    ['60 6 * * *', 'has 60 in the minute, which takes *, 0-59, ranges, steps and lists'],
    ['0 24 * * *', 'has 24 in the hour, which takes *, 0-23, ranges'],
    [
      '0 6 0 * *',
      'has 0 in the day of the month, which takes *, 1-31, ranges, steps and lists, L (the last day)',
    ],
    ['0 6 32W * *', 'has 32W in the day of the month'],
    ['0 6 * 13 *', 'has 13 in the month, which takes *, 1-12 or jan, feb,'],
    ['0 6 * * 8', 'has 8 in the day of the week, which takes *, 0-7 or sun, mon,'],
    ['0 6 * * fry', 'has fry in the day of the week'],
    ['0 6 * * L', 'has L in the day of the week'],
    ['0 6 * * 5#6', 'has 5#6 in the day of the week, where # takes 1 to 5'],
    ['0 6 * * 5#0', 'has 5#0 in the day of the week, where # takes 1 to 5'],
    ['0 L * * *', 'has L in the hour'],
    ['1,,2 6 * * *', 'has nothing in the minute'],
    ['0 6- * * *', 'has 6- in the hour'],
    ['-1 6 * * *', 'has -1 in the minute'],
    ['1.5 6 * * *', 'has 1.5 in the minute'],
    ['0 22-2 * * *', 'has 22-2 in the hour, which runs backwards: write two ranges with a comma'],
    ['0 6 * * fri-mon', 'has fri-mon in the day of the week, which runs backwards'],
    ['5/15 * * * *', 'has 5/15 in the minute, where a step needs a range, such as 5-59/15'],
    ['*/0 * * * *', 'has */0 in the minute, where a step must be from 1 to 59'],
    ['*/90 * * * *', 'has */90 in the minute, where a step must be from 1 to 59'],
    ['0 */24 * * *', 'has */24 in the hour, where a step must be from 1 to 23'],
    ['0 6 * *', 'must have five fields: minute, hour'],
    ['0 0 6 * * *', 'must have five fields: minute, hour'],
    ['', 'must have five fields: minute, hour'],
    ['@daily', 'must have five fields: write 0 0 * * *'],
    ['@reboot', 'must have five fields: minute, hour'],
    [`${'0,'.repeat(100)}0 6 * * *`, 'must be at most 200 characters'],
  ])('%s is refused: %s', (cron, problem) => {
    expect(cronProblem(cron)?.startsWith(problem)).toBe(true);
  });

  it.each(['0 0 30 2 *', '0 0 31 2,4,6,9,11 *', '* * 30,31 2 *', '0 0 31W 4 *'])(
    '%s is refused because it would never fire',
    (cron) => {
      expect(cronProblem(cron)).toBe('never fires: there is no date that fits');
    },
  );

  it.each(['0 0 29 2 *', '0 0 */28 2 1', '0 0 30 2 1', '0 0 31 * *', '0 0 29W 2 *', '0 0 * 2 1#5'])(
    '%s is accepted, however seldom it fires',
    (cron) => {
      expect(cronProblem(cron)).toBeUndefined();
    },
  );

  it('is read without regard to case', () => {
    expect(parseCron('0 6 l JAN Mon')).toEqual(parseCron('0 6 L jan mon'));
  });

  it('is either read or refused, whatever the text', () => {
    const part = fc.constantFrom(
      '*',
      '*/2',
      '?',
      '0',
      '7',
      '31',
      '1-5',
      'L',
      '5L',
      '5#2',
      '15W',
      'mon',
      'jan',
      '-',
      ',',
      '/',
    );
    const fields = fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 5 });
    const text = fc.oneof(
      fc.string(),
      fields.map((all) => all.map((parts) => parts.join('')).join(' ')),
    );
    fc.assert(
      fc.property(text, (cron) => {
        const problem = cronProblem(cron);
        if (problem === undefined) expect(parseCron(cron).times.length).toBeGreaterThan(0);
        else if (!problem.startsWith('never fires')) expect(() => parseCron(cron)).toThrow(RangeError);
      }),
      { numRuns: 500 },
    );
  });
});
