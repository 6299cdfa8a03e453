import { describe, expect, test } from '@jest/globals';
import type { FieldProblem } from '../../../functions/app/errors.ts';
import { validate } from '../../../functions/app/expectations/validate.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { at, problemsOf, sound, worldOfData } from './bodies.ts';

const { file: _file, due: _due, ...bare } = sound;

describe('rules between fields, and of the team', () => {
  test.each<[string, unknown, FieldProblem[]]>([
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
          message:
            'must not be there beside file: an expectation has exactly one of file, checkIn, job, event, followUp',
          given: {},
        },
      ],
    ],
  ])('%s', async (_name, body, problems) => {
    expect(await problemsOf(body)).toEqual(problems);
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
  const { expectation, warnings } = await validate((await worldOfData()).ctx, sound);
  expect(expectation).toMatchObject({ grace: '0s', giveUpAfter: '3d', file: { minCount: 1, minBytes: 1 } });
  expect(warnings).toEqual([]);
});

describe('a window that is longer than the time between two due times', () => {
  const daily = { at: '06:00', days: 'daily', timezone: 'Europe/Berlin' };
  const file = { ...sound.file, key: 'orders/latest.csv' };
  const warned = [expect.stringContaining('window is longer than the time from one due time to the next')];
  test.each<[string, object, unknown[]]>([
    ['by a second is warned of', { file, due: { every: '1h' }, window: '3601s' }, warned],
    ['by nothing is not', { file, due: { every: '1h' }, window: '1h' }, []],
    ['on some days of the week is warned of', { file, due: sound.due, window: '2d' }, warned],
    ['on none is not, whatever the clocks do', { file, due: daily, window: '24h' }, []],
    ['of what names its date is not', { due: daily, window: '7d' }, []],
  ])('%s', async (_name, changes, warnings) => {
    const body = { ...sound, ...changes };
    expect((await validate((await worldOfData()).ctx, body)).warnings).toEqual(warnings);
  });
});
