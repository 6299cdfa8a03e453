/** Public holidays that date-holidays does not know by a rule: its data lists them year by year, up to the last one. */
export interface ListedHolidays {
  region: string;
  lastYear: number;
  names: readonly string[];
}

const THAIPUSAM = ['01', '02', '05', '07', '08', '10', '14', '16'].map((state) => `MY-${state}`);

/** Those of date-holidays whose lists end before 2050, by region. */
const LISTS: readonly [regions: readonly string[], lastYear: number, names: readonly string[]][] = [
  [['GY'], 2024, ['Phagwah', 'Deepavali']],
  [['FJ'], 2025, ['Diwali']],
  [['TH'], 2026, ['Makha Bucha', 'Vesak Day', 'Asalha Puja', 'Buddhist Lent']],
  [['MY', 'SG'], 2026, ['Vesak Day']],
  [THAIPUSAM, 2026, ['Thaipusam']],
  [['RU-TY'], 2026, ['Shagaa', 'Naadym']],
  [['AD-03'], 2026, ['Encamp Town Festival']],
  [['AD-07'], 2026, ['Andorra La Vella Festival']],
  [['ID'], 2027, ['Nyepi', 'Vesak Day']],
  [['MY', 'SG', 'TT'], 2030, ['Deepavali']],
  [['SR'], 2030, ['Deepavali', 'Holi Phagwa']],
];

/** The public holidays of a region that are known only up to a certain year; none of a calendar of a team. */
export function listedHolidays(region: string): ListedHolidays[] {
  return LISTS.filter(([regions]) => regions.some((one) => `${region}-`.startsWith(`${one}-`))).map(
    ([, lastYear, names]) => ({ region, lastYear, names }),
  );
}
