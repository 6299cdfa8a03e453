import { beforeAll, describe, expect, test } from '@jest/globals';
import { Invalid, type FieldProblem } from '../../../functions/app/errors.ts';
import { validate } from '../../../functions/app/expectations/validate.ts';
import { MemoryWorld } from '../../support/memory-context.ts';

const world = new MemoryWorld();

beforeAll(async () => {
  const grants = ['orders/', 'invoices/'].map((prefix) => ({ bucket: 'acme', prefix }));
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['a@example.com'] };
  await world.channels.put({ team: 'data', name: 'ops-email', target, createdAt: 0 });
});

const at = { at: '06:00', days: 'mon-fri', timezone: 'Europe/Berlin' };
const file = { bucket: 'acme', key: 'orders/{yyyy}/x.csv' };
const sound = { id: 'orders', team: 'data', file, due: at, notify: ['ops-email'] };
const { file: _file, due: _due, ...bare } = sound;

async function problemsOf(body: unknown): Promise<readonly FieldProblem[]> {
  const refused: unknown = await validate(world.ctx, body).catch((error: unknown) => error);
  if (!(refused instanceof Invalid)) throw new Error(`not refused: ${JSON.stringify(refused)}`);
  return refused.problems;
}

const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));

describe('a faulty body is answered with the field, what was given and what is allowed', () => {
  test.each<[string, unknown, FieldProblem[]]>([
    [
      'a misspelt field',
      { ...sound, garce: '10m' },
      [{ field: 'garce', message: 'is not a known field; did you mean grace?', given: '10m' }],
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
          message: 'must have either at with days, or cron, or every, or silentFor; it has every, silentFor',
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
          message: 'must have either at with days, or cron, or every, or silentFor; it has every, silentFor',
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
          message: 'must have either at with days, or cron, or every, or silentFor; it has none',
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
      'an unknown channel',
      { ...sound, notify: ['ops-email', 'ops-mail'] },
      [
        {
          field: 'notify.1',
          message: 'must be one of the channels of team data: ops-email; did you mean ops-email?',
          given: 'ops-mail',
        },
      ],
    ],
    [
      'a bucket without a grant',
      { ...sound, file: { bucket: 'other', key: 'x' } },
      [
        {
          field: 'file.bucket',
          message: 'must be a bucket that an operator granted to team data, which has acme',
          given: 'other',
        },
      ],
    ],
    [
      'a prefix without a grant',
      { ...sound, file: { bucket: 'acme', key: 'x' } },
      [
        {
          field: 'file.key',
          message: 'must begin with orders/ or invoices/: an operator granted no more of acme to team data',
          given: 'x',
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
      'a grace that is as long as its patience',
      { ...sound, grace: '1d', giveUpAfter: '24h' },
      [
        {
          field: 'giveUpAfter',
          message: 'must be longer than grace (1d): both count from when it is due',
          given: '24h',
        },
      ],
    ],
    [
      'an unknown region',
      { ...sound, due: { ...at, holidays: 'DE-XX' } },
      [{ field: 'due.holidays', message: 'must be a calendar that is known: DE-BE, US', given: 'DE-XX' }],
    ],
    [
      'two kinds',
      { ...sound, checkIn: {} },
      [
        {
          field: 'checkIn',
          message: 'must not be there beside file: an expectation has exactly one of file, checkIn',
          given: {},
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
    expect(problems.map(({ field }) => field)).toEqual(['id', 'team', 'due', 'file']);
    expect(problems.every(({ message }) => message.startsWith('is required'))).toBe(true);
  });
});

test('faults of the schema and of the team come in one answer', async () => {
  const problems = await problemsOf({
    ...bare,
    file: { bucket: 'other', key: 'x' },
    due: { ...at, holidays: ['DE-BE', 'DE-XX'] },
    notify: ['nobody'],
    grace: '10 minutes',
  });
  expect(problems.map(({ field }) => field)).toEqual(['grace', 'notify.0', 'file.bucket', 'due.holidays']);
});

test('of many channels only the one that was meant is named', async () => {
  const crowded = new MemoryWorld();
  await crowded.teams.save({ id: 'data', grants: [{ bucket: '*', prefix: '' }], createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['a@example.com'] };
  for (let n = 10; n <= 30; n++) {
    await crowded.channels.put({ team: 'data', name: `team-channel-${n}`, target, createdAt: 0 });
  }
  const refused = validate(crowded.ctx, { ...sound, notify: ['team-chanel-17'] });
  await expect(refused).rejects.toMatchObject({
    problems: [{ message: 'must be one of the channels of team data; did you mean team-channel-17?' }],
  });
});

test('a body without faults gets its defaults', async () => {
  const { expectation, warnings } = await validate(world.ctx, sound);
  expect(expectation).toMatchObject({ grace: '0s', giveUpAfter: '3d', file: { minCount: 1, minBytes: 1 } });
  expect(warnings).toEqual([]);
});
