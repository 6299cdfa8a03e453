import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { at, NOT_FOUND, RoleArn, STATE_MACHINE, TestSchedules } from './schedules.ts';
import { eventually } from './serve.ts';

let schedules: TestSchedules;

beforeEach(async () => {
  schedules = new TestSchedules();
  await schedules.open();
});
afterEach(async () => {
  await schedules.shut();
  schedules.remove();
});

describe('firing', () => {
  const nthDelivery = (n: number) => eventually(() => schedules.delivered[n]);

  test('is at or soon after the due time, with the attributes filled, and deletes what asks for it', async () => {
    schedules.start();
    const expression = at(1500);
    const due = Date.parse(`${expression.slice(3, -1)}Z`);
    const Input =
      '{"at":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","n":<aws.scheduler.attempt-number>}';
    const rest = { ScheduleExpression: expression, Target: { Arn: STATE_MACHINE, RoleArn, Input } };
    await schedules.create('deleted', { ...rest, ActionAfterCompletion: 'DELETE' });
    await schedules.create('kept', rest);
    const { delivery, at: firedAt } = await nthDelivery(0);
    expect(firedAt).toBeGreaterThanOrEqual(due);
    expect(firedAt).toBeLessThan(due + 100);
    const arn = 'arn:aws:scheduler:eu-central-1:123456789012:schedule/default/deleted';
    expect(delivery).toMatchObject({ targetArn: STATE_MACHINE, roleArn: RoleArn });
    expect(JSON.parse(delivery.input)).toEqual({ at: `${expression.slice(3, -1)}Z`, arn, n: 1 });
    await nthDelivery(1);
    await expect(schedules.get('deleted')).rejects.toMatchObject(NOT_FOUND);
    expect(await schedules.get('kept')).toMatchObject({ State: 'ENABLED' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(schedules.delivered).toHaveLength(2);
  });

  test('is at once when the time is past, not at all when disabled', async () => {
    schedules.start();
    await schedules.create('past', { ScheduleExpression: at(-60_000) });
    await schedules.create('disabled', { ScheduleExpression: at(-60_000), State: 'DISABLED' });
    await nthDelivery(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(schedules.delivered).toHaveLength(1);
  });

  test('of a far one does not come at once, nor does its timer overflow', async () => {
    schedules.start();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    await schedules.create('far', { ScheduleExpression: at(40 * 86_400_000) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const longest = Math.max(...timers.mock.calls.map(([, ms]) => ms ?? 0));
    timers.mockRestore();
    expect(schedules.delivered).toEqual([]);
    expect(longest).toBeLessThan(2 ** 31);
  });

  test('knows zones: Berlin winter time is an hour ahead', async () => {
    schedules.start();
    const berlin = at(3_600_000 - 60_000);
    const winter = berlin.replace(/\d{4}-\d\d-\d\d/, '2025-01-15');
    await schedules.create('winter', {
      ScheduleExpression: winter,
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: { Arn: STATE_MACHINE, RoleArn, Input: '"<aws.scheduler.scheduled-time>"' },
    });
    const { delivery } = await nthDelivery(0);
    const local = Date.parse(`${winter.slice(3, -1)}Z`);
    expect(Date.parse(JSON.parse(delivery.input) as string)).toBe(local - 3_600_000);
  });

  test('of a rate comes first at once or at its start, then at its period', async () => {
    schedules.start();
    await schedules.create('now', { ScheduleExpression: 'rate(1 minute)' });
    await schedules.create('later', {
      ScheduleExpression: 'rate(5 minutes)',
      StartDate: new Date(Date.now() + 60_000),
    });
    await schedules.create('over', {
      ScheduleExpression: 'rate(5 minutes)',
      EndDate: new Date(Date.now() - 60_000),
    });
    await nthDelivery(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(schedules.delivered).toHaveLength(1);
  });

  test('is retried until the target accepts', async () => {
    let left = 2;
    schedules.deliver = () => (left-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve());
    schedules.start();
    const Input = '<aws.scheduler.attempt-number>';
    await schedules.create('one', {
      ScheduleExpression: at(-1000),
      Target: { Arn: STATE_MACHINE, RoleArn, Input },
      ActionAfterCompletion: 'DELETE',
    });
    await nthDelivery(2);
    expect(schedules.delivered.map(({ delivery }) => delivery.input)).toEqual(['1', '2', '3']);
    await eventually(
      async () =>
        await schedules.get('one').then(
          () => undefined,
          () => true,
        ),
    );
    expect(schedules.dead).toEqual([]);
  });

  test('is given up after its attempts: dead letter, log line, and it is over', async () => {
    schedules.deliver = () => Promise.reject(new Error('no'));
    schedules.start();
    const deadLetterArn = 'arn:aws:sqs:eu-central-1:123456789012:dead';
    const Target = {
      Arn: STATE_MACHINE,
      RoleArn,
      RetryPolicy: { MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: deadLetterArn },
    };
    await schedules.create('one', { ScheduleExpression: at(-1000), Target, ActionAfterCompletion: 'DELETE' });
    await eventually(
      async () =>
        await schedules.get('one').then(
          () => undefined,
          () => true,
        ),
    );
    expect(schedules.delivered).toHaveLength(3);
    expect(schedules.dead).toMatchObject([
      { deadLetterArn, attempts: 3, targetArn: STATE_MACHINE, input: '{}' },
    ]);
    expect(schedules.logged).toHaveLength(1);
  });

  test('follows an update made while it was being schedules.delivered', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    schedules.deliver = () => promise;
    schedules.start();
    await schedules.create('one', { ScheduleExpression: at(-1000), ActionAfterCompletion: 'DELETE' });
    await nthDelivery(0);
    const update = {
      Name: 'one',
      ScheduleExpression: 'at(2100-01-01T00:00:00)',
      Target: { Arn: STATE_MACHINE, RoleArn },
    };
    await schedules.client.send(
      new UpdateScheduleCommand({ ...update, FlexibleTimeWindow: { Mode: 'OFF' } }),
    );
    resolve(undefined);
    await new Promise((settled) => setTimeout(settled, 50));
    expect(await schedules.get('one')).toMatchObject({ ScheduleExpression: 'at(2100-01-01T00:00:00)' });
    expect(schedules.delivered).toHaveLength(1);
  });

  test('of many at one instant is in order of creation, bounded, and leaves the loop free', async () => {
    for (let n = 0; n < 500; n++) {
      const Target = { Arn: STATE_MACHINE, RoleArn, Input: String(n) };
      await schedules.create(`n${n}`, {
        ScheduleExpression: at(-1000),
        Target,
        ActionAfterCompletion: 'DELETE',
      });
    }
    let now = 0;
    let most = 0;
    schedules.deliver = async () => {
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
    schedules.start();
    await nthDelivery(499);
    clearInterval(probe);
    expect(most).toBe(16);
    expect(schedules.delivered.map(({ delivery }) => Number(delivery.input))).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    );
    expect(longestTurn).toBeLessThan(200);
  });

  test('of many to a target that accepts at once still takes turns with everything else', async () => {
    for (let n = 0; n < 200; n++) await schedules.create(`n${n}`, { ScheduleExpression: at(-1000) });
    let turn = 0;
    let counting = true;
    const count = () => {
      turn++;
      if (counting) setImmediate(count);
    };
    count();
    const turns = new Map<number, number>();
    schedules.deliver = () => Promise.resolve(turns.set(turn, (turns.get(turn) ?? 0) + 1));
    schedules.start();
    await nthDelivery(199);
    counting = false;
    expect(Math.max(...turns.values())).toBe(16);
  });

  test('of what fell due while it was down comes at the start', async () => {
    await schedules.create('one', { ScheduleExpression: at(1000) });
    await schedules.shut();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await schedules.open();
    expect(schedules.delivered).toEqual([]);
    schedules.start();
    await nthDelivery(0);
  });
});
