import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { publicHolidays } from '../../functions/adapters/public-holidays.ts';
import { plusDays } from '../../functions/core/calendar-date.ts';
import { vectors } from '../core/vectors/read.ts';

const theirs = vectors('holidays', z.record(z.string(), z.record(z.string(), z.string())));
/** Why, then where: `+2022-04-17` is a holiday of ours alone, `-2022-04-17` one of theirs alone. */
const accepted = vectors('accepted-holidays', z.record(z.string(), z.record(z.string(), z.string())));

jest.setTimeout(60_000);

describe('public holidays of 2022 to 2026, beside those of another library', () => {
  it.each(Object.entries(theirs))('%s has the same but for what is listed', async (region, years) => {
    const differing: string[] = [];
    const holiday = await publicHolidays(region);
    if (typeof holiday !== 'function') throw new Error(holiday.problem);
    for (const [year, text] of Object.entries(years)) {
      const dates = new Set(text.split(' '));
      for (let date = `${year}-01-01`; date.startsWith(year); date = plusDays(date, 1)) {
        const ours = holiday(date) !== undefined;
        if (ours !== dates.has(date.slice(5).replace('-', ''))) differing.push(`${ours ? '+' : '-'}${date}`);
      }
    }
    const listed = Object.values(accepted).flatMap((regions) => regions[region]?.split(' ') ?? []);
    const byDate = (a: string, b: string) => (a.slice(1) < b.slice(1) ? -1 : 1);
    expect(differing).toEqual(listed.toSorted(byDate));
  });
});
