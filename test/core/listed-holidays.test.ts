import { describe, expect, it } from '@jest/globals';
import { listedHolidays } from '../../functions/core/listed-holidays.ts';
import { publicHolidays } from '../../functions/adapters/public-holidays.ts';
import { plusDays } from '../../functions/core/calendar-date.ts';

const REGIONS = ['GY', 'FJ', 'TH', 'MY', 'MY-01', 'MY-10', 'SG', 'RU-TY', 'AD-03', 'AD-07', 'ID', 'SR', 'TT'];
const cases = REGIONS.flatMap((region) =>
  listedHolidays(region).flatMap(({ lastYear, names }) =>
    names.map((name) => ({ region, name, lastYear, next: lastYear + 1 })),
  ),
);

async function namesOf(region: string, year: number): Promise<Set<string>> {
  const found = await publicHolidays(region);
  if ('problem' in found) throw new Error(found.problem);
  const days = Array.from({ length: 366 }, (_, day) => plusDays(`${year}-01-01`, day));
  return new Set(days.flatMap((date) => (date.startsWith(`${year}`) ? (found(date) ?? []) : [])));
}

describe('holidays that date-holidays lists year by year', () => {
  it.each(cases)('$name of $region is known in $lastYear and not in $next', async (listed) => {
    const { region, name, lastYear, next } = listed;
    expect(await namesOf(region, lastYear)).toContain(name);
    expect(await namesOf(region, next)).not.toContain(name);
  });

  it.each([
    ['TH', 1],
    ['MY', 2],
    ['MY-01', 3],
    ['MY-03', 2],
    ['AD', 0],
    ['RU', 0],
    ['RU-TYU', 0],
    ['DE-BE', 0],
    ['plant', 0],
  ])('of %s are in %i lists', (region, lists) => {
    expect(listedHolidays(region)).toHaveLength(lists);
  });
});
