import {
  dateOf,
  inOrder,
  lengthOf,
  monthInWords,
  weekdayName,
  withWeekday,
  type LocalDate,
  type Month,
} from './calendar-date.ts';
import type { CronRule } from './cron.ts';
import type { Field, Special } from './cron-field.ts';
import { dateOfSpecial } from './cron-special.ts';
import type { SkippedDate } from './day-rule.ts';

/** The last day of a month that lacks a day which the rule names, with the reason. */
export function cronSkipped({ months, dayOfMonth, dayOfWeek }: CronRule, month: Month): SkippedDate[] {
  if (!months.includes(month.month)) return [];
  const reasons = [...lackingDays(dayOfMonth, month), ...lackingWeekdays(dayOfWeek, month)];
  return reasons.length > 0 ? [{ date: dateOf(month, lengthOf(month)), reason: reasons.join('; ') }] : [];
}

function lackingDays({ numbers, specials, star }: Field, month: Month): string[] {
  // `1-31` and `*` with a step name no day of their own.
  const named = star || numbers.length === 31 ? [] : numbers;
  const nearest = specials.flatMap((special) => ('day' in special ? special.day : []));
  const length = lengthOf(month);
  const lacking = [...new Set([...named, ...nearest])].filter((day) => day > length);
  if (lacking.length === 0) return [];
  return [`no ${lacking.map(inOrder).join(', ')}: ${monthInWords(month)} has ${length} days`];
}

function lackingWeekdays({ specials }: Field, month: Month): string[] {
  return specials
    .filter((special) => special.kind === 'nth')
    .filter((special) => dateOfSpecial(special, month) === undefined)
    .map(({ nth, weekday }) => `no ${inOrder(nth)} ${weekdayName(weekday || 7)} in ${monthInWords(month)}`);
}

/** The dates that `W` takes in place of a Saturday or Sunday, and which; not those that are named themselves. */
export function movedDates({ numbers, specials }: Field, month: Month): ReadonlyMap<LocalDate, string> {
  const moved = specials.flatMap((special): [LocalDate, string][] => {
    const date = dateOfSpecial(special, month);
    const written = dateOf(month, writtenDay(special, month));
    if (date === undefined || date === written || numbers.includes(Number(date.slice(8)))) return [];
    return [[date, `moved from ${withWeekday(written)}, a weekend`]];
  });
  return new Map(moved);
}

/** The day of the month that was meant, before it had to be a weekday. */
function writtenDay(special: Special, month: Month): number {
  return special.kind === 'nearest-weekday' ? special.day : lengthOf(month);
}
