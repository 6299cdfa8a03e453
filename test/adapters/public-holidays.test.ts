import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Library from 'date-holidays';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { publicHolidays } from '../../functions/adapters/public-holidays.ts';
import { Holidays as HolidayNames } from '../../functions/core/fields.ts';
import type { HolidayCalendar } from '../../functions/core/calendar-date.ts';

async function calendar(region: string): Promise<HolidayCalendar> {
  const found = await publicHolidays(region);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

async function problem(region: string): Promise<string | undefined> {
  const found = await publicHolidays(region);
  return 'problem' in found ? found.problem : undefined;
}

describe('public holidays', () => {
  beforeAll(async () => {
    await publicHolidays('DE'); // Loading the library takes its time once.
  });

  it.each([
    ['DE', '2026-01-01', "New Year's Day"],
    ['DE', '2026-10-03', 'National Holiday'],
    ['DE', '2026-03-08', undefined],
    ['DE-BE', '2026-03-08', "International Women's Day"],
    ['DE-BE', '2026-10-03', 'National Holiday'],
    ['DE-BY', '2026-08-15', undefined],
    ['DE-BY-KATH', '2026-08-15', 'Assumption'],
    ['DE-BY-A', '2026-08-08', expect.any(String)],
    ['US', '2026-11-26', 'Thanksgiving Day'],
    ['US', '2026-11-27', undefined],
    ['PL', '2024-03-31', 'Easter Sunday'], // The day has 23 hours.
    ['GB-SCT', '2026-01-02', expect.any(String)],
    ['GB-ENG', '2026-01-02', undefined],
  ])('of %s on %s: %s', async (region, date, name) => {
    expect((await calendar(region))(date)).toEqual(name);
  });

  it.each([
    ['Fri', '2026-07-03', 'Independence Day (substitute day)'],
    ['Sat', '2026-07-04', 'Independence Day'],
    ['Sun', '2026-07-05', undefined],
  ])('on a weekend count with their substitute day: %s %s', async (_weekday, date, name) => {
    expect((await calendar('US'))(date)).toBe(name);
  });

  it('have a substitute day also in the year before', async () => {
    expect((await calendar('US'))('2027-12-31')).toBe("New Year's Day (substitute day)");
  });

  it.each([
    ['DE-BE', '2026-12-24', 'a bank holiday from 14:00'],
    ['AU-QLD', '2026-12-24', 'a public holiday from 18:00'],
    ['CN', '2026-03-08', 'a public holiday from 12:00'],
    ['DE-BE', '2026-11-18', 'an observance'],
  ])('of %s leave out %s, %s', async (region, date) => {
    expect((await calendar(region))(date)).toBeUndefined();
  });

  it.each([
    ['AE', '2026-03-19', false],
    ['AE', '2026-03-20', true],
    ['AE', '2026-03-22', true],
    ['AE', '2026-03-23', false],
    ['TR', '2026-03-22', true],
    ['TR', '2026-03-23', false],
    ['KR', '2026-09-23', false],
    ['KR', '2026-09-24', true],
    ['KR', '2026-09-26', true],
  ])('of %s that last for days cover each of them: %s %s', async (region, date, holiday) => {
    expect((await calendar(region))(date) !== undefined).toBe(holiday);
  });

  it.each(['1000-01-01', '1899-12-25', '2201-12-25', '9990-12-25'])(
    'are not known for %s, where some calendars of the library would search for ever',
    async (date) => {
      expect((await calendar('DE'))(date)).toBeUndefined();
      expect((await calendar('CN'))(date)).toBeUndefined();
    },
  );

  it('are computed once for each region and year', async () => {
    const spain = await calendar('ES');
    expect(await calendar('ES')).toBe(spain);
    spain('2031-01-06');
    const started = performance.now();
    for (let day = 10; day < 28; day++) for (let times = 0; times < 100; times++) spain(`2031-02-${day}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('do not depend on the time zone of the machine', async () => {
    const script = `
      import { publicHolidays } from './functions/adapters/public-holidays.ts';
      const [us, ae] = [await publicHolidays('US'), await publicHolidays('AE')];
      console.log(us('2026-07-03'), us('2026-07-05'), ae('2026-03-20'), ae('2026-03-23'));`;
    const seen = await Promise.all(
      ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map(async (TZ) => {
        const options = [
          '--disable-warning=ExperimentalWarning',
          '--input-type=module-typescript',
          '-e',
          script,
        ];
        return (await promisify(execFile)(process.execPath, options, { env: { ...process.env, TZ } })).stdout;
      }),
    );
    const expected = 'Independence Day (substitute day) undefined End of Ramadan (Eid al-Fitr) undefined\n';
    expect(seen).toEqual([expected, expected]);
  }, 30_000);
});

describe('every region of the library', () => {
  it('can be named in an expectation', () => {
    const library = new Library();
    const keys = (names: Record<string, string> | undefined) => Object.keys(names ?? {});
    const regions = keys(library.getCountries()).flatMap((country) => [
      country,
      ...keys(library.getStates(country)).flatMap((state) => [
        `${country}-${state}`,
        ...keys(library.getRegions(country, state)).map((part) => `${country}-${state}-${part}`),
      ]),
    ]);
    expect(regions).toEqual(expect.arrayContaining(['DE-BY-KATH', 'NZ-CAN-Timaru', 'CK-Rakahanga']));
    expect(regions.filter((region) => !HolidayNames.safeParse(region).success)).toEqual([]);
  });
});

describe('an unknown region', () => {
  it.each([
    ['XX', /^XX is unknown: the country must be one of AD, AE, /],
    ['UK', /^UK is unknown: did you mean GB\?$/],
    ['de', /^de is unknown: did you mean DE\?$/],
    ['DE-be', /^DE-be is unknown: did you mean DE-BE\?$/],
    ['DE-ZZ', /^DE-ZZ is unknown: there are DE, DE-BB \(Brandenburg\), DE-BE \(Berlin\), /],
    ['DE-BY-X', /^DE-BY-X is unknown: there are DE-BY, DE-BY-A \(Stadt Augsburg\), /],
    ['DE-BE-X', /^DE-BE-X is unknown: DE-BE has no parts with holidays of their own, write DE-BE$/],
    ['DE-BY-A-X', /^DE-BY-A-X is unknown: /],
    ['DE-', /^DE- is unknown: /],
    ['', / is unknown: the country must be one of AD, /],
    ['constructor', /^constructor is unknown: the country must be one of AD, /],
    ['DE-constructor', /^DE-constructor is unknown: there are DE, /],
  ])('%j is refused: %s', async (region, message) => {
    expect(await problem(region)).toMatch(message);
  });
});

describe('a process that asks for no holidays', () => {
  it('does not load the library', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { publicHolidays } = await import('./functions/adapters/public-holidays.ts');
      const before = loaded.some((url) => url.includes('date-holidays'));
      await publicHolidays('DE');
      console.log(before, loaded.some((url) => url.includes('date-holidays')));`;
    const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
    expect((await promisify(execFile)(process.execPath, options)).stdout).toBe('false true\n');
  }, 30_000);
});
