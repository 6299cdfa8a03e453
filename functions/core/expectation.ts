import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { daysProblem } from './days.ts';
import { hasOtherUnit, meantDuration, parseDuration, roughLength } from './duration.ts';
import { parsePattern } from './event-pattern.ts';
import { globProblem } from './glob.ts';
import { closest } from './guess.ts';
import { keyPatternProblem } from './key-pattern.ts';
import { RunSource } from './run.ts';
import { httpUrl, inOneLine, oneLine } from './text.ts';
import { HOUR, isTimezone, MINUTE, SECOND, type Milliseconds } from './time.ts';

const DAY = 24 * HOUR;

/** Ids end up in keys, URLs and schedule names. */
export const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1-64 of a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ example: 'orders-landing' });

const span = (min: Milliseconds, max: Milliseconds, allowed: string, example: string) =>
  z
    .string()
    .check((ctx) => {
      if (isWithin(ctx.value, min, max)) return;
      const meant = meantDuration(ctx.value);
      const guess = meant !== undefined && isWithin(meant, min, max) ? `; did you mean ${meant}?` : '';
      const units = hasOtherUnit(ctx.value) ? '; units are d, h, m and s' : '';
      const message = `must be a duration ${allowed}, such as 90s, 10m, 1h30m or 2d${guess || units}`;
      ctx.issues.push({ code: 'custom', message, input: ctx.value });
    })
    .meta({ example, description: `A duration ${allowed}: days (d), hours (h), minutes (m), seconds (s)` });

function isWithin(text: string, min: Milliseconds, max: Milliseconds): boolean {
  const parsed = parseDuration(text);
  return parsed !== undefined && roughLength(parsed) >= min && roughLength(parsed) <= max;
}

const checked = (problem: (value: string) => string | undefined, max = 200) =>
  z
    .string()
    .max(max, `must be at most ${max} characters`)
    .check((ctx) => {
      const message = problem(ctx.value);
      if (message) ctx.issues.push({ code: 'custom', message, input: ctx.value });
    });

const Timezone = checked((name) =>
  isTimezone(name) ? undefined : `must be an IANA time zone such as Europe/Berlin or UTC${meantZone(name)}`,
).meta({ example: 'Europe/Berlin', description: 'The IANA time zone that days and times are meant in' });

/** A zone of nearly that name, or of that city. */
function meantZone(name: string): string {
  const zones = Intl.supportedValuesOf('timeZone');
  const plain = name.trim().replaceAll(' ', '_').toLowerCase();
  const cities = zones.filter((zone) => zone.toLowerCase().endsWith(`/${plain}`));
  const near = closest(
    plain,
    zones.filter((zone) => zone.includes('/')).map((zone) => zone.toLowerCase()),
  );
  const meant = cities[0] ?? zones.find((zone) => zone.toLowerCase() === near);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return /^(UTC|GMT)?[+-]/i.test(name) ? '; an offset knows no summer time' : '';
}

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
  .meta({
    example: 'DE-BE',
    description:
      'Days on which nothing is owed: public holidays by region code (DE-BE, US), own calendars by name, or a list of both',
  });

const At = z.strictObject({
  at: z
    .string()
    .regex(
      /^([01]\d|2[0-3]):[0-5]\d$/,
      'must be a local time from 00:00 to 23:59, with two digits for the hour, such as 06:00',
    )
    .meta({ example: '06:00', description: 'Local time at which it is due' }),
  days: checked(daysProblem).meta({
    example: 'mon-fri',
    description:
      'daily, business-days, weekdays (mon-fri or mon,wed), 1st-business-day, last-business-day, 1st-mon, last-fri, day-1 to day-31, last-day; several with commas',
  }),
  timezone: Timezone,
  holidays: Holidays.optional(),
});

const Cron = z.strictObject({
  cron: checked(cronProblem).meta({
    example: '0 6 * * 1-5',
    description: 'Five fields: minute, hour, day of the month, month, day of the week',
  }),
  timezone: Timezone,
  holidays: Holidays.optional(),
});

const Every = z
  .strictObject({ every: span(MINUTE, 366 * DAY, 'from 1m to 366d', '15m') })
  .meta({ description: 'A fixed grid, anchored at the first registration' });

const SilentFor = z
  .strictObject({ silentFor: span(MINUTE, 366 * DAY, 'from 1m to 366d', '1h') })
  .meta({ description: 'Overdue when nothing was heard for this long' });

const Each = z.strictObject({ each: z.literal('run') }).meta({
  description:
    'A deadline for each run of a job that has `finishesWithin`: what is meant when `due` is absent',
});

