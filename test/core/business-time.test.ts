import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addBusinessTime, hoursProblem, type BusinessHours } from '../../functions/core/business-time.ts';
import { duration } from '../../functions/core/duration.ts';
import { fromLocal, HOUR, MINUTE, SECOND, toLocal } from '../../functions/core/time.ts';

const BERLIN: BusinessHours = { hours: '09:00-17:00', days: 'mon-fri', timezone: 'Europe/Berlin' };
const noHoliday = () => undefined;
const christmas = (date: string) => ({ '2026-12-25': 'Christmas Day' })[date];

/** Local times of Berlin in and out. */
const due = (
  from: string,
  within: string,
  hours: Partial<BusinessHours> = {},
  isHoliday = noHoliday as typeof christmas,
) => {
  const all = { ...BERLIN, ...hours };
  const at = addBusinessTime(fromLocal(from, all.timezone), duration(within), all, isHoliday);
  return at === undefined ? undefined : toLocal(at, all.timezone);
};

describe('two business hours', () => {
  // 2026-11-20 is a Friday.
  it.each([
    ['in the middle of a day', '2026-11-20T10:00:00', 'Fri 2026-11-20 12:00'],
    ['a second before what would end with the day', '2026-11-20T14:59:59', 'Fri 2026-11-20 16:59:59'],
    ['end with the day', '2026-11-20T15:00:00', 'Fri 2026-11-20 17:00'],
    ['a second later go on after the weekend', '2026-11-20T15:00:01', 'Mon 2026-11-23 09:00:01'],
    ['a second before it closes', '2026-11-20T16:59:59', 'Mon 2026-11-23 10:59:59'],
    ['when it closes', '2026-11-20T17:00:00', 'Mon 2026-11-23 11:00'],
    ['on a Saturday', '2026-11-21T12:00:00', 'Mon 2026-11-23 11:00'],
    ['a second before it opens', '2026-11-23T08:59:59', 'Mon 2026-11-23 11:00'],
    ['when it opens', '2026-11-23T09:00:00', 'Mon 2026-11-23 11:00'],
    ['a second after it opens', '2026-11-23T09:00:01', 'Mon 2026-11-23 11:00:01'],
  ])('%s', (_name, from, expected) => {
    expect(due(from, '2h')).toBe(expected);
  });

  it('leave out a holiday and the weekend behind it', () => {
    expect(due('2026-12-24T16:00:00', '2h', {}, christmas)).toBe('Mon 2026-12-28 10:00');
    expect(due('2026-12-24T16:00:00', '2h')).toBe('Fri 2026-12-25 10:00');
  });

  it('leave out the break of a day', () => {
    const hours = { hours: '09:00-12:00,13:00-17:00' };
    expect(due('2026-11-20T11:30:00', '2h', hours)).toBe('Fri 2026-11-20 14:30');
    expect(due('2026-11-20T12:30:00', '2h', hours)).toBe('Fri 2026-11-20 15:00');
    expect(due('2026-11-20T10:00:00', '2h', hours)).toBe('Fri 2026-11-20 12:00');
  });

  it('of a night that goes on after midnight', () => {
    const hours = { hours: '00:00-06:00,22:00-24:00', days: 'daily' };
    expect(due('2026-11-20T23:00:00', '2h', hours)).toBe('Sat 2026-11-21 01:00');
    expect(due('2026-11-20T12:00:00', '2h', hours)).toBe('Sat 2026-11-21 00:00');
  });
});

describe('business hours across a clock change', () => {
  const night = { hours: '00:00-24:00', days: 'daily' };

  // Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
  it.each([
    ['the hour that is missing does not count', '2026-03-29T01:00:00', '2h', night, 'Sun 2026-03-29 04:00'],
    ['the hour that comes twice counts twice', '2026-10-25T01:00:00', '3h', night, 'Sun 2026-10-25 03:00'],
    ['the day that it is on has 23 hours', '2026-03-29T00:00:00', '23h', night, 'Mon 2026-03-30 00:00'],
    ['the day that it is on has 25 hours', '2026-10-25T00:00:00', '25h', night, 'Mon 2026-10-26 00:00'],
    ['an ordinary day has its hours on either side', '2026-03-27T16:00:00', '2h', {}, 'Mon 2026-03-30 10:00'],
    [
      'a shift that begins where no time is',
      '2026-03-28T12:00:00',
      '1h',
      { ...night, hours: '02:30-06:00' },
      'Sun 2026-03-29 04:30',
    ],
  ])('%s', (_name, from, within, hours, expected) => {
    expect(due(from, within, hours)).toBe(expected);
  });
});

