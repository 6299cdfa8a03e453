import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  dateOf,
  monthOf,
  plusBusinessDays,
  type HolidayCalendar,
} from '../../../functions/core/calendar-date.ts';
import { cronDates, parseCron } from '../../../functions/core/cron.ts';
import { datesOf } from '../../../functions/core/day-rule.ts';
import { parseDays } from '../../../functions/core/days.ts';
import { withinDates } from '../../../functions/core/local-schedule.ts';
import { parseRecurrence, recurrences } from '../../../functions/core/recurrence.ts';
import { occurrencesAfter } from '../../../functions/core/schedule.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { Firings, unpacked, vectors } from './read.ts';

const none: HolidayCalendar = () => undefined;

const days = vectors(
  'days',
  z.strictObject({
    rules: z.record(z.string(), z.tuple([z.string(), z.string(), z.string()])),
    strict: z.record(z.string(), z.string()),
  }),
);
const businessDays = vectors(
  'business-days',
  z.record(
    z.string(),
    z.strictObject({
      off: z.string(),
      dates: z.record(z.string(), z.string()),
      moves: z.array(z.tuple([z.string(), z.int(), z.string()])),
    }),
  ),
);
const crons = vectors('cron', z.array(z.tuple([z.string(), z.int(), Firings, Firings])));

/** Dates of `due.days`, or of a cron for each day at midnight where the text begins with `cron`. */
function datesBetween(rule: string, first: string, last: string, isHoliday = none) {
  const special = /^cron (.*)$/.exec(rule)?.[1];
  if (special !== undefined) {
    const cron = parseCron(`0 0 ${special} * *`);
    return withinDates((month) => cronDates(cron, month, isHoliday), first, last);
  }
  const read = parseDays(rule);
  return withinDates((month) => datesOf(read, month, isHoliday), first, last);
}

describe('dates of a rule, by dateutil', () => {
  it.each(Object.entries(days.rules))('%s', (rule, [first, last, dates]) => {
    expect(datesBetween(rule, first, last).map(({ date }) => date)).toEqual(unpacked(dates));
  });

  it.each(Object.entries(days.strict))(
    '%s is also in months that RFC 5545 skips, on their last day and with a note',
    (rule, dates) => {
      const found = datesBetween(rule, '2019-01-01', '2029-12-31');
      const strict = unpacked(dates);
      expect(found.filter(({ note }) => note === undefined).map(({ date }) => date)).toEqual(strict);
      const moved = found.filter(({ note }) => note !== undefined);
      expect(moved).toHaveLength(11 * 12 - strict.length);
      for (const { date } of moved) expect(date).toBe(lastDayOf(date));
    },
  );
});

function lastDayOf(date: string): string {
  const { year, month } = monthOf(date);
  return dateOf({ year, month: month + 1 }, 0);
}

describe.each(Object.entries(businessDays))('business days with the days off of %s', (_name, vector) => {
  const off = new Set(unpacked(vector.off));
  const isHoliday = (date: string) => (off.has(date) ? 'off' : undefined);

  it.each(Object.entries(vector.dates))('%s', (rule, dates) => {
    const found = datesBetween(rule, '2023-01-01', '2027-12-31', isHoliday);
    expect(found.map(({ date }) => date)).toEqual(unpacked(dates));
  });

  it('are counted forwards and backwards', () => {
    const moved = vector.moves.map(([from, count]) => [
      from,
      count,
      plusBusinessDays(from, count, isHoliday),
    ]);
    expect(moved).toEqual(vector.moves);
  });
});

describe('recurrence rules of whole days, by dateutil', () => {
  const rules = vectors('recurrences', z.array(z.tuple([z.string(), z.string(), z.string()])));

  it.each(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'])('%s', (frequency) => {
    const some = rules.filter(([text]) => text.startsWith(`FREQ=${frequency}`));
    expect(some.length).toBeGreaterThan(200);
    for (const [text, first, dates] of some) {
      const rule = parseRecurrence(text);
      if ('problem' in rule) throw new Error(`${text} ${rule.problem}`);
      const found = [...recurrences(rule, first, '2030-12-31').take(40)];
      expect({ text, first, found }).toEqual({ text, first, found: unpacked(dates) });
    }
  });
});

describe('a recurrence rule with numbered days beside others', () => {
  it('is either, as RFC 5545 has it; dateutil wants a date to be both', () => {
    const rule = parseRecurrence('FREQ=MONTHLY;BYDAY=-1WE,TU');
    if ('problem' in rule) throw new Error(rule.problem);
    expect([...recurrences(rule, '2024-06-01', '2024-06-30')]).toEqual([
      '2024-06-04',
      '2024-06-11',
      '2024-06-18',
      '2024-06-25',
      '2024-06-26',
    ]);
  });
});

describe('a weekly recurrence rule with a position', () => {
  it('counts the days of the whole week, also of the first; dateutil begins that one with the first day', () => {
    const rule = parseRecurrence('FREQ=WEEKLY;BYDAY=TU,FR;BYSETPOS=2');
    if ('problem' in rule) throw new Error(rule.problem);
    // A Thursday: dateutil knows one day of its week, so no second.
    expect([...recurrences(rule, '2027-03-25', '2027-04-09')]).toEqual([
      '2027-03-26',
      '2027-04-02',
      '2027-04-09',
    ]);
  });
});

describe('the next six firings of 3,000 random expressions', () => {
  const ours = crons.map(([cron, start]) =>
    [
      ...occurrencesAfter({ cron, timezone: 'UTC' }, start * MINUTE, { anchor: 0, isHoliday: none }).take(6),
    ].map(({ dueAt }) => dueAt / MINUTE - start),
  );

  it('are those of cronsim', () => {
    expect(ours).toEqual(crons.map(([, , cronsim]) => cronsim));
  });

  it('are those of croniter where it can read them, but for `#` beside a day of the month', () => {
    const readable = crons.flatMap(([cron, , , croniter], index) =>
      croniter === 'CroniterNotAlphaError' ? [] : [{ cron, croniter, ours: ours[index] }],
    );
    const differing = readable.filter((row) => JSON.stringify(row.croniter) !== JSON.stringify(row.ours));
    // croniter wants both days to fit there, and finds no date where that never happens.
    const accepted = vectors('accepted-cron', z.array(z.string()));
    expect(differing.map(({ cron }) => cron)).toEqual(accepted);
    for (const cron of accepted) expect(cron).toMatch(/^\S+ \S+ [^*]\S* \S+ \S+#\d$/);
  });
});
