import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { occurrencesAfter, type Occurrence, type TimedDue } from '../../functions/core/schedule.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';

const context = { anchor: 0, isHoliday: () => undefined };

function between(due: TimedDue, from: string, to: string): Occurrence[] {
  const found: Occurrence[] = [];
  for (const occurrence of occurrencesAfter(due, Date.parse(from) - 1, context)) {
    if (occurrence.dueAt >= Date.parse(to)) break;
    found.push(occurrence);
  }
  return found;
}

/** `identity = instant in UTC` for each occurrence. */
const listed = (due: TimedDue, from: string, to: string) =>
  between(due, from, to).map(({ id, dueAt }) => `${id} = ${new Date(dueAt).toISOString().slice(0, 16)}Z`);

jest.setTimeout(30_000);

afterEach(() => {
  jest.useRealTimers();
});

describe('a daily time that does not exist', () => {
  it.each<[string, string, string, string[]]>([
    [
      'Europe/Berlin',
      '02:30',
      '2026-03-28',
      [
        '2026-03-28T02:30 = 2026-03-28T01:30Z',
        '2026-03-29T02:30 = 2026-03-29T01:30Z',
        '2026-03-30T02:30 = 2026-03-30T00:30Z',
      ],
    ],
    [
      'America/New_York',
      '02:00',
      '2026-03-07',
      [
        '2026-03-07T02:00 = 2026-03-07T07:00Z',
        '2026-03-08T02:00 = 2026-03-08T07:00Z',
        '2026-03-09T02:00 = 2026-03-09T06:00Z',
      ],
    ],
    [
      'Australia/Lord_Howe',
      '02:00',
      '2026-10-02',
      [
        '2026-10-03T02:00 = 2026-10-02T15:30Z',
        '2026-10-04T02:00 = 2026-10-03T15:30Z',
        '2026-10-05T02:00 = 2026-10-04T15:00Z',
      ],
    ],
    [
      'America/Sao_Paulo',
      '00:00',
      '2018-11-03',
      [
        '2018-11-03T00:00 = 2018-11-03T03:00Z',
        '2018-11-04T00:00 = 2018-11-04T03:00Z',
        '2018-11-05T00:00 = 2018-11-05T02:00Z',
      ],
    ],
    [
      'Asia/Beirut',
      '00:30',
      '2022-03-25',
      [
        '2022-03-26T00:30 = 2022-03-25T22:30Z',
        '2022-03-27T00:30 = 2022-03-26T22:30Z',
        '2022-03-28T00:30 = 2022-03-27T21:30Z',
      ],
    ],
    [
      'Africa/Casablanca',
      '02:15',
      '2025-04-05',
      [
        '2025-04-05T02:15 = 2025-04-05T02:15Z',
        '2025-04-06T02:15 = 2025-04-06T02:15Z',
        '2025-04-07T02:15 = 2025-04-07T01:15Z',
      ],
    ],
  ])('in %s, %s, moves forward by the gap and keeps its name', (timezone, at, from, expected) => {
    const due: TimedDue = { at, days: 'daily', timezone };
    const to = new Date(Date.parse(from) + 72 * HOUR).toISOString();
    expect(listed(due, from, to)).toEqual(expected);
  });

  it('says so', () => {
    const due: TimedDue = { at: '02:30', days: 'daily', timezone: 'Europe/Berlin' };
    const [, moved, after] = between(due, '2026-03-28', '2026-03-31');
    expect(moved).toMatchObject({
      local: '2026-03-29 02:30',
      note: 'Sun 2026-03-29 02:30 does not exist in Europe/Berlin: moved to Sun 2026-03-29 03:30',
    });
    expect(after).not.toHaveProperty('note');
  });
});

