import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Schedules } from '../app/ports.ts';
import type { DeadlineRef } from '../core/deadline.ts';
import { SECOND, toIso, type Instant } from '../core/time.ts';
import { nameOf } from './names.ts';

export interface SchedulesConfig {
  group: string;
  /** The checker. */
  targetArn: string;
  /** What EventBridge Scheduler may do: start the checker. */
  roleArn: string;
  deadLetterArn?: string | undefined;
}

/** One-time schedules of EventBridge Scheduler that start the checker and delete themselves. */
export function eventBridgeSchedules(client: SchedulerClient, config: SchedulesConfig): Schedules {
  const { group } = config;
  return {
    async put(ref, at) {
      const schedule = scheduleOf(ref, at, config);
      try {
        await client.send(new CreateScheduleCommand(schedule));
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
        await client.send(new UpdateScheduleCommand(schedule));
      }
    },
    async remove(ref) {
      try {
        await client.send(new DeleteScheduleCommand({ Name: nameOf(ref), GroupName: group }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}

/**
 * `at()` knows whole seconds and its time zone support differs between implementations: UTC, rounded up. The scheduled
 * time is in the input because the context attribute for it is not filled in everywhere.
 */
function scheduleOf(
  ref: DeadlineRef,
  at: Instant,
  { group, targetArn, roleArn, deadLetterArn }: SchedulesConfig,
) {
  const scheduledFor = toIso(Math.ceil(at / SECOND) * SECOND);
  const { team, expectation, occurrence, rev } = ref;
  const input = { deadline: { team, expectation, occurrence, rev }, scheduledFor };
  return {
    Name: nameOf(ref),
    GroupName: group,
    ScheduleExpression: `at(${scheduledFor.slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: targetArn,
      RoleArn: roleArn,
      Input: JSON.stringify(input),
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
      ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
    },
  } as const;
}
