import { describe, expect, test } from '@jest/globals';
import type { FieldProblem } from '../../../functions/app/errors.ts';
import { at, file, problemsOf, sound } from './bodies.ts';

const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));

describe('a faulty body is answered with the field, what was given and what is allowed', () => {
  test.each<[string, unknown, FieldProblem[]]>([
    [
      'a misspelt field',
      { ...sound, garce: '10m' },
      [{ field: 'garce', message: 'is not a known field; did you mean grace?', given: '10m' }],
    ],
    [
      'a job whose deadlines count from its start, and no due that would be wanting',
      {
        ...{ id: 'orders', team: 'data', notify: ['ops-email'] },
        job: { source: 'step', name: 'x', finishesWithin: '45 minutes' },
      },
      [
        {
          field: 'job.source',
          message:
            'must be one of stepfunctions, glue, emr-serverless, batch, ecs, codebuild, redshift-data, lambda, custom',
          given: 'step',
        },
        {
          field: 'job.finishesWithin',
          message: 'must be a duration from 1s to 31d, such as 90s, 10m, 1h30m or 2d; did you mean 45m?',
          given: '45 minutes',
        },
      ],
    ],
    [
      'a misspelt field inside another, which is required',
      { ...sound, file: { bucket: 'acme', kye: 'orders/x' } },
      [
        {
          field: 'file.key',
          message: 'is required: text such as orders/{yyyy}/{MM}/{dd}/orders-*.csv',
        },
        { field: 'file.kye', message: 'is not a known field; did you mean key?', given: 'orders/x' },
      ],
    ],
    [
      'a field at the wrong place',
      { ...sound, timezone: 'UTC' },
      [{ field: 'timezone', message: 'is not a known field; did you mean due.timezone?', given: 'UTC' }],
    ],
    [
      'a number in quotes',
      { ...sound, file: { ...file, minCount: '2' } },
      [{ field: 'file.minCount', message: 'must be a whole number from 1 to 1000, not text', given: '2' }],
    ],
    [
      'a negative number',
      { ...sound, file: { ...file, minCount: -1 } },
      [{ field: 'file.minCount', message: 'must be a whole number from 1 to 1000', given: -1 }],
    ],
    [
      'a number that is not whole',
      { ...sound, file: { ...file, minCount: 1.5 } },
      [{ field: 'file.minCount', message: 'must be a whole number from 1 to 1000', given: 1.5 }],
    ],
    [
      'text for a list',
      { ...sound, notify: 'ops-email' },
      [{ field: 'notify', message: 'must be a list of at most 20 entries, not text', given: 'ops-email' }],
    ],
    [
      'null',
      { ...sound, title: null },
      [
        {
          field: 'title',
          message: 'must be text such as Orders from ACME, not null: leave the field out if it has no value',
          given: null,
        },
      ],
    ],
    [
      'text for an object',
      { ...sound, file: 's3://acme/orders' },
      [
        {
          field: 'file',
          message: 'must be an object with the fields bucket, key, minCount, minBytes, not text',
          given: 's3://acme/orders',
        },
      ],
    ],
    [
      'due with two forms',
      { ...sound, due: { every: '1h', silentFor: '2h' } },
      [
        {
          field: 'due',
          message:
            'must have either at with days, or cron, or every, or silentFor, or each; it has every, silentFor',
          given: { every: '1h', silentFor: '2h' },
        },
      ],
    ],
    [
      'due with two forms, one of them faulty',
      { ...sound, due: { every: '1h', silentFor: 'long' } },
      [
        {
          field: 'due',
          message:
            'must have either at with days, or cron, or every, or silentFor, or each; it has every, silentFor',
          given: { every: '1h', silentFor: 'long' },
        },
      ],
    ],
    [
      'due with no form',
      { ...sound, due: { timezone: 'Europe/Berlin' } },
      [
        {
          field: 'due',
          message: 'must have either at with days, or cron, or every, or silentFor, or each; it has none',
          given: { timezone: 'Europe/Berlin' },
        },
      ],
    ],
    [
      'due with a misspelt form',
      { ...sound, due: { silentfor: '1h' } },
      [{ field: 'due.silentfor', message: 'is not a known field; did you mean silentFor?', given: '1h' }],
    ],
    [
      'a field of another form',
      { ...sound, due: { every: '1h', timezone: 'UTC' } },
      [{ field: 'due.timezone', message: 'does not go together with every', given: 'UTC' }],
    ],
    [
      'a time without the leading zero',
      { ...sound, due: { ...at, at: '6:00' } },
      [
        {
          field: 'due.at',
          message: 'must be a local time from 00:00 to 23:59, with two digits for the hour, such as 06:00',
          given: '6:00',
        },
      ],
    ],
    [
      'a misspelt zone',
      { ...sound, due: { ...at, timezone: 'Europe/Berln' } },
      [
        {
          field: 'due.timezone',
          message: 'must be an IANA time zone such as Europe/Berlin or UTC; did you mean Europe/Berlin?',
          given: 'Europe/Berln',
        },
      ],
    ],
    [
      'a city for a zone',
      { ...sound, due: { ...at, timezone: 'new york' } },
      [
        {
          field: 'due.timezone',
          message: 'must be an IANA time zone such as Europe/Berlin or UTC; did you mean America/New_York?',
          given: 'new york',
        },
      ],
    ],
    [
      'an offset for a zone',
      { ...sound, due: { ...at, timezone: '+01:00' } },
      [
        {
          field: 'due.timezone',
          message: 'must be an IANA time zone such as Europe/Berlin or UTC; an offset knows no summer time',
          given: '+01:00',
        },
      ],
    ],
    [
      'a list for the body',
      [sound],
      [
        {
          field: '(body)',
          message: expect.stringMatching(
            /^must be an object with the fields id, .*, not a list$/,
          ) as unknown as string,
          given: [sound],
        },
      ],
    ],
    [
      'a key of 2,007 characters, of which the beginning is shown',
      { ...sound, file: { ...file, key: `orders/${'x'.repeat(2000)}` } },
      [
        {
          field: 'file.key',
          message: 'must be at most 1024 characters',
          given: `orders/${'x'.repeat(193)}…`,
        },
      ],
    ],
    [
      'a brace that is not closed',
      { ...sound, file: { ...file, key: 'orders/{yyyy/x.csv' } },
      [
        {
          field: 'file.key',
          message: String.raw`has a { on its own: braces hold date tokens, write \{ for the character`,
          given: 'orders/{yyyy/x.csv',
        },
      ],
    ],
    [
      'a duration in words',
      { ...sound, grace: '10 minutes' },
      [
        {
          field: 'grace',
          message: 'must be a duration from 0s to 31d, such as 90s, 10m, 1h30m or 2d; did you mean 10m?',
          given: '10 minutes',
        },
      ],
    ],
    ...[
      ['in months', '1mo', '; units are d, h, m and s'],
      ['in years', '2 years', '; units are d, h, m and s'],
      ['in weeks', '2 weeks', '; did you mean 14d?'],
      ['in more weeks than are allowed', '6 weeks', '; units are d, h, m and s'],
      ['that is too long', '32d', ''],
    ].map(([what, grace, hint]): [string, object, FieldProblem[]] => [
      `a duration ${what}`,
      { ...sound, grace },
      [
        {
          field: 'grace',
          message: `must be a duration from 0s to 31d, such as 90s, 10m, 1h30m or 2d${hint}`,
          given: grace,
        },
      ],
    ]),
    [
      'a severity that there is not',
      { ...sound, severity: 'hihg' },
      [
        {
          field: 'severity',
          message: 'must be one of low, medium, high, critical; did you mean high?',
          given: 'hihg',
        },
      ],
    ],
    [
      'no calendars in a list of calendars',
      { ...sound, due: { ...at, holidays: [] } },
      [{ field: 'due.holidays', message: 'must be a list of 1 to 10 entries', given: [] }],
    ],
    [
      'too many calendars',
      { ...sound, due: { ...at, holidays: Array.from({ length: 11 }, () => 'DE') } },
      [
        {
          field: 'due.holidays',
          message:
            'must be a region code such as DE-BE or US, the name of one of your own calendars, or a list of 1 to 10 of both',
          given: Array.from({ length: 11 }, () => 'DE'),
        },
      ],
    ],
    [
      'an address that is too long',
      { ...sound, runbook: `https://wiki.example.com/${'a'.repeat(2000)}` },
      [
        {
          field: 'runbook',
          message: 'must be at most 2000 characters',
          given: `https://wiki.example.com/${'a'.repeat(175)}…`,
        },
      ],
    ],
    [
      'lists within lists, too deep for JSON',
      { ...sound, title: deep },
      [
        {
          field: 'title',
          message: 'must be text such as Orders from ACME, not a list',
          given: '(nested too deep to show)',
        },
      ],
    ],
  ])('%s', async (_name, body, problems) => {
    expect(await problemsOf(body)).toEqual(problems);
  });

  test('days that do not exist, with a guess', async () => {
    const [only] = await problemsOf({ ...sound, due: { ...at, days: 'mon-fry' } });
    expect(only).toMatchObject({ field: 'due.days', given: 'mon-fry' });
    expect(only?.message).toMatch(/^must be daily, business-days, .*; did you mean mon-fri\?$/);
  });

  test('an empty body: everything that is required', async () => {
    const problems = await problemsOf({});
    expect(problems.map(({ field }) => field)).toEqual(['id', 'team', 'file', 'due']);
    expect(problems.every(({ message }) => message.startsWith('is required'))).toBe(true);
  });
});
