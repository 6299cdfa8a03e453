import { describe, expect, it } from '@jest/globals';
import {
  occurrencesBefore,
  occurrencesAfter,
  preview,
  skippedBetween,
  type HolidayCalendar,
  type ScheduleContext,
  type TimedDue,
} from '../../functions/core/schedule.ts';
import { DAY, toIso } from '../../functions/core/time.ts';

const HOLIDAYS = new Map([
  ['2026-12-25', 'Christmas Day'],
  ['2026-12-26', 'Boxing Day'],
  ['2027-01-01', "New Year's Day"],
]);
const isHoliday: HolidayCalendar = (date) => HOLIDAYS.get(date);
const context: ScheduleContext = { anchor: Date.parse('2026-11-21T05:00:00Z'), isHoliday };

const first = (due: TimedDue, after: string) => next(due, after, 1)[0]!;
const next = (due: TimedDue, after: string, count: number) => [
  ...occurrencesAfter(due, Date.parse(after), context).take(count),
];
const ids = (due: TimedDue, after: string, count: number) => next(due, after, count).map(({ id }) => id);
const idBefore = (due: TimedDue, before: string) =>
  [...occurrencesBefore(due, Date.parse(before), context).take(1)][0]?.id;

describe('what is due at a local time', () => {
  const due: TimedDue = { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin' };

  it('has the local time as its identity, and an instant', () => {
    expect(first(due, '2026-11-20T12:00:00Z')).toEqual({
      id: '2026-11-23T06:00',
      dueAt: Date.parse('2026-11-23T05:00:00Z'),
      local: '2026-11-23 06:00',
    });
  });

  // Friday 20 November, 06:00 in Berlin, is 05:00 in UTC.
  it.each([
    ['2026-11-20T04:59:59.999Z', '2026-11-20T06:00', '2026-11-19T06:00'],
    ['2026-11-20T05:00:00.000Z', '2026-11-23T06:00', '2026-11-19T06:00'],
    ['2026-11-20T05:00:00.001Z', '2026-11-23T06:00', '2026-11-20T06:00'],
  ])('at %s: next is %s, and before was %s', (instant, after, before) => {
    expect(first(due, instant).id).toBe(after);
    expect(idBefore(due, instant)).toBe(before);
  });

  it('on a holiday is excused', () => {
    expect(next(due, '2026-12-24T12:00:00Z', 2)).toEqual([
      expect.objectContaining({ id: '2026-12-25T06:00', excused: 'Christmas Day' }),
      expect.not.objectContaining({ excused: expect.anything() }),
    ]);
  });

  it('goes on over the years', () => {
    expect(ids({ at: '00:00', days: 'day-1', timezone: 'UTC' }, '2026-11-01T00:00:00Z', 3)).toEqual([
      '2026-12-01T00:00',
      '2027-01-01T00:00',
      '2027-02-01T00:00',
    ]);
  });

  it('in a shorter month says why it is on another day', () => {
    expect(first({ at: '12:00', days: 'day-31', timezone: 'UTC' }, '2026-11-01T00:00:00Z')).toEqual({
      id: '2026-11-30T12:00',
      dueAt: Date.parse('2026-11-30T12:00:00Z'),
      local: '2026-11-30 12:00',
      note: 'November 2026 has 30 days',
    });
  });

  it.each([
    ['last-business-day', '2026-12-01T00:00:00Z', '2026-12-31T18:00'],
    ['1st-business-day', '2026-12-31T00:00:00Z', '2027-01-04T18:00'],
    ['business-days', '2026-12-24T17:00:00Z', '2026-12-28T18:00'],
  ])('on %s after %s is due %s', (days, after, id) => {
    expect(first({ at: '18:00', days, timezone: 'Europe/Berlin' }, after).id).toBe(id);
  });

  it.each([
    ['Pacific/Kiritimati', '2026-11-19T10:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-19T18:15:00.000Z'],
    ['UTC', '2026-11-20T00:00:00.000Z'],
    ['America/New_York', '2026-11-20T05:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-11-20T11:00:00.000Z'],
  ])('midnight of Friday comes to %s at %s', (timezone, instant) => {
    expect(toIso(first({ at: '00:00', days: 'fri', timezone }, '2026-11-18T00:00:00Z').dueAt)).toBe(instant);
  });
});

describe('what is due by cron', () => {
  it('at given hours has one occurrence for each local time', () => {
    expect(ids({ cron: '30 6,18 * * 1-5', timezone: 'Europe/Berlin' }, '2026-11-20T12:00:00Z', 3)).toEqual([
      '2026-11-20T18:30',
      '2026-11-23T06:30',
      '2026-11-23T18:30',
    ]);
  });

  it('on a holiday is excused', () => {
    const due: TimedDue = { cron: '0 * * * *', timezone: 'Europe/Berlin' };
    expect(first(due, '2026-12-24T21:59:00Z').excused).toBeUndefined();
    expect(first(due, '2026-12-24T22:00:00Z').excused).toBe('Christmas Day');
    expect(first(due, '2026-12-26T22:00:00Z').excused).toBeUndefined();
  });

  it('once in four years is found in both directions', () => {
    const due: TimedDue = { cron: '0 0 29 2 *', timezone: 'UTC' };
    expect(ids(due, '2026-11-21T00:00:00Z', 2)).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
    expect(idBefore(due, '2026-11-21T00:00:00Z')).toBe('2024-02-29T00:00');
    expect(idBefore(due, '2024-02-29T00:00:00Z')).toBe('2020-02-29T00:00');
  });

  it('over a century without a leap day is found', () => {
    const due: TimedDue = { cron: '0 0 29 2 *', timezone: 'UTC' };
    expect(ids(due, '2096-01-01T00:00:00Z', 2)).toEqual(['2096-02-29T00:00', '2104-02-29T00:00']);
  });

  it.each(['0 0 30 2 *', '0 * 30 2 *'])('never, with %s, ends after 30 years', (cron) => {
    const due: TimedDue = { cron, timezone: 'Europe/Berlin' };
    expect(next(due, '2026-11-21T00:00:00Z', 1)).toEqual([]);
    expect(idBefore(due, '2026-11-21T00:00:00Z')).toBeUndefined();
  });
});

describe('what is due every so often', () => {
  it('is due on a grid from the anchor, which is not due itself', () => {
    expect(ids({ every: '90m' }, '2026-11-21T05:00:00Z', 2)).toEqual([
      '2026-11-21T06:30:00.000Z',
      '2026-11-21T08:00:00.000Z',
    ]);
  });

  it('is not due before the anchor', () => {
    expect(first({ every: '90m' }, '2020-01-01T00:00:00Z').id).toBe('2026-11-21T06:30:00.000Z');
  });

  it.each([
    ['2026-11-21T06:29:59.999Z', '2026-11-21T06:30:00.000Z', '2026-11-21T05:00:00.000Z'],
    ['2026-11-21T06:30:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T05:00:00.000Z'],
    ['2026-11-21T06:30:00.001Z', '2026-11-21T08:00:00.000Z', '2026-11-21T06:30:00.000Z'],
  ])('at %s: next is %s, and before was %s', (instant, after, before) => {
    expect(first({ every: '90m' }, instant).id).toBe(after);
    expect(idBefore({ every: '90m' }, instant)).toBe(before);
  });

  it('in days counts 24 hours each, whatever the clocks do', () => {
    const anchor = Date.parse('2026-03-28T05:00:00Z');
    const [occurrence] = occurrencesAfter({ every: '1d' }, anchor, { anchor, isHoliday }).take(1);
    expect(occurrence!.dueAt).toBe(anchor + DAY);
  });

  it('shows its local time in UTC, with seconds where the anchor has them', () => {
    const anchor = Date.parse('2026-11-21T05:00:17Z');
    const [occurrence] = occurrencesAfter({ every: '1h' }, anchor, { anchor, isHoliday }).take(1);
    expect(occurrence!.local).toBe('2026-11-21 06:00:17');
    expect(first({ every: '1h' }, '2026-11-21T05:00:00Z').local).toBe('2026-11-21 06:00');
  });

  it('starts at once after years of a minute each', () => {
    const started = performance.now();
    expect(first({ every: '1m' }, '2096-11-21T05:00:30Z').id).toBe('2096-11-21T05:01:00.000Z');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('a preview', () => {
  const due: TimedDue = { at: '18:00', days: 'business-days', timezone: 'Europe/Berlin' };

  it('shows occurrences and the days that are skipped between them, in order', () => {
    expect(preview(due, Date.parse('2026-12-24T12:00:00Z'), 6, context)).toEqual([
      expect.objectContaining({ id: '2026-12-24T18:00' }),
      { skipped: '2026-12-25', reason: 'Christmas Day' },
      expect.objectContaining({ id: '2026-12-28T18:00' }),
      expect.objectContaining({ id: '2026-12-29T18:00' }),
      expect.objectContaining({ id: '2026-12-30T18:00' }),
      expect.objectContaining({ id: '2026-12-31T18:00' }),
      { skipped: '2027-01-01', reason: "New Year's Day" },
      expect.objectContaining({ id: '2027-01-04T18:00' }),
    ]);
  });

  it('skips no holiday that another member of the list takes', () => {
    const both: TimedDue = { ...due, days: 'business-days,day-25' };
    expect(preview(both, Date.parse('2026-12-24T20:00:00Z'), 2, context)).toEqual([
      expect.objectContaining({ id: '2026-12-25T18:00', excused: 'Christmas Day' }),
      expect.objectContaining({ id: '2026-12-28T18:00' }),
    ]);
  });

  // On Christmas Day it would have been due at 17:00 UTC.
  it.each([
    ['2026-12-25T16:59:59.999Z', true],
    ['2026-12-25T17:00:00.000Z', false],
  ])('at %s shows the day as skipped: %s', (after, shown) => {
    expect('skipped' in preview(due, Date.parse(after), 1, context)[0]!).toBe(shown);
  });

  it('of weekdays shows holidays as excused and skips nothing', () => {
    const shown = preview({ ...due, days: 'mon-fri' }, Date.parse('2026-12-24T20:00:00Z'), 2, context);
    expect(shown).toEqual([
      expect.objectContaining({ id: '2026-12-25T18:00', excused: 'Christmas Day' }),
      expect.objectContaining({ id: '2026-12-28T18:00' }),
    ]);
  });

  it('says why a business day of the month is another one', () => {
    const shown = preview(
      { ...due, days: '1st-business-day' },
      Date.parse('2026-12-31T20:00:00Z'),
      1,
      context,
    );
    expect(shown).toEqual([expect.objectContaining({ note: "moved from Fri 2027-01-01: New Year's Day" })]);
  });

  it('of what is never due is empty', () => {
    expect(preview({ cron: '0 0 30 2 *', timezone: 'UTC' }, 0, 3, context)).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    [
      '0 6 31 * *',
      '2027-05',
      ['2027-02-28: no 31st: February 2027 has 28 days', '2027-04-30: no 31st: April 2027 has 30 days'],
    ],
    ['0 6 29 2 *', '2028-05', ['2027-02-28: no 29th: February 2027 has 28 days']],
    ['0 6 30,31W * *', '2027-03', ['2027-02-28: no 30th, 31st: February 2027 has 28 days']],
    [
      '0 6 * * 1#5',
      '2027-03',
      ['2027-01-31: no 5th Mon in January 2027', '2027-02-28: no 5th Mon in February 2027'],
    ],
    [
      '0 6 31 * sun#5',
      '2027-03',
      ['2027-02-28: no 31st: February 2027 has 28 days; no 5th Sun in February 2027'],
    ],
    ['0 6 31 * sun', '2027-05', ['2027-04-30: no 31st: April 2027 has 30 days']],
    ['0 6 31,L * *', '2027-07', []],
    ['0 6 31 1,3,5 *', '2027-07', []],
    ['0 6 1-31 * *', '2027-07', []],
    ['0 6 */10 * *', '2027-07', []],
    ['0 6 L * 5L', '2027-07', []],
  ])('of cron %s up to %s names the months that lack the day', (cron, until, expected) => {
    const [from, to] = [Date.parse('2027-01-01T00:00:00Z'), Date.parse(`${until}-01T00:00:00Z`)];
    const found = skippedBetween({ cron, timezone: 'UTC' }, from, to, context);
    expect(found.map(({ skipped, reason }) => `${skipped}: ${reason}`)).toEqual(expected);
  });

  // 28 February 2027, 06:00.
  it.each([
    ['2027-02-28T05:59:59.999Z', 0],
    ['2027-02-28T06:00:00.000Z', 1],
  ])('up to %s shows the month as skipped: %i', (to, count) => {
    const due: TimedDue = { cron: '0 6,18 31 * *', timezone: 'UTC' };
    const found = skippedBetween(due, Date.parse('2027-02-01T00:00:00Z'), Date.parse(to), context);
    expect(found).toHaveLength(count);
  });

  it.each([
    ['0 6 15W * *', '2026-08-01', '2026-08-14T06:00', 'moved from Sat 2026-08-15, a weekend'],
    ['0 6 LW * *', '2026-05-01', '2026-05-29T06:00', 'moved from Sun 2026-05-31, a weekend'],
    ['0 6 14,15W * *', '2026-08-01', '2026-08-14T06:00', undefined],
    ['0 6 15W * fri', '2026-08-08', '2026-08-14T06:00', undefined],
    ['0 6 15W * *', '2026-07-01', '2026-07-15T06:00', undefined],
    ['0 6 L * *', '2026-05-01', '2026-05-31T06:00', undefined],
  ])('of cron %s after %s is %s: %s', (cron, after, id, note) => {
    const { id: found, note: why } = first({ cron, timezone: 'UTC' }, `${after}T00:00:00Z`);
    expect([found, why]).toEqual([id, note]);
  });

  it('of a business day names the month that has none', () => {
    const shut: ScheduleContext = {
      ...context,
      isHoliday: (date) => (date.startsWith('2027-02') ? 'Shut' : undefined),
    };
    const [from, to] = [Date.parse('2027-01-15T00:00:00Z'), Date.parse('2027-04-15T00:00:00Z')];
    for (const days of ['last-business-day', '1st-business-day,day-15']) {
      expect(skippedBetween({ ...due, days }, from, to, shut)).toEqual([
        { skipped: '2027-02-28', reason: 'no business day in February 2027' },
      ]);
    }
    for (const days of ['last-day', '1st-business-day,last-day'])
      expect(skippedBetween({ ...due, days }, from, to, shut)).toEqual([]);
  });

  it('of a grid, or of a cron that every month has, skips nothing', () => {
    const [from, to] = [Date.parse('2026-12-20T00:00:00Z'), Date.parse('2027-01-10T00:00:00Z')];
    expect(skippedBetween({ every: '1d' }, from, to, context)).toEqual([]);
    expect(skippedBetween({ cron: '0 6 * * 1-5', timezone: 'UTC' }, from, to, context)).toEqual([]);
    expect(skippedBetween(due, from, to, context)).toHaveLength(2);
  });
});

describe('the work for a schedule', () => {
  it.each<[string, TimedDue, number]>([
    ['a year of days', { at: '06:00', days: 'business-days', timezone: 'Europe/Berlin' }, 250],
    ['a day of minutes', { cron: '* * * * *', timezone: 'Europe/Berlin' }, 1440],
    ['eight leap days', { cron: '0 0 29 2 *', timezone: 'Europe/Berlin' }, 8],
  ])('is little for %s', (_name, due, count) => {
    ids(due, '2026-01-01T00:00:00Z', count);
    const started = performance.now();
    expect(ids(due, '2026-01-01T00:00:00Z', count)).toHaveLength(count);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('is done month by month: holidays are asked only about dates nearby', () => {
    const asked = new Set<string>();
    const spying: HolidayCalendar = (date) => {
      asked.add(date.slice(0, 7));
      return undefined;
    };
    const due: TimedDue = { at: '06:00', days: 'mon-fri', timezone: 'UTC' };
    occurrencesAfter(due, Date.parse('2026-11-16T12:00:00Z'), { anchor: 0, isHoliday: spying }).next();
    occurrencesBefore(due, Date.parse('2026-11-16T12:00:00Z'), { anchor: 0, isHoliday: spying }).next();
    expect([...asked]).toEqual(['2026-11']);
  });
});
