import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { nameOf } from '../../functions/adapters/names.ts';
import { eventBridgeSchedules, type SchedulesConfig } from '../../functions/adapters/schedules.ts';
import type { Schedules } from '../../functions/app/ports.ts';
import { clientOf, recordingServer, refusal, type Answer, type RecordingServer } from './recording-server.ts';

const NOW = Date.parse('2026-11-21T05:00:00Z');
const REF = { team: 'data', expectation: 'orders', occurrence: '2026-11-21T06:00', rev: 1 };

let server: RecordingServer;
let client: SchedulerClient;
let answers: Answer[];
let schedules: Schedules;

const CONFIG: SchedulesConfig = {
  group: 'overdue',
  targetArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:checker',
  roleArn: 'arn:aws:iam::123456789012:role/scheduler',
  now: () => NOW,
};

beforeAll(async () => {
  server = await recordingServer(() => answers.shift() ?? { body: { ScheduleArn: 'arn' } });
  client = new SchedulerClient(clientOf(server));
});
afterAll(async () => {
  client.destroy();
  await server.close();
});
beforeEach(() => {
  answers = [];
  server.requests.length = 0;
  schedules = eventBridgeSchedules(client, CONFIG);
});

const sent = () => server.requests.map(({ method, path }) => `${method} ${path}`);
const bodyOf = (index: number) => JSON.parse(server.requests[index]!.body) as Record<string, unknown>;
const NAME = nameOf(REF);

describe('a schedule', () => {
  test('starts the checker once, at the second in UTC, and deletes itself', async () => {
    await schedules.put({ ...REF, more: 'than a reference' } as typeof REF, NOW + 60_000);
    expect(sent()).toEqual([`POST /schedules/${NAME}`]);
    expect(bodyOf(0)).toMatchObject({
      GroupName: 'overdue',
      ScheduleExpression: 'at(2026-11-21T05:01:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: CONFIG.targetArn,
        RoleArn: CONFIG.roleArn,
        Input: JSON.stringify({ deadline: REF, scheduledFor: '2026-11-21T05:01:00.000Z' }),
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
      },
    });
    expect(bodyOf(0)['Target']).not.toHaveProperty('DeadLetterConfig');
  });

  test.each([
    [60_000, '05:01:00'],
    [60_001, '05:01:01'],
    [60_999, '05:01:01'],
    [2_000, '05:00:02'],
    [1_999, '05:00:02'],
    [0, '05:00:02'],
    [-86_400_000, '05:00:02'],
  ])('for %i ms from now is never early and never past: at %s', async (from, time) => {
    await schedules.put(REF, NOW + from);
    expect(bodyOf(0)['ScheduleExpression']).toBe(`at(2026-11-21T${time})`);
  });

  test('that Scheduler cannot deliver goes to the dead-letter queue, if there is one', async () => {
    const deadLetterArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
    await eventBridgeSchedules(client, { ...CONFIG, deadLetterArn }).put(REF, NOW + 60_000);
    expect(bodyOf(0)).toMatchObject({ Target: { DeadLetterConfig: { Arn: deadLetterArn } } });
  });

  test('that exists already is moved', async () => {
    answers = [refusal('ConflictException', 409)];
    await schedules.put(REF, NOW + 120_000);
    expect(sent()).toEqual([`POST /schedules/${NAME}`, `PUT /schedules/${NAME}`]);
    expect(bodyOf(1)).toMatchObject({
      ScheduleExpression: 'at(2026-11-21T05:02:00)',
      ActionAfterCompletion: 'DELETE',
      GroupName: 'overdue',
    });
  });

  test('that fires while it is moved is made anew', async () => {
    answers = [refusal('ConflictException', 409), refusal('ResourceNotFoundException', 404)];
    await schedules.put(REF, NOW + 120_000);
    expect(sent().map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT', 'POST']);
  });

  test('is removed, and one that is gone already is no fault', async () => {
    await schedules.remove(REF);
    answers = [refusal('ResourceNotFoundException', 404)];
    await schedules.remove(REF);
    const calls = sent().map((line) => line.replace(/clientToken=[^&]+&/, ''));
    expect(calls).toEqual(Array(2).fill(`DELETE /schedules/${NAME}?groupName=overdue`));
  });

  test('that is refused for another reason is a fault', async () => {
    answers = [refusal('AccessDeniedException', 403), refusal('AccessDeniedException', 403)];
    await expect(schedules.put(REF, NOW)).rejects.toThrow('AccessDeniedException happened');
    await expect(schedules.remove(REF)).rejects.toThrow('AccessDeniedException happened');
    answers = [refusal('ConflictException', 409), refusal('ThrottlingException', 429)];
    await expect(schedules.put(REF, NOW)).rejects.toThrow('ThrottlingException happened');
  });
});

describe('a name', () => {
  const long = { ...REF, expectation: 'x'.repeat(64), team: 'y'.repeat(64) };

  test('is within what Scheduler and Step Functions allow', () => {
    for (const ref of [REF, long, { ...REF, occurrence: '2026-10-25T02:30+01:00' }]) {
      expect(nameOf(ref)).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
      expect(`${nameOf(ref)}-${Number.MAX_SAFE_INTEGER}`.length).toBeLessThanOrEqual(80);
    }
  });

  test('differs with every part of the reference', () => {
    const others = [
      { ...REF, team: 'data2' },
      { ...REF, expectation: 'orders2' },
      { ...REF, occurrence: '2026-11-22T06:00' },
      { ...REF, rev: 2 },
      { ...long, expectation: `${'x'.repeat(63)}y` },
      long,
    ];
    expect(new Set([REF, ...others].map(nameOf)).size).toBe(7);
  });
});