describe('a daily time that exists twice', () => {
  it.each<[string, string, string, string[]]>([
    [
      'Europe/Berlin',
      '02:30',
      '2026-10-24',
      [
        '2026-10-24T02:30 = 2026-10-24T00:30Z',
        '2026-10-25T02:30 = 2026-10-25T00:30Z',
        '2026-10-26T02:30 = 2026-10-26T01:30Z',
      ],
    ],
    [
      'America/New_York',
      '01:00',
      '2026-10-31',
      [
        '2026-10-31T01:00 = 2026-10-31T05:00Z',
        '2026-11-01T01:00 = 2026-11-01T05:00Z',
        '2026-11-02T01:00 = 2026-11-02T06:00Z',
      ],
    ],
    [
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-03',
      [
        '2026-04-04T01:45 = 2026-04-03T14:45Z',
        '2026-04-05T01:45 = 2026-04-04T14:45Z',
        '2026-04-06T01:45 = 2026-04-05T15:15Z',
      ],
    ],
    [
      'Africa/Casablanca',
      '02:30',
      '2025-02-22',
      [
        '2025-02-22T02:30 = 2025-02-22T01:30Z',
        '2025-02-23T02:30 = 2025-02-23T01:30Z',
        '2025-02-24T02:30 = 2025-02-24T02:30Z',
      ],
    ],
    [
      'America/St_Johns',
      '00:00',
      '2010-11-06',
      [
        '2010-11-06T00:00 = 2010-11-06T02:30Z',
        '2010-11-07T00:00 = 2010-11-07T02:30Z',
        '2010-11-08T00:00 = 2010-11-08T03:30Z',
      ],
    ],
  ])('in %s, %s, means the first', (timezone, at, from, expected) => {
    const due: TimedDue = { at, days: 'daily', timezone };
    const to = new Date(Date.parse(from) + 72 * HOUR).toISOString();
    expect(listed(due, from, to)).toEqual(expected);
  });

  it.each(['2026-01-15T12:00:00Z', '2026-07-15T12:00:00Z', '2026-10-25T01:30:00Z'])(
    'means the first also when it is asked at %s',
    (now) => {
      jest.useFakeTimers({ now: Date.parse(now) });
      const due: TimedDue = { at: '02:30', days: 'daily', timezone: 'Europe/Berlin' };
      expect(listed(due, '2026-10-25', '2026-10-26')).toEqual(['2026-10-25T02:30 = 2026-10-25T00:30Z']);
      expect(listed({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, '2026-10-25', '2026-10-26')).toEqual([
        '2026-10-25T02:30 = 2026-10-25T00:30Z',
      ]);
    },
  );
});

describe('a midnight that comes before the last hour of its eve', () => {
  // Newfoundland: one minute after midnight, at 02:31 UTC, clocks went back to 23:01.
  it.each([
    '2010-11-05T12:00Z',
    '2010-11-06T02:31Z',
    '2010-11-06T03:00Z',
    '2010-11-06T03:31Z',
    '2010-11-07T02:30Z',
  ])('is found by a search from %s', (from) => {
    const due: TimedDue = { at: '00:00', days: 'sun', timezone: 'America/St_Johns' };
    expect(listed(due, from, '2010-11-08')).toEqual(['2010-11-07T00:00 = 2010-11-07T02:30Z']);
  });
});

describe('a date that does not exist (Samoa had no 30 December 2011)', () => {
  it('is due with the next day when it is due then anyway', () => {
    const due: TimedDue = { at: '06:00', days: 'daily', timezone: 'Pacific/Apia' };
    expect(listed(due, '2011-12-29', '2012-01-01')).toEqual([
      '2011-12-29T06:00 = 2011-12-29T16:00Z',
      '2011-12-31T06:00 = 2011-12-30T16:00Z',
      '2012-01-01T06:00 = 2011-12-31T16:00Z',
    ]);
    expect(between(due, '2011-12-30', '2011-12-31')[0]!.note).toBe(
      'Fri 2011-12-30 06:00 does not exist in Pacific/Apia: moved to Sat 2011-12-31 06:00',
    );
  });

  it('is due on the next day when it is due alone', () => {
    const due: TimedDue = { at: '06:00', days: 'fri', timezone: 'Pacific/Apia' };
    expect(listed(due, '2011-12-22', '2012-01-06')).toEqual([
      '2011-12-23T06:00 = 2011-12-23T16:00Z',
      '2011-12-30T06:00 = 2011-12-30T16:00Z',
      '2012-01-06T06:00 = 2012-01-05T16:00Z',
    ]);
  });

  it('is found also when the search begins on the day that it has moved to', () => {
    const due: TimedDue = { at: '06:00', days: 'fri', timezone: 'Pacific/Apia' };
    expect(listed(due, '2011-12-30T12:00Z', '2012-01-01')).toEqual(['2011-12-30T06:00 = 2011-12-30T16:00Z']);
  });

  it('is due in the order of instants, not of names', () => {
    const due: TimedDue = { cron: '0 3,20 30,31 12 *', timezone: 'Pacific/Apia' };
    expect(listed(due, '2011-12-28', '2012-01-02')).toEqual([
      '2011-12-31T03:00 = 2011-12-30T13:00Z',
      '2011-12-31T20:00 = 2011-12-31T06:00Z',
    ]);
  });
});

describe('a cron that names hours', () => {
  const berlin = (cron: string): TimedDue => ({ cron, timezone: 'Europe/Berlin' });

  it('is due once for all that lands on one instant', () => {
    expect(listed(berlin('30 2,3 * * *'), '2026-03-29', '2026-03-30')).toEqual([
      '2026-03-29T03:30 = 2026-03-29T01:30Z',
    ]);
  });

  it('is due in the order of instants, not of names', () => {
    expect(listed(berlin('0,30 2-3 * * *'), '2026-03-29', '2026-03-30')).toHaveLength(2);
    expect(
      listed({ cron: '40 1-2 * * *', timezone: 'Australia/Lord_Howe' }, '2026-10-03', '2026-10-04'),
    ).toEqual(['2026-10-04T01:40 = 2026-10-03T15:10Z', '2026-10-04T02:40 = 2026-10-03T15:40Z']);
    expect(
      listed({ cron: '20,35 2 * * *', timezone: 'Australia/Lord_Howe' }, '2026-10-03', '2026-10-04'),
    ).toEqual(['2026-10-04T02:35 = 2026-10-03T15:35Z', '2026-10-04T02:20 = 2026-10-03T15:50Z']);
  });

  it('with a step treats them as a list would: a missing hour moves, a repeated one is due once', () => {
    expect(listed(berlin('0 */2 * * *'), '2026-03-28T22:00Z', '2026-03-29T05:00Z')).toEqual([
      '2026-03-29T00:00 = 2026-03-28T23:00Z',
      '2026-03-29T02:00 = 2026-03-29T01:00Z',
      '2026-03-29T04:00 = 2026-03-29T02:00Z',
      '2026-03-29T06:00 = 2026-03-29T04:00Z',
    ]);
    expect(listed(berlin('0 */2 * * *'), '2026-10-24T22:00Z', '2026-10-25T05:30Z')).toEqual([
      '2026-10-25T00:00 = 2026-10-24T22:00Z',
      '2026-10-25T02:00 = 2026-10-25T00:00Z',
      '2026-10-25T04:00 = 2026-10-25T03:00Z',
      '2026-10-25T06:00 = 2026-10-25T05:00Z',
    ]);
  });

  it('is the same as the daily time', () => {
    const at: TimedDue = { at: '02:30', days: 'daily', timezone: 'Europe/Berlin' };
    expect(between(berlin('30 2 * * *'), '2026-01-01', '2027-01-01')).toEqual(
      between(at, '2026-01-01', '2027-01-01'),
    );
  });
});

describe('a cron for every hour', () => {
  it('runs through a repeated hour twice, with identities of their own', () => {
    expect(
      listed({ cron: '*/30 * * * *', timezone: 'Europe/Berlin' }, '2026-10-25T00:00Z', '2026-10-25T02:30Z'),
    ).toEqual([
      '2026-10-25T02:00 = 2026-10-25T00:00Z',
      '2026-10-25T02:30 = 2026-10-25T00:30Z',
      '2026-10-25T02:00+01:00 = 2026-10-25T01:00Z',
      '2026-10-25T02:30+01:00 = 2026-10-25T01:30Z',
      '2026-10-25T03:00 = 2026-10-25T02:00Z',
    ]);
  });

  it('says which of the two it is, and what local time both have', () => {
    const due: TimedDue = { cron: '0 * * * *', timezone: 'Europe/Berlin' };
    expect(between(due, '2026-10-25T00:00Z', '2026-10-25T01:30Z')).toEqual([
      expect.objectContaining({ local: '2026-10-25 02:00' }),
      expect.objectContaining({
        local: '2026-10-25 02:00',
        note: 'Sun 2026-10-25 02:00 comes twice in Europe/Berlin: this is the second',
      }),
    ]);
  });

  it('steps over a missing hour', () => {
    expect(
      listed({ cron: '*/30 * * * *', timezone: 'Europe/Berlin' }, '2026-03-29T00:00Z', '2026-03-29T02:00Z'),
    ).toEqual([
      '2026-03-29T01:00 = 2026-03-29T00:00Z',
      '2026-03-29T01:30 = 2026-03-29T00:30Z',
      '2026-03-29T03:00 = 2026-03-29T01:00Z',
      '2026-03-29T03:30 = 2026-03-29T01:30Z',
    ]);
  });

  it.each([
    ['Europe/Berlin', 2026],
    ['America/New_York', 2026],
    ['Australia/Lord_Howe', 2026],
    ['Africa/Casablanca', 2025],
    ['America/Sao_Paulo', 2018],
    ['Asia/Kathmandu', 2026],
    ['Pacific/Apia', 2011],
    ['UTC', 2026],
  ])('is due every quarter of an hour of %i in %s, without hole and without double', (timezone, year) => {
    const due: TimedDue = { cron: '*/15 * * * *', timezone };
    const [from, to] = [`${year}-01-01T00:00:00Z`, `${year + 1}-01-01T00:00:00Z`];
    const all = between(due, from, to);
    expect(all.map(({ dueAt }) => dueAt)).toEqual(
      Array.from({ length: all.length }, (_, index) => Date.parse(from) + index * 15 * MINUTE),
    );
    expect(all).toHaveLength((Date.parse(to) - Date.parse(from)) / (15 * MINUTE));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('on given days covers each whole day, repeated hours and interrupted days included', () => {
    const berlin: TimedDue = { cron: '0 * 25 10 *', timezone: 'Europe/Berlin' };
    expect(between(berlin, '2026-10-20', '2026-10-30')).toHaveLength(25);
    expect(between({ ...berlin, cron: '0 * 29 3 *' }, '2026-03-20', '2026-03-31')).toHaveLength(23);
    const newfoundland: TimedDue = { cron: '0 * 6 11 *', timezone: 'America/St_Johns' };
    expect(between(newfoundland, '2010-11-05', '2010-11-09')).toHaveLength(24);
    const minutes: TimedDue = { cron: '30 * 6 11 *', timezone: 'America/St_Johns' };
    expect(
      between(minutes, '2010-11-05', '2010-11-09')
        .slice(-2)
        .map(({ id }) => id),
    ).toEqual(['2010-11-06T23:30', '2010-11-06T23:30-03:30']);
  });
});
