import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { NOT_FOUND, RoleArn, STATE_MACHINE, TestSchedules } from './schedules.ts';

let schedules: TestSchedules;

beforeEach(async () => {
  schedules = new TestSchedules();
  await schedules.open();
});
afterEach(async () => {
  await schedules.shut();
  schedules.remove();
});

describe('the API', () => {
  test('creates, describes, updates and deletes a schedule', async () => {
    const Target = {
      Arn: STATE_MACHINE,
      RoleArn,
      Input: '{"a":1}',
      RetryPolicy: { MaximumRetryAttempts: 3 },
    };
    const created = await schedules.create('one', {
      Target,
      Description: 'd',
      ActionAfterCompletion: 'DELETE',
    });
    expect(created.ScheduleArn).toBe('arn:aws:scheduler:eu-central-1:123456789012:schedule/default/one');
    const described = await schedules.get('one');
    expect(described).toMatchObject({
      Name: 'one',
      GroupName: 'default',
      State: 'ENABLED',
      ScheduleExpression: 'at(2100-01-01T00:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      ActionAfterCompletion: 'DELETE',
      Target,
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
    expect(Math.abs(described.CreationDate!.getTime() - Date.now())).toBeLessThan(5000);
    const update = {
      Name: 'one',
      ScheduleExpression: 'at(2101-01-01T00:00:00)',
      Target: { Arn: STATE_MACHINE, RoleArn },
    };
    await schedules.client.send(
      new UpdateScheduleCommand({ ...update, FlexibleTimeWindow: { Mode: 'OFF' } }),
    );
    const updated = await schedules.get('one');
    expect(updated).toMatchObject({
      ScheduleExpression: 'at(2101-01-01T00:00:00)',
      ActionAfterCompletion: 'NONE',
    });
    expect(updated.Description).toBeUndefined();
    await schedules.client.send(new DeleteScheduleCommand({ Name: 'one' }));
    await expect(schedules.get('one')).rejects.toMatchObject(NOT_FOUND);
    await expect(schedules.client.send(new DeleteScheduleCommand({ Name: 'one' }))).rejects.toMatchObject(
      NOT_FOUND,
    );
  });

  test('a taken name conflicts, the same request again does not', async () => {
    await schedules.create('one', { ClientToken: 'token' });
    await schedules.create('one', { ClientToken: 'token' });
    await expect(schedules.create('one')).rejects.toMatchObject({ name: 'ConflictException' });
    const other = { ClientToken: 'token', Description: 'other' };
    await expect(schedules.create('one', other)).rejects.toMatchObject({ name: 'ConflictException' });
  });

  test.each<[string, string, Partial<CreateScheduleCommandInput>]>([
    ['a name of 65 characters', 'x'.repeat(65), {}],
    ['a slash in the name', 'a/b', {}],
    ['cron', 'n', { ScheduleExpression: 'cron(0 6 * * ? *)' }],
    ['at() with a zone', 'n', { ScheduleExpression: 'at(2100-01-01T00:00:00Z)' }],
    ['at() with milliseconds', 'n', { ScheduleExpression: 'at(2100-01-01T00:00:00.000)' }],
    ['31 February', 'n', { ScheduleExpression: 'at(2100-02-31T00:00:00)' }],
    ['rate(0 minutes)', 'n', { ScheduleExpression: 'rate(0 minutes)' }],
    ['rate in seconds', 'n', { ScheduleExpression: 'rate(5 seconds)' }],
    ['an unknown zone', 'n', { ScheduleExpressionTimezone: 'Mars/Olympus' }],
    [
      'a time that a zone skips',
      'n',
      { ScheduleExpression: 'at(2026-03-29T02:30:00)', ScheduleExpressionTimezone: 'Europe/Berlin' },
    ],
    ['a window without its length', 'n', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }],
    ['input that is no JSON', 'n', { Target: { Arn: STATE_MACHINE, RoleArn, Input: '{' } }],
    [
      'a target not served here',
      'n',
      { Target: { Arn: 'arn:aws:sqs:eu-central-1:123456789012:q', RoleArn } },
    ],
    ['no role', 'n', { Target: { Arn: STATE_MACHINE, RoleArn: 'me' } }],
    ['a client token with a dot', 'n', { ClientToken: 'a.b' }],
    [
      '186 retries',
      'n',
      { Target: { Arn: STATE_MACHINE, RoleArn, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    ],
  ])('refuses %s', async (_, name, rest) => {
    await expect(schedules.create(name, rest)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('lists in pages, by group, prefix and state', async () => {
    await schedules.client.send(new CreateScheduleGroupCommand({ Name: 'team' }));
    for (const name of ['a1', 'a2', 'a3', 'b1']) await schedules.create(name, { GroupName: 'team' });
    await schedules.create('a1', { State: 'DISABLED' });
    const list = async (query: object) => await schedules.client.send(new ListSchedulesCommand(query));
    const first = await list({ GroupName: 'team', NamePrefix: 'a', MaxResults: 2 });
    const second = await list({
      GroupName: 'team',
      NamePrefix: 'a',
      MaxResults: 2,
      NextToken: first.NextToken,
    });
    const names = [first, second].map((page) => page.Schedules!.map(({ Name }) => Name));
    expect(names).toEqual([['a1', 'a2'], ['a3']]);
    expect(second.NextToken).toBeUndefined();
    const disabled = await list({ State: 'DISABLED' });
    expect(disabled.Schedules).toMatchObject([
      { GroupName: 'default', Name: 'a1', Target: { Arn: STATE_MACHINE } },
    ]);
    await expect(list({ NextToken: 'garbage' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('groups hold schedules and take them along', async () => {
    await expect(schedules.create('one', { GroupName: 'team' })).rejects.toMatchObject(NOT_FOUND);
    await schedules.client.send(new CreateScheduleGroupCommand({ Name: 'team' }));
    await expect(
      schedules.client.send(new CreateScheduleGroupCommand({ Name: 'team' })),
    ).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await schedules.create('one', { GroupName: 'team' });
    const listed = await schedules.client.send(new ListScheduleGroupsCommand({}));
    expect(listed.ScheduleGroups!.map(({ Name }) => Name)).toEqual(['default', 'team']);
    expect(await schedules.client.send(new GetScheduleGroupCommand({ Name: 'team' }))).toMatchObject({
      State: 'ACTIVE',
    });
    await schedules.client.send(new DeleteScheduleGroupCommand({ Name: 'team' }));
    const find = new GetScheduleCommand({ Name: 'one', GroupName: 'team' });
    await expect(schedules.client.send(find)).rejects.toMatchObject(NOT_FOUND);
    const removeDefault = new DeleteScheduleGroupCommand({ Name: 'default' });
    await expect(schedules.client.send(removeDefault)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
