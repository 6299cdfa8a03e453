import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
  type CreateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createScheduler,
  type DeadDelivery,
  type Delivery,
  type Scheduler,
} from '../../local/services/scheduler.ts';
import { clientConfig, eventually, serve, type TestServer } from './serve.ts';

const STATE_MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:checker';
const RoleArn = 'arn:aws:iam::123456789012:role/overdue';

let dataDir: string;
let scheduler: Scheduler;
let server: TestServer;
let client: SchedulerClient;
let delivered: { delivery: Delivery; at: number }[];
let dead: DeadDelivery[];
let logged: string[];
let deliver: (delivery: Delivery) => Promise<unknown>;

async function open(): Promise<void> {
  scheduler = createScheduler({
    dataDir,
    region: 'eu-central-1',
    accountId: '123456789012',
    deliver: (delivery) => {
      delivered.push({ delivery, at: Date.now() });
      return deliver(delivery);
    },
    onDeadLetter: (letter) => Promise.resolve(dead.push(letter)),
    log: (message) => logged.push(message),
    retryMs: 10,
  });
  server = await serve(scheduler.handle);
  client = new SchedulerClient({ ...clientConfig(server.url), maxAttempts: 1 });
}

async function shut(): Promise<void> {
  client.destroy();
  await server.close();
  await scheduler.close();
}

beforeEach(async () => {
  [delivered, dead, logged] = [[], [], []];
  deliver = () => Promise.resolve();
  dataDir = mkdtempSync(join(tmpdir(), 'scheduler-'));
  await open();
});
afterEach(async () => {
  await shut();
  rmSync(dataDir, { recursive: true });
});

function at(offsetMs: number): string {
  return `at(${new Date(Date.now() + offsetMs).toISOString().slice(0, 19)})`;
}

async function create(Name: string, rest: Partial<CreateScheduleCommandInput> = {}) {
  return await client.send(
    new CreateScheduleCommand({
      Name,
      ScheduleExpression: 'at(2100-01-01T00:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: STATE_MACHINE, RoleArn },
      ...rest,
    }),
  );
}

const get = async (Name: string) => await client.send(new GetScheduleCommand({ Name }));
const gone = { name: 'ResourceNotFoundException' };

