import { z } from 'zod';
import { plusDays, type HolidayCalendar, type LocalDate } from './calendar-date.ts';
import { localDate } from './local-schedule.ts';
import { oneLine } from './text.ts';
import type { Instant } from './time.ts';

/** More days than this are no list of holidays; they also have to fit into one item of the table. */
export const MOST_DAYS = 2000;
export const MOST_CALENDARS = 100;
/** In days: a calendar that ends within this is about to run out. */
const RUNS_OUT_WITHIN = 30;

const DayOff = z
  .string()
  .regex(/^(19[7-9]|2[01]\d)\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, {
    error: 'must be a date of the years 1970 to 2199 such as 2026-12-24',
    abort: true,
  })
  .refine(exists, 'must be a date that exists')
  .meta({ example: '2026-12-24' });

/** One day on which nothing is owed. */
export const CalendarDay = z.strictObject({
  date: DayOff,
  name: oneLine(100).optional().meta({ example: 'Plant closed', description: 'What people are told' }),
});
export type CalendarDay = z.infer<typeof CalendarDay>;

/** What a person writes: the days off, and until when the list is complete. */
export const CalendarBody = z.strictObject({
  title: oneLine(200).optional().meta({ example: 'ACME, plant in Halle' }),
  days: z.array(CalendarDay).max(MOST_DAYS),
  validUntil: DayOff.optional().meta({
    example: '2026-12-31',
    description: 'Until this date the list is complete. By default its last date',
  }),
});
export type CalendarBody = z.infer<typeof CalendarBody>;

/** A calendar of a team: local dates on which nothing is owed. All instants in epoch ms. */
export const Calendar = z.object({
  team: z.string(),
  name: z.string(),
  title: z.string().optional(),
  /** Ascending, each date once. */
  days: z.array(z.object({ date: z.string(), name: z.string().optional() })),
  validUntil: z.string(),
  /** Counts every change; never starts again, not even after a deletion. */
  revision: z.int(),
  status: z.enum(['active', 'deleted']),
  changedAt: z.int(),
  changedBy: z.string(),
  why: z.string().optional(),
  /** Since when the expectations that name it have to be planned anew; undefined when all of them are. */
  unsettledSince: z.int().optional(),
  /** The validUntil of whose coming the owners of the expectations that name it were told last. */
  warnedOf: z.string().optional(),
  version: z.int(),
});
export type Calendar = z.infer<typeof Calendar>;

/** The days of a calendar by date; a day without a name is called after the calendar. */
export function daysOf({ days, name, title }: Pick<Calendar, 'days' | 'name' | 'title'>): HolidayCalendar {
  const names = new Map(days.map((day) => [day.date, day.name ?? title ?? name]));
  return (date) => names.get(date);
}

/** From when on the owners must be told that it ends: 30 days before; undefined when they were, or it is deleted. */
export function endsSoonAt(
  calendar: Pick<Calendar, 'status' | 'validUntil' | 'warnedOf' | 'changedAt'>,
): Instant | undefined {
  const { status, validUntil, warnedOf, changedAt } = calendar;
  if (status !== 'active' || warnedOf === validUntil) return undefined;
  return Math.max(Date.parse(`${plusDays(validUntil, -RUNS_OUT_WITHIN)}T00:00:00Z`), changedAt);
}

/** When something must next be done about the calendar; undefined when nothing is left to do. */
export function actAt(calendar: Calendar): Instant | undefined {
  const times = [calendar.unsettledSince, endsSoonAt(calendar)].filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** What people are told of the end of a calendar. */
export function endInWords({ name, validUntil }: Pick<Calendar, 'name' | 'validUntil'>): string {
  return `calendar ${name} is valid until ${validUntil}: ${AFTER}`;
}

/**
 * What is to be said about a calendar that schedules lean on, when it has run out or does within 30 days, or before the
 * last date that is asked for. @param until an instant up to which somebody looks at its days
 */
export function expiryWarning(
  calendar: Pick<Calendar, 'name' | 'validUntil'>,
  { now, until = now, timezone }: { now: Instant; until?: Instant | undefined; timezone: string },
): string | undefined {
  const { name, validUntil } = calendar;
  const today = localDate(now, timezone);
  if (validUntil < today) return `calendar ${name} ran out on ${validUntil}: ${AFTER}`;
  const soon = validUntil <= plusDays(today, RUNS_OUT_WITHIN) || validUntil < localDate(until, timezone);
  return soon ? endInWords(calendar) : undefined;
}

const AFTER = 'days after it are taken for no holidays';

function exists(date: LocalDate): boolean {
  return plusDays(date, 0) === date;
}
