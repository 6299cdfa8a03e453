import { dateOf, datesOfMonth, lengthOf, weekdayOf, type LocalDate, type Month } from './calendar-date.ts';
import type { Special } from './cron-field.ts';

/** The one date of the month that a special member stands for, if the month has it. */
export function dateOfSpecial(special: Special, month: Month): LocalDate | undefined {
  const length = lengthOf(month);
  switch (special.kind) {
    case 'last-day':
      return dateOf(month, length);
    case 'last-weekday':
      return nearestWeekday(length, month);
    case 'nearest-weekday':
      return special.day > length ? undefined : nearestWeekday(special.day, month);
    case 'last':
      return datesOn(special.weekday, month).at(-1);
    case 'nth':
      return datesOn(special.weekday, month)[special.nth - 1];
  }
}

function datesOn(weekday: number, month: Month): LocalDate[] {
  return datesOfMonth(month).filter((date) => weekdayOf(date) % 7 === weekday);
}

/** The day itself, or the Friday before a Saturday and the Monday after a Sunday, without leaving the month. */
function nearestWeekday(day: number, month: Month): LocalDate {
  const weekday = weekdayOf(dateOf(month, day));
  if (weekday === 6) return dateOf(month, day === 1 ? 3 : day - 1);
  if (weekday === 7) return dateOf(month, day === lengthOf(month) ? day - 2 : day + 1);
  return dateOf(month, day);
}