describe('business days', () => {
  it.each([
    ['are the same time of day', '2026-11-17T14:00:00', '3d', 'Fri 2026-11-20 14:00'],
    ['leave out the weekend', '2026-11-20T14:00:00', '1d', 'Mon 2026-11-23 14:00'],
    ['begin when business begins', '2026-11-21T12:00:00', '1d', 'Tue 2026-11-24 09:00'],
    ['begin on the day after when the day is over', '2026-11-19T20:00:00', '1d', 'Mon 2026-11-23 09:00'],
    ['begin on the same day before it opens', '2026-11-19T07:00:00', '1d', 'Fri 2026-11-20 09:00'],
    ['come before hours', '2026-11-19T16:00:00', '1d2h', 'Mon 2026-11-23 10:00'],
  ])('%s', (_name, from, within, expected) => {
    expect(due(from, within)).toBe(expected);
  });

  it('leave out holidays', () => {
    expect(due('2026-12-23T14:00:00', '2d', {}, christmas)).toBe('Mon 2026-12-28 14:00');
  });
});

describe('hours that never come', () => {
  it('have no end', () => {
    expect(due('2026-11-20T10:00:00', '31d', { days: 'day-1' })).toBeUndefined();
    expect(due('2026-11-20T10:00:00', '2h', {}, () => 'closed for good')).toBeUndefined();
  });
});

describe('opening hours are refused', () => {
  it.each([
    '',
    '9-17',
    '17:00-09:00',
    '09:00-09:00',
    '09:00-25:00',
    '13:00-17:00,09:00-12:00',
    '09:00-13:00,12:00-17:00',
    '24:00-24:00',
  ])('%s', (text) => {
    expect(hoursProblem(text)).toMatch(/^must be local times such as 09:00-17:00/);
  });

  it.each(['09:00-17:00', '00:00-24:00', '09:00-12:00,12:00-17:00'])('but not %s', (text) => {
    expect(hoursProblem(text)).toBeUndefined();
  });
});

describe('business time of any kind', () => {
  const anyHours = fc.record({
    hours: fc.constantFrom(
      '09:00-17:00',
      '08:30-12:00,13:15-18:00',
      '00:00-24:00',
      '01:30-03:15',
      '22:00-24:00',
    ),
    days: fc.constantFrom('mon-fri', 'daily', 'tue,sat', 'business-days'),
    timezone: fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'UTC',
    ),
  });
  const anyInstant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
  const elapsed = fc.integer({ min: 1, max: 60 * HOUR });
  const holidays = (date: string) => (date.endsWith('-05') ? 'a holiday' : undefined);
  const after = (from: number, length: number, hours: BusinessHours) =>
    addBusinessTime(from, { days: 0, elapsed: length }, hours, holidays) ?? Infinity;

  it('adds up: so much, and then so much more, is both together', () => {
    fc.assert(
      fc.property(anyInstant, elapsed, elapsed, anyHours, (from, one, other, hours) => {
        expect(after(after(from, one, hours), other, hours)).toBe(after(from, one + other, hours));
      }),
    );
  });

  it('never goes back: what comes later is due later, or at the same time', () => {
    fc.assert(
      fc.property(
        anyInstant,
        fc.integer({ min: 0, max: 100 * HOUR }),
        elapsed,
        anyHours,
        (from, by, length, hours) => {
          expect(after(from + by, length, hours)).toBeGreaterThanOrEqual(after(from, length, hours));
        },
      ),
    );
  });

  it('passes only while it is open, counted minute by minute', () => {
    const minutes = fc.integer({ min: 1, max: 600 });
    // What is open when clocks change is open from its first minute to its last, whatever they show between.
    const awayFromChanges = anyHours.filter(({ hours }) => !hours.startsWith('01:30'));
    fc.assert(
      fc.property(anyInstant, minutes, awayFromChanges, (from, length, hours) => {
        const start = Math.floor(from / MINUTE) * MINUTE;
        expect(after(start, length * MINUTE, hours)).toBe(counted(start, length, hours));
      }),
      { numRuns: 30 },
    );
  });

  /** The slow way: asks of each minute whether it is open by the clock on the wall. */
  function counted(from: number, minutes: number, { hours, days, timezone }: BusinessHours): number {
    const open =
      { 'mon-fri': '12345', daily: '1234567', 'tue,sat': '26', 'business-days': '12345' }[days] ?? '';
    const format = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone: timezone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    });
    let [at, left] = [from, minutes];
    for (; left > 0; at += MINUTE) {
      const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
      const weekday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts['weekday'] ?? '') + 1;
      const time = `${parts['hour']}:${parts['minute']}`;
      const within = hours.split(',').some((shift) => {
        const [begin = '', end = ''] = shift.split('-');
        return begin <= time && time < end;
      });
      if (open.includes(String(weekday)) && parts['day'] !== '05' && within) left -= 1;
    }
    return at;
  }
});

it('is counted in milliseconds', () => {
  const at = Date.UTC(2026, 10, 20, 9, 0, 0, 500);
  expect(addBusinessTime(at, duration('1s'), BERLIN, noHoliday)).toBe(at + SECOND);
});