export const Due = z
  .union([At, Cron, Every, SilentFor, Each], {
    error:
      'must be an object that says when: {"at": "06:00", "days": "mon-fri", "timezone": "Europe/Berlin"}, or with cron and timezone, or {"every": "15m"}, or {"silentFor": "1h"}',
  })
  .meta({ example: { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin' } });

export const FileSpec = z
  .strictObject({
    bucket: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'must be the name of an S3 bucket: 3-63 of a-z 0-9 . - without s3:// and without a path',
      )
      .meta({ example: 'acme-landing' }),
    key: inOneLine(checked(keyPatternProblem, 1024)).meta({
      example: 'orders/{yyyy}/{MM}/{dd}/orders-*.csv',
      description:
        'A glob. Date tokens in braces stand for the local date of the deadline, with one offset where wanted: {yyyyMMdd|-1d}',
    }),
    minCount: z.int().min(1).max(1000).default(1).meta({ description: 'How many objects are needed' }),
    minBytes: z
      .int()
      .min(0)
      .max(50 * 1024 ** 4)
      .default(1)
      .meta({ description: 'How many bytes an object needs to count' }),
  })
  .meta({ description: 'Objects of a bucket that must arrive' });

export const CheckInSpec = z
  .strictObject({})
  .meta({ description: 'A check-in must come: POST to the pingUrl of the answer, or to …/check-ins' });

/** A run of a job: the name is a glob, so that one expectation can watch a family of jobs. */
export const JobSpec = z
  .strictObject({
    source: RunSource.meta({ example: 'stepfunctions', description: 'The service that runs the job' }),
    name: inOneLine(checked(globProblem, 256)).meta({
      example: 'nightly-load',
      description: 'The name of the job, or a glob such as load-*',
    }),
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be the twelve digits of an AWS account')
      .optional()
      .meta({ description: 'Runs of this account only' }),
    region: z
      .string()
      .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'must be an AWS Region such as eu-central-1')
      .optional()
      .meta({ description: 'Runs of this Region only' }),
    arguments: z
      .record(z.string().min(1).max(256), checked(globProblem, 256))
      .refine((wanted) => Object.keys(wanted).length <= 10, 'must name 10 arguments at most')
      .optional()
      .meta({
        example: { region: 'eu-*' },
        description: 'Runs that were given these arguments only; globs by the names of arguments',
      }),
    mustHave: z
      .enum(['succeeded', 'started'])
      .default('succeeded')
      .meta({ description: 'What a run must have done by the due time' }),
    minCount: z.int().min(1).max(100).default(1).meta({ description: 'How many runs are needed' }),
    finishesWithin: span(SECOND, 31 * DAY, 'from 1s to 31d', '45m')
      .optional()
      .meta({
        description: 'Each run has a deadline of its own: this long after its start it has succeeded',
      }),
  })
  .meta({ description: 'A job that must run' });

/** Events of a bus, by a pattern as EventBridge knows them. */
export const EventSpec = z
  .strictObject({
    pattern: z
      .record(z.string(), z.unknown())
      .check((ctx) => {
        const parsed = parsePattern(ctx.value);
        if (!('problems' in parsed)) return;
        for (const { path, message, value } of parsed.problems) {
          ctx.issues.push({ code: 'custom', path: [...path], message, input: value });
        }
      })
      .meta({
        example: { source: ['com.acme.trades'], 'detail-type': ['Trade Booked'] },
        description: 'An event pattern of EventBridge, with all its operators',
      }),
    minCount: z.int().min(0).max(1000).default(1).meta({ description: 'How many events are needed' }),
    maxCount: z
      .int()
      .min(0)
      .max(1000)
      .optional()
      .meta({ description: 'How many events are too many but one' }),
  })
  .meta({ description: 'Events that must come, or of which no more may come' });

export const Severity = z.enum(['low', 'medium', 'high', 'critical']);

/** What must happen, by when, for which team: the body as a person writes it, defaults filled in. */
export const Expectation = z.strictObject({
  id: Id,
  team: Id.meta({ example: 'data-platform' }),
  title: oneLine(200).optional().meta({ example: 'Orders from ACME' }),
  file: FileSpec.optional(),
  checkIn: CheckInSpec.optional(),
  job: JobSpec.optional(),
  event: EventSpec.optional(),
  due: Due.default({ each: 'run' }),
  grace: span(0, 31 * DAY, 'from 0s to 31d', '10m')
    .default('0s')
    .meta({ description: 'What comes this much later than due still counts as met' }),
  settle: span(0, HOUR, 'from 0s to 1h', '15s').optional().meta({
    description:
      'Time for evidence that is delivered late, before it is judged; 15s for files, 1s for check-ins, and never less than 1s',
  }),
  window: span(SECOND, 366 * DAY, 'from 1s to 366d', '24h')
    .optional()
    .meta({
      description: 'Evidence counts from this long before it is due; from the due time before when absent',
    }),
  giveUpAfter: span(MINUTE, 366 * DAY, 'from 1m to 366d', '24h')
    .default('3d')
    .meta({ description: 'A missed deadline is given up this long after it was due' }),
  remindEvery: span(MINUTE, 366 * DAY, 'from 1m to 366d', '8h')
    .default('8h')
    .meta({ description: 'While a breach is open and nobody has acknowledged it' }),
  severity: Severity.default('medium'),
  notify: z
    .array(Id)
    .max(20)
    .default([])
    .meta({ example: ['ops-email'], description: 'Channels of the team that are told' }),
  runbook: httpUrl('must be an http or https address such as https://wiki.example.com/orders')
    .optional()
    .meta({ example: 'https://wiki.example.com/orders', description: 'What to do when it is missed' }),
});
// That there is exactly one of `file`, `checkIn`, `job` and `event`, and a `due` where one is needed, validate.ts sees to.

export type Expectation = z.infer<typeof Expectation>;
export type Due = z.infer<typeof Due>;
export type FileSpec = z.infer<typeof FileSpec>;
export type JobSpec = z.infer<typeof JobSpec>;
export type EventSpec = z.infer<typeof EventSpec>;
export type Severity = z.infer<typeof Severity>;

/** The zone that local days, times and dates of the expectation are meant in; UTC where none is written. */
export function timezoneOf({ due }: Pick<Expectation, 'due'>): string {
  return 'timezone' in due ? due.timezone : 'UTC';
}
