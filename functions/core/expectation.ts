import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { Bucket, checked, Days, Holidays, Pattern, span, Timezone } from './fields.ts';
import type { BusinessHours } from './business-time.ts';
import { FollowUpSpec } from './follow-up.ts';
import { globProblem, isLiteral } from './glob.ts';
import { keyPatternProblem } from './key-pattern.ts';
import { RunSource } from './run.ts';
import { httpUrl, inOneLine, oneLine } from './text.ts';
import { HOUR, MINUTE, SECOND } from './time.ts';

const DAY = 24 * HOUR;

/** Ids end up in keys, URLs and schedule names. */
export const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1-64 of a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ example: 'orders-landing' });

const At = z.strictObject({
  at: z
    .string()
    .regex(
      /^([01]\d|2[0-3]):[0-5]\d$/,
      'must be a local time from 00:00 to 23:59, with two digits for the hour, such as 06:00',
    )
    .meta({ example: '06:00', description: 'Local time at which it is due' }),
  days: Days,
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

const Each = z.strictObject({ each: z.enum(['run', 'follow-up']) }).meta({
  description:
    'A deadline for each run of a job that has `finishesWithin`, or for each thing that must be followed: what is meant when `due` is absent',
});

export const Due = z
  .union([At, Cron, Every, SilentFor, Each], {
    error:
      'must be an object that says when: {"at": "06:00", "days": "mon-fri", "timezone": "Europe/Berlin"}, or with cron and timezone, or {"every": "15m"}, or {"silentFor": "1h"}',
  })
  .meta({ example: { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin' } });

export const FileSpec = z
  .strictObject({
    bucket: Bucket,
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
  .meta({
    description:
      'A job that must run. One of `custom` may tell of its runs by its pingUrl, unless its name is a glob or other fields narrow it down',
  });

/** Events of a bus, by a pattern as EventBridge knows them. */
export const EventSpec = z
  .strictObject({
    pattern: Pattern,
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
  followUp: FollowUpSpec.optional(),
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
  warnWhenLate: z
    .int()
    .min(50, 'must be 50 at least: a warning is for what is rare')
    .max(99, 'must be 99 at most')
    .optional()
    .meta({
      example: 95,
      description:
        'Warn once when it is later than so many of 100 of its last occurrences, and not overdue yet. Nobody is warned when absent',
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
// That there is exactly one of `file`, `checkIn`, `job`, `event` and `followUp`, and a `due` where one is needed, validate.ts sees to.

export type Expectation = z.infer<typeof Expectation>;
export type Due = z.infer<typeof Due>;
export type FileSpec = z.infer<typeof FileSpec>;
export type JobSpec = z.infer<typeof JobSpec>;
export type EventSpec = z.infer<typeof EventSpec>;
export type Severity = z.infer<typeof Severity>;

/** Whether it has an address of its own to check in by: no check-in says which of several jobs, places or arguments. */
export function takesCheckIns({ checkIn, job }: Pick<Expectation, 'checkIn' | 'job'>): boolean {
  if (job?.source !== 'custom') return checkIn !== undefined;
  const filters = [job.account, job.region, job.arguments];
  return isLiteral(job.name) && filters.every((one) => one === undefined);
}

/** The zone that local days, times and dates of the expectation are meant in; UTC where none is written. */
export function timezoneOf(expectation: Pick<Expectation, 'due' | 'followUp'>): string {
  return clockOf(expectation)?.timezone ?? 'UTC';
}

/** What its local times depend on, beside what is written: a zone, and calendars. */
export function clockOf({
  due,
  followUp,
}: Pick<Expectation, 'due' | 'followUp'>): Pick<BusinessHours, 'timezone' | 'holidays'> | undefined {
  return 'timezone' in due ? due : followUp?.businessHours;
}