describe('the API', () => {
  test('creates, describes, updates and deletes a schedule', async () => {
    const Target = {
      Arn: STATE_MACHINE,
      RoleArn,
      Input: '{"a":1}',
      RetryPolicy: { MaximumRetryAttempts: 3 },
    };
    const created = await create('one', { Target, Description: 'd', ActionAfterCompletion: 'DELETE' });
    expect(created.ScheduleArn).toBe('arn:aws:scheduler:eu-central-1:123456789012:schedule/default/one');
    const described = await get('one');
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
    await client.send(new UpdateScheduleCommand({ ...update, FlexibleTimeWindow: { Mode: 'OFF' } }));
    const updated = await get('one');
    expect(updated).toMatchObject({
      ScheduleExpression: 'at(2101-01-01T00:00:00)',
      ActionAfterCompletion: 'NONE',
    });
    expect(updated.Description).toBeUndefined();
    await client.send(new DeleteScheduleCommand({ Name: 'one' }));
    await expect(get('one')).rejects.toMatchObject(gone);
    await expect(client.send(new DeleteScheduleCommand({ Name: 'one' }))).rejects.toMatchObject(gone);
  });

  test('a taken name conflicts, the same request again does not', async () => {
    await create('one', { ClientToken: 'token' });
    await create('one', { ClientToken: 'token' });
    await expect(create('one')).rejects.toMatchObject({ name: 'ConflictException' });
    const other = { ClientToken: 'token', Description: 'other' };
    await expect(create('one', other)).rejects.toMatchObject({ name: 'ConflictException' });
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
    await expect(create(name, rest)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('lists in pages, by group, prefix and state', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'team' }));
    for (const name of ['a1', 'a2', 'a3', 'b1']) await create(name, { GroupName: 'team' });
    await create('a1', { State: 'DISABLED' });
    const list = async (query: object) => await client.send(new ListSchedulesCommand(query));
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
    await expect(create('one', { GroupName: 'team' })).rejects.toMatchObject(gone);
    await client.send(new CreateScheduleGroupCommand({ Name: 'team' }));
    await expect(client.send(new CreateScheduleGroupCommand({ Name: 'team' }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await create('one', { GroupName: 'team' });
    const listed = await client.send(new ListScheduleGroupsCommand({}));
    expect(listed.ScheduleGroups!.map(({ Name }) => Name)).toEqual(['default', 'team']);
    expect(await client.send(new GetScheduleGroupCommand({ Name: 'team' }))).toMatchObject({
      State: 'ACTIVE',
    });
    await client.send(new DeleteScheduleGroupCommand({ Name: 'team' }));
    const find = new GetScheduleCommand({ Name: 'one', GroupName: 'team' });
    await expect(client.send(find)).rejects.toMatchObject(gone);
    const removeDefault = new DeleteScheduleGroupCommand({ Name: 'default' });
    await expect(client.send(removeDefault)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('firing', () => {
  const nthDelivery = (n: number) => eventually(() => delivered[n]);

  test('is at or soon after the due time, with the attributes filled, and deletes what asks for it', async () => {
    scheduler.start();
    const expression = at(1500);
    const due = Date.parse(`${expression.slice(3, -1)}Z`);
    const Input =
      '{"at":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","n":<aws.scheduler.attempt-number>}';
    const rest = { ScheduleExpression: expression, Target: { Arn: STATE_MACHINE, RoleArn, Input } };
    await create('deleted', { ...rest, ActionAfterCompletion: 'DELETE' });
    await create('kept', rest);
    const { delivery, at: firedAt } = await nthDelivery(0);
    expect(firedAt).toBeGreaterThanOrEqual(due);
    expect(firedAt).toBeLessThan(due + 100);
    const arn = 'arn:aws:scheduler:eu-central-1:123456789012:schedule/default/deleted';
    expect(delivery).toMatchObject({ targetArn: STATE_MACHINE, roleArn: RoleArn });
    expect(JSON.parse(delivery.input)).toEqual({ at: `${expression.slice(3, -1)}Z`, arn, n: 1 });
    await nthDelivery(1);
    await expect(get('deleted')).rejects.toMatchObject(gone);
    expect(await get('kept')).toMatchObject({ State: 'ENABLED' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(delivered).toHaveLength(2);
  });

  test('is at once when the time is past, not at all when disabled', async () => {
    scheduler.start();
    await create('past', { ScheduleExpression: at(-60_000) });
    await create('disabled', { ScheduleExpression: at(-60_000), State: 'DISABLED' });
    await nthDelivery(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(delivered).toHaveLength(1);
  });

  test('of a far one does not come at once, nor does its timer overflow', async () => {
    scheduler.start();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    await create('far', { ScheduleExpression: at(40 * 86_400_000) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const longest = Math.max(...timers.mock.calls.map(([, ms]) => ms ?? 0));
    timers.mockRestore();
    expect(delivered).toEqual([]);
    expect(longest).toBeLessThan(2 ** 31);
  });

  test('knows zones: Berlin winter time is an hour ahead', async () => {
    scheduler.start();
    const berlin = at(3_600_000 - 60_000);
    const winter = berlin.replace(/\d{4}-\d\d-\d\d/, '2025-01-15');
    await create('winter', {
      ScheduleExpression: winter,
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: { Arn: STATE_MACHINE, RoleArn, Input: '"<aws.scheduler.scheduled-time>"' },
    });
    const { delivery } = await nthDelivery(0);
    const local = Date.parse(`${winter.slice(3, -1)}Z`);
    expect(Date.parse(JSON.parse(delivery.input) as string)).toBe(local - 3_600_000);
  });

  test('of a rate comes first at once or at its start, then at its period', async () => {
    scheduler.start();
    await create('now', { ScheduleExpression: 'rate(1 minute)' });
    await create('later', {
      ScheduleExpression: 'rate(5 minutes)',
      StartDate: new Date(Date.now() + 60_000),
    });
    await create('over', { ScheduleExpression: 'rate(5 minutes)', EndDate: new Date(Date.now() - 60_000) });
    await nthDelivery(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(delivered).toHaveLength(1);
  });

  test('is retried until the target accepts', async () => {
    let left = 2;
    deliver = () => (left-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve());
    scheduler.start();
    const Input = '<aws.scheduler.attempt-number>';
    await create('one', {
      ScheduleExpression: at(-1000),
      Target: { Arn: STATE_MACHINE, RoleArn, Input },
      ActionAfterCompletion: 'DELETE',
    });
    await nthDelivery(2);
    expect(delivered.map(({ delivery }) => delivery.input)).toEqual(['1', '2', '3']);
    await eventually(
      async () =>
        await get('one').then(
          () => undefined,
          () => true,
        ),
    );
    expect(dead).toEqual([]);
  });

  test('is given up after its attempts: dead letter, log line, and it is over', async () => {
    deliver = () => Promise.reject(new Error('no'));
    scheduler.start();
    const deadLetterArn = 'arn:aws:sqs:eu-central-1:123456789012:dead';
    const Target = {
      Arn: STATE_MACHINE,
      RoleArn,
      RetryPolicy: { MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: deadLetterArn },
    };
    await create('one', { ScheduleExpression: at(-1000), Target, ActionAfterCompletion: 'DELETE' });
    await eventually(
      async () =>
        await get('one').then(
          () => undefined,
          () => true,
        ),
    );
    expect(delivered).toHaveLength(3);
    expect(dead).toMatchObject([{ deadLetterArn, attempts: 3, targetArn: STATE_MACHINE, input: '{}' }]);
    expect(logged).toHaveLength(1);
  });

  test('follows an update made while it was being delivered', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    deliver = () => promise;
    scheduler.start();
    await create('one', { ScheduleExpression: at(-1000), ActionAfterCompletion: 'DELETE' });
    await nthDelivery(0);
    const update = {
      Name: 'one',
      ScheduleExpression: 'at(2100-01-01T00:00:00)',
      Target: { Arn: STATE_MACHINE, RoleArn },
    };
    await client.send(new UpdateScheduleCommand({ ...update, FlexibleTimeWindow: { Mode: 'OFF' } }));
    resolve(undefined);
    await new Promise((settled) => setTimeout(settled, 50));
    expect(await get('one')).toMatchObject({ ScheduleExpression: 'at(2100-01-01T00:00:00)' });
    expect(delivered).toHaveLength(1);
  });

  test('of many at one instant is in order of creation, bounded, and leaves the loop free', async () => {
    for (let n = 0; n < 500; n++) {
      const Target = { Arn: STATE_MACHINE, RoleArn, Input: String(n) };
      await create(`n${n}`, { ScheduleExpression: at(-1000), Target, ActionAfterCompletion: 'DELETE' });
    }
    let now = 0;
    let most = 0;
    deliver = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    };
    let longestTurn = 0;
    let last = performance.now();
    const probe = setInterval(() => {
      longestTurn = Math.max(longestTurn, performance.now() - last);
      last = performance.now();
    }, 1);
    scheduler.start();
    await nthDelivery(499);
    clearInterval(probe);
    expect(most).toBe(16);
    expect(delivered.map(({ delivery }) => Number(delivery.input))).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    );
    expect(longestTurn).toBeLessThan(200);
  });

  test('of what fell due while it was down comes at the start', async () => {
    await create('one', { ScheduleExpression: at(1000) });
    await shut();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await open();
    expect(delivered).toEqual([]);
    scheduler.start();
    await nthDelivery(0);
  });
});
