import {
  datesOfMonth,
  weekdayOf,
  type HolidayCalendar,
  type LocalDate,
  type Month,
} from './calendar-date.ts';
import { DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, parseField, type Field } from './cron-field.ts';
import { movedDates } from './cron-notes.ts';
import { dateOfSpecial } from './cron-special.ts';
import { withExcuse, type RuleDate } from './day-rule.ts';

/** A cron expression, read. Whether a date fits is a matter of the local calendar, not of instants. */
export interface CronRule {
  /** Local times of each fitting date, `HH:mm`, ascending. */
  times: readonly string[];
  /**
   * Every hour fits, so the rule means elapsed time: it fires at each real instant whose local minute fits, in a
   * repeated hour twice and in a missing hour not at all. Any other hour field, `*` with a step included, names hours
   * of the local day: each fires once, moved by the gap when it does not exist.
   */
  elapsed: boolean;
  months: readonly number[];
  dayOfMonth: Field;
  dayOfWeek: Field;
}

const LONGEST = 200;
const SPECS = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK] as const;
const MACROS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * What is wrong with a cron expression, as the end of a sentence that begins with it: the field, what was given and
 * what is allowed; also that it would never fire. @returns undefined when parseCron can read it
 */
export function cronProblem(text: string): string | undefined {
  const rule = read(text);
  if ('problem' in rule) return rule.problem;
  return everFires(rule) ? undefined : 'never fires: there is no date that fits';
}

/**
 * Reads a cron expression of five fields as Vixie cron does: when both the day of the month and the day of the week
 * are restricted, one of them suffices; a field that begins with `*` counts as unrestricted there, so that with a
 * step both must fit. @throws RangeError for text that cannot be read
 */
export function parseCron(text: string): CronRule {
  const rule = read(text);
  if ('problem' in rule) throw new RangeError(`cron ${text} ${rule.problem}`);
  return rule;
}

/** The dates of the month on which the rule fires, ascending; a month without a fitting date has none. */
export function cronDates(rule: CronRule, month: Month, isHoliday: HolidayCalendar): RuleDate[] {
  if (!rule.months.includes(month.month)) return [];
  const byMonthday = monthdayTest(rule.dayOfMonth, month);
  const byWeekday = weekdayTest(rule.dayOfWeek, month);
  const either = !rule.dayOfMonth.star && !rule.dayOfWeek.star;
  const fits = (date: LocalDate) =>
    either ? byMonthday(date) || byWeekday(date) : byMonthday(date) && byWeekday(date);
  const moved = movedDates(rule.dayOfMonth, month);
  return datesOfMonth(month)
    .filter(fits)
    .map((date) => {
      const note = either && byWeekday(date) ? undefined : moved.get(date);
      return withExcuse({ date, ...(note === undefined ? {} : { note }) }, isHoliday);
    });
}

function read(text: string): CronRule | { problem: string } {
  if (text.length > LONGEST) return { problem: `must be at most ${LONGEST} characters` };
  const macro = MACROS[text.trim()];
  if (macro !== undefined) return { problem: `must have five fields: write ${macro}` };
  const parts = text.trim().split(/\s+/);
  if (parts.length !== SPECS.length) {
    return {
      problem:
        'must have five fields: minute, hour, day of the month, month, day of the week, as in 0 6 * * 1-5',
    };
  }
  const fields: Field[] = [];
  for (const [index, spec] of SPECS.entries()) {
    const field = parseField(parts[index] ?? '', spec);
    if ('problem' in field) return field;
    fields.push(field);
  }
  return ruleOf(fields as [Field, Field, Field, Field, Field]);
}

function ruleOf([minute, hour, dayOfMonth, month, dayOfWeek]: [Field, Field, Field, Field, Field]): CronRule {
  const two = (number: number) => String(number).padStart(2, '0');
  return {
    times: hour.numbers.flatMap((h) => minute.numbers.map((m) => `${two(h)}:${two(m)}`)),
    elapsed: hour.numbers.length === 24,
    months: month.numbers,
    dayOfMonth,
    dayOfWeek,
  };
}

/** Dates repeat after 28 years (2001 to 2028 has no century without a leap day). */
function everFires(rule: CronRule): boolean {
  const years = Array.from({ length: 28 }, (_, index) => 2001 + index);
  return years.some((year) =>
    rule.months.some((month) => cronDates(rule, { year, month }, () => undefined).length > 0),
  );
}

type DateTest = (date: LocalDate) => boolean;

function monthdayTest({ numbers, specials }: Field, month: Month): DateTest {
  const dates = new Set(specials.map((special) => dateOfSpecial(special, month)));
  return (date) => numbers.includes(Number(date.slice(8))) || dates.has(date);
}

function weekdayTest({ numbers, specials }: Field, month: Month): DateTest {
  const dates = new Set(specials.map((special) => dateOfSpecial(special, month)));
  return (date) => numbers.includes(weekdayOf(date) % 7) || dates.has(date);
}
