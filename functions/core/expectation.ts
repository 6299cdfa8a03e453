import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { daysProblem } from './days.ts';
import { parseDuration, roughLength } from './duration.ts';
import { keyPatternProblem } from './key-pattern.ts';
import { HOUR, isTimezone, MINUTE, SECOND, type Milliseconds } from './time.ts';

const DAY = 24 * HOUR;

/** Ids end up in keys, URLs and schedule names. */
export const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1-64 of a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ example: 'orders-landing' });

const span = (min: Milliseconds, max: Milliseconds, allowed: string) =>
  z.string().check((ctx) => {
    const parsed = parseDuration(ctx.value);
    const length = parsed ? roughLength(parsed) : -1;
    if (parsed && length >= min && length <= max) return;
    const message = parsed
      ? `must be ${allowed}`
      : `must be a duration such as 90s, 10m, 24h or 2d, ${allowed}`;
    ctx.issues.push({ code: 'custom', message, input: ctx.value });
  });

const checked = (problem: (value: string) => string | undefined, max = 200) =>
  z
    .string()
    .max(max, `must be at most ${max} characters`)
    .check((ctx) => {
      const message = problem(ctx.value);
      if (message) ctx.issues.push({ code: 'custom', message, input: ctx.value });
    });

const Timezone = checked((name) =>
  isTimezone(name) ? undefined : 'must be an IANA time zone such as Europe/Berlin or UTC',
).meta({ example: 'Europe/Berlin' });

const CalendarName = z
  .string()
  .regex(
    /^([A-Z]{2}(-[A-Z0-9]{1,3}){0,2}|[a-z0-9][a-z0-9._-]{0,63})$/,
    'must be a region code such as DE-BE or US, or the name of one of your own calendars',
  );

/** Public holidays by region code (upper case), own calendars by name (lower case), or several of both. */
const Holidays = z
  .union([CalendarName, z.array(CalendarName).min(1).max(10)], {
    error:
      'must be a region code such as DE-BE or US, the name of one of your own calendars, or a list of both',
  })
  .meta({ example: 'DE-BE' });

const At = z.strictObject({
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time from 00:00 to 23:59'),
  days: checked(daysProblem).meta({ example: 'mon-fri' }),
  timezone: Timezone,
  holidays: Holidays.optional(),
});

const Cron = z.strictObject({
  cron: checked(cronProblem).meta({ example: '0 6 * * 1-5' }),
  timezone: Timezone,
  holidays: Holidays.optional(),
});

const Every = z.strictObject({ every: span(MINUTE, 366 * DAY, 'from 1m to 366d') });

const SilentFor = z.strictObject({ silentFor: span(MINUTE, 366 * DAY, 'from 1m to 366d') });

export const Due = z.union([At, Cron, Every, SilentFor]);

export const FileSpec = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket'),
  key: checked(keyPatternProblem, 1024).meta({ example: 'orders/{yyyy}/{MM}/{dd}/orders-*.csv' }),
  minCount: z.int().min(1).max(1000).default(1),
  minBytes: z
    .int()
    .min(0)
    .max(50 * 1024 ** 4)
    .default(1),
});

export const CheckInSpec = z.strictObject({});

export const Severity = z.enum(['low', 'medium', 'high', 'critical']);

/** What must happen, by when, for which team: the body as a person writes it, defaults filled in. */
export const Expectation = z.strictObject({
  id: Id,
  team: Id,
  title: z.string().min(1).max(200).optional(),
  file: FileSpec.optional(),
  checkIn: CheckInSpec.optional(),
  due: Due,
  grace: span(0, 31 * DAY, 'from 0s to 31d').default('0s'),
  settle: span(0, HOUR, 'from 0s to 1h').optional(),
  window: span(SECOND, 366 * DAY, 'from 1s to 366d').optional(),
  giveUpAfter: span(MINUTE, 366 * DAY, 'from 1m to 366d').default('3d'),
  remindEvery: span(MINUTE, 366 * DAY, 'from 1m to 366d').default('8h'),
  severity: Severity.default('medium'),
  notify: z.array(Id).max(20).default([]),
  runbook: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .max(2000)
    .optional(),
});
// Exactly one of `file` and `checkIn` is looked after by expectationProblems, which names both.

export type Expectation = z.infer<typeof Expectation>;
export type Due = z.infer<typeof Due>;
export type FileSpec = z.infer<typeof FileSpec>;
export type Severity = z.infer<typeof Severity>;

/** The zone that local days, times and dates of the expectation are meant in; UTC where none is written. */
export function timezoneOf({ due }: Pick<Expectation, 'due'>): string {
  return 'timezone' in due ? due.timezone : 'UTC';
}
