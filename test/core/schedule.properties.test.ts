import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { monthOf, nextMonth, type HolidayCalendar } from '../../functions/core/calendar-date.ts';
import { cronDates, cronProblem, parseCron } from '../../functions/core/cron.ts';
import { datesOf } from '../../functions/core/day-rule.ts';
import { parseDays } from '../../functions/core/days.ts';
import {
  occurrencesBefore,
  occurrencesAfter,
  preview,
  type Occurrence,
  type ScheduleContext,
  type TimedDue,
} from '../../functions/core/schedule.ts';
import { DAY, fromLocal, HOUR, inZone, MINUTE, SECOND, type Instant } from '../../functions/core/time.ts';

jest.setTimeout(60_000);

const timezone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Pacific/Apia',
);

const two = (number: number) => String(number).padStart(2, '0');
// Clocks change at night.
const hour = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 23 }));
const minute = fc.oneof(fc.constantFrom(0, 30), fc.integer({ min: 0, max: 59 }));

const at = fc.record({
  at: fc.tuple(hour, minute).map(([h, m]) => `${two(h)}:${two(m)}`),
  days: fc.constantFrom(
    'daily',
    'mon-fri',
    'fri-mon',
    'sun',
    'business-days',
    'last-business-day',
    '3rd-business-day',
    'day-31',
    'day-1,day-30',
    'last-day',
    'last-sun',
    '1st-sun',
    '2nd-sun',
  ),
  timezone,
});

const cronField = (max: number) =>
  fc.oneof(
    fc.constantFrom('*', `*/${Math.ceil(max / 3)}`, `0-${max}/2`),
    fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  );
const cron = fc
  .tuple(
    cronField(59),
    fc.oneof(fc.constant('*'), cronField(23)),
    fc.constantFrom('*', '*', '1,15', 'L', '15W', '*/10'),
    fc.constantFrom('*', '*', '*/2', '3,10'),
    fc.constantFrom('*', '*', '1-5', 'sun', '5L', '0#2'),
  )
  .map((fields) => fields.join(' '))
  .filter((text) => cronProblem(text) === undefined);

const every = fc
  .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom('m', 'h', 'd'))
  .map(([count, unit]) => ({ every: `${unit === 'd' ? Math.ceil(count / 20) : count}${unit}` }));

const due: fc.Arbitrary<TimedDue> = fc.oneof(at, fc.record({ cron, timezone }), every);

/** Anywhere, and often within two days of a clock change. */
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2008, 0), max: Date.UTC(2032, 0) }),
  fc
    .tuple(
      fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2026-03-08T07:00Z',
        '2026-11-01T06:00Z',
        '2026-04-04T15:00Z',
        '2026-10-03T15:30Z',
        '2025-02-23T02:00Z',
        '2025-04-06T02:00Z',
        '2018-11-04T03:00Z',
        '2018-02-18T02:00Z',
        '2022-03-26T22:00Z',
        '2011-12-30T10:00Z',
        '2010-11-07T02:31Z',
        '2026-11-01T05:00Z',
      ),
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
    )
    .map(([change, by]) => Date.parse(change) + by),
);

const isHoliday: HolidayCalendar = (date) => (Number(date.slice(8)) % 7 === 1 ? 'A Day Off' : undefined);
const context = (anchor: number): ScheduleContext => ({ anchor, isHoliday });
const take = (rule: TimedDue, after: number, count: number): Occurrence[] => [
  ...occurrencesAfter(rule, after, context(Date.UTC(2008, 0))).take(count),
];

