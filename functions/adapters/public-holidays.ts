import type Holidays from 'date-holidays';
import { plusDays, type HolidayCalendar, type LocalDate } from '../core/calendar-date.ts';
import { DAY, HOUR } from '../core/time.ts';

/** Years that the library's data is meant for; some of its calendars search without end outside of them. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;

/** The version of date-holidays, whose data it is. */
export const HOLIDAYS_RELEASE = '3.37.0';

const calendars = new Map<string, HolidayCalendar>();

/**
 * The public holidays of a country, state or region (`DE`, `DE-BE`, `DE-BY-A`) by local date, with English names where
 * there are any.
 *
 * Only what is `public` and lasts the whole day counts: not a bank holiday, not Christmas Eve from 18:00. Where a
 * holiday on a weekend has a substitute day (4 July 2026 in the US), both dates count. The library is loaded by the
 * first call (30 MB, 60 ms), a year of a region is computed when first asked for.
 * @returns a problem, in a sentence, when the region is not known: date-holidays itself would silently know no holidays
 *   of it, or only the country's
 */
export async function publicHolidays(region: string): Promise<HolidayCalendar | { problem: string }> {
  const known = calendars.get(region);
  if (known) return known;
  const { default: Library } = await import('date-holidays');
  const [country = '', state, district] = region.split('-');
  const problem = regionProblem(new Library(), region);
  if (problem !== undefined) return { problem };
  const holidays = new Library({ country, ...(state && { state }), ...(district && { region: district }) });
  const calendar = calendarOf(holidays);
  calendars.set(region, calendar);
  return calendar;
}

function calendarOf(holidays: Holidays): HolidayCalendar {
  const years = new Map<number, Map<LocalDate, string>>();
  const namesOf = (year: number) => {
    const names = years.get(year) ?? wholeDays(holidays, year);
    years.set(year, names);
    return names;
  };
  return (date) => {
    const year = Number(date.slice(0, 4));
    // A feast of several days may have begun in the year before.
    const carried = date.slice(5, 7) === '01' ? namesOf(year - 1).get(date) : undefined;
    return namesOf(year).get(date) ?? carried;
  };
}

function wholeDays(holidays: Holidays, year: number): Map<LocalDate, string> {
  const names = new Map<LocalDate, string>();
  if (year < FIRST_YEAR || year > LAST_YEAR) return names;
  for (const { type, date, name, start, end } of holidays.getHolidays(year, 'en')) {
    if (type !== 'public') continue;
    // A day of 23 hours is a whole day, an evening or the afternoon at the end of a feast is none.
    const days = Math.floor((end.getTime() - start.getTime() + 2 * HOUR) / DAY);
    for (let day = 0; day < days; day++) {
      const local = plusDays(date.slice(0, 10), day);
      names.set(local, names.get(local) ?? name);
    }
  }
  return names;
}

function regionProblem(library: Holidays, region: string): string | undefined {
  const [country = '', state, district, ...rest] = region.split('-');
  const countries = Object.keys(library.getCountries());
  if (!countries.includes(country)) return `${region} is unknown: ${whichCountry(country, countries)}`;
  if (state === undefined) return undefined;
  const states = partsOf(library.getStates(country));
  if (!states.has(state)) return `${region} is unknown: ${whichPart(country, state, states)}`;
  if (district === undefined) return undefined;
  const whole = `${country}-${state}`;
  const districts = partsOf(library.getRegions(country, state));
  if (districts.has(district) && rest.length === 0) return undefined;
  return `${region} is unknown: ${whichPart(whole, district, districts)}`;
}

/** Codes that people use for countries that have another one in ISO 3166. */
const ALIASES: Record<string, string> = { UK: 'GB', EN: 'GB', EL: 'GR' };

function whichCountry(country: string, countries: readonly string[]): string {
  const upper = country.toUpperCase();
  const meant = [ALIASES[upper], upper].find((code) => code !== undefined && countries.includes(code));
  return meant === undefined
    ? `the country must be one of ${countries.join(', ')}`
    : `did you mean ${meant}?`;
}

function whichPart(whole: string, part: string, parts: ReadonlyMap<string, string>): string {
  if (parts.size === 0) return `${whole} has no parts with holidays of their own, write ${whole}`;
  const meant = part.toUpperCase();
  if (meant !== part && parts.has(meant)) return `did you mean ${whole}-${meant}?`;
  return `there are ${whole}, ${[...parts].map(([code, name]) => `${whole}-${code} (${name})`).join(', ')}`;
}

function partsOf(names: Record<string, string> | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(names ?? {}));
}