describe('the occurrences of any schedule', () => {
  it('come after the instant and ascend strictly, each with an identity of its own', () => {
    fc.assert(
      fc.property(due, instant, (rule, after) => {
        const all = take(rule, after, 40);
        expect(all).toHaveLength(40);
        for (const [index, { dueAt }] of all.entries()) {
          expect(dueAt).toBeGreaterThan(index === 0 ? after : all[index - 1]!.dueAt);
        }
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same wherever one begins to look', () => {
    fc.assert(
      fc.property(due, instant, fc.integer({ min: 0, max: 20 }), (rule, after, skip) => {
        const all = take(rule, after, 30);
        expect(take(rule, all[skip]!.dueAt, 29 - skip)).toEqual(all.slice(skip + 1));
        expect(take(rule, all[skip]!.dueAt - 1, 30 - skip)).toEqual(all.slice(skip));
      }),
      { numRuns: 100 },
    );
  });

  it('are found backwards as they are found forwards', () => {
    fc.assert(
      fc.property(due, instant, fc.double({ min: 0, max: 1, noNaN: true }), (rule, after, part) => {
        const all = take(rule, after, 12);
        const around = context(Date.UTC(2008, 0));
        for (const [index, next] of all.slice(1).entries()) {
          const previous = all[index]!;
          const between = Math.ceil(previous.dueAt + (next.dueAt - previous.dueAt) * part);
          const latest = (before: Instant) => [...occurrencesBefore(rule, before, around).take(index + 1)];
          const behind = all.slice(0, index + 1).toReversed();
          expect(latest(next.dueAt)).toEqual(behind);
          expect(latest(previous.dueAt + 1)).toEqual(behind);
          if (between > previous.dueAt) expect(latest(between)).toEqual(behind);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is due at local times', () => {
  const named = fc.oneof(at, fc.record({ cron: cron.filter((text) => !parseCron(text).elapsed), timezone }));

  it('is due once for each written date and time: none is skipped, none is doubled', () => {
    fc.assert(
      fc.property(named, instant, (rule, after) => {
        const all = take(rule, after, 40);
        const last = all.at(-1)!.dueAt;
        const written = writtenTimes(rule, after, last)
          .map((local) => fromLocal(local, rule.timezone))
          .filter((dueAt) => dueAt > after && dueAt <= last);
        expect(all.map(({ dueAt }) => dueAt)).toEqual([...new Set(written)].sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });

  it('is due when the clock shows the written time, unless the note says otherwise', () => {
    fc.assert(
      fc.property(named, instant, (rule, after) => {
        for (const { id, dueAt, local, note } of take(rule, after, 40)) {
          expect(local).toBe(id.replace('T', ' '));
          const shown = inZone(dueAt, rule.timezone).toFormat('yyyy-MM-dd HH:mm');
          if (shown !== local) expect(note).toContain('does not exist');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is excused exactly on holidays by its written date', () => {
    fc.assert(
      fc.property(named, instant, (rule, after) => {
        for (const { local, excused } of take(rule, after, 40))
          expect(excused).toBe(isHoliday(local.slice(0, 10)));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is due by a cron for every hour', () => {
  it('is due at every minute whose local time fits', () => {
    const rules = fc.record({ cron: cron.filter((text) => parseCron(text).elapsed), timezone });
    fc.assert(
      fc.property(rules, instant, (rule, near) => {
        const from = Math.floor(near / MINUTE) * MINUTE;
        const to = from + 6 * HOUR;
        const fits = fittingMinutes(rule, from, to);
        const found = [...occurrencesAfter(rule, from - 1, context(0)).take(fits.length + 1)];
        expect(found.slice(0, fits.length).map(({ dueAt }) => dueAt)).toEqual(fits);
        expect(found.at(fits.length)?.dueAt ?? Infinity).toBeGreaterThanOrEqual(to);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a preview', () => {
  it('has the asked number of occurrences, and entries in order of their local dates', () => {
    fc.assert(
      fc.property(at, instant, fc.integer({ min: 0, max: 30 }), (rule, after, count) => {
        const entries = preview(rule, after, count, context(0));
        expect(entries.filter((entry) => 'id' in entry)).toHaveLength(count);
        const dates = entries.map((entry) => ('id' in entry ? entry.local : entry.skipped).slice(0, 10));
        expect(dates).toEqual([...dates].sort());
      }),
      { numRuns: 60 },
    );
  });
});

describe('any instant', () => {
  it('however far away it is, ends the search soon and without an error', () => {
    const far = fc.oneof(
      fc.integer({ min: -8.64e15, max: 8.64e15 }),
      fc.constantFrom(
        -8.64e15,
        8.64e15,
        0,
        -SECOND,
        Date.UTC(1900, 0),
        Date.UTC(9990, 0),
        Date.UTC(9999, 11, 31),
      ),
    );
    fc.assert(
      fc.property(due, far, (rule, at) => {
        const [next] = occurrencesAfter(rule, at, context(0)).take(1);
        if (next) expect(next.dueAt).toBeGreaterThan(at);
        const [before] = occurrencesBefore(rule, at, context(0)).take(1);
        if (before) expect(before.dueAt).toBeLessThan(at);
      }),
      { numRuns: 100 },
    );
  });
});

/** Local dates and times that the rule names around the two instants, from its dates alone. */
function writtenTimes(rule: Exclude<TimedDue, { every: string }>, after: number, last: number): string[] {
  const found: string[] = [];
  const end = new Date(last + 3 * DAY).toISOString().slice(0, 10);
  let month = monthOf(new Date(after - 3 * DAY).toISOString().slice(0, 10));
  for (; `${month.year}-${two(month.month)}-01` <= end; month = nextMonth(month)) {
    const dates =
      'cron' in rule
        ? cronDates(parseCron(rule.cron), month, isHoliday)
        : datesOf(parseDays(rule.days), month, isHoliday);
    const times = 'cron' in rule ? parseCron(rule.cron).times : [rule.at];
    found.push(...dates.flatMap(({ date }) => times.map((time) => `${date}T${time}`)));
  }
  return found;
}

/** By looking at the clock every minute. */
function fittingMinutes(rule: { cron: string; timezone: string }, from: number, to: number): number[] {
  const { times, ...parsed } = parseCron(rule.cron);
  const found: number[] = [];
  for (let at = from; at < to; at += MINUTE) {
    const shown = inZone(at, rule.timezone);
    const dates = cronDates({ times, ...parsed }, { year: shown.year, month: shown.month }, isHoliday);
    const fits = dates.some(({ date }) => date === shown.toFormat('yyyy-MM-dd'));
    if (fits && times.includes(shown.toFormat('HH:mm'))) found.push(at);
  }
  return found;
}
