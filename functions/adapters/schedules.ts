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
import { SECOND, toIso, type Instant, type Milliseconds } from '../core/time.ts';
import { nameOf } from './names.ts';

export interface SchedulesConfig {
  group: string;
  /** The checker. */
  targetArn: string;
  /** What EventBridge Scheduler may do: start the checker. */
  roleArn: string;
  deadLetterArn?: string | undefined;
  now: () => Instant;
}

/** A time that is past is refused, or may be past when it arrives: what is due already is due in a moment. */
const SOONEST: Milliseconds = 2 * SECOND;

/** One-time schedules of EventBridge Scheduler that start the checker and delete themselves. */
export function eventBridgeSchedules(client: SchedulerClient, config: SchedulesConfig): Schedules {
  const { group, now } = config;
  return {
    async put(ref, at) {
      const schedule = scheduleOf(ref, Math.max(at, now() + SOONEST), config);
      if (await create(client, schedule)) return;
      if (await update(client, schedule)) return;
      // It fired, and deleted itself, just now.
      await create(client, schedule);
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

type Schedule = ReturnType<typeof scheduleOf>;

/** False when there is one of that name. */
async function create(client: SchedulerClient, schedule: Schedule): Promise<boolean> {
  try {
    await client.send(new CreateScheduleCommand(schedule));
    return true;
  } catch (error) {
    if (error instanceof ConflictException) return false;
    throw error;
  }
}

/** Replaces every part of it. False when there is none of that name. */
async function update(client: SchedulerClient, schedule: Schedule): Promise<boolean> {
  try {
    await client.send(new UpdateScheduleCommand(schedule));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/**
 * `at()` knows whole seconds: rounded up, and in UTC, because times in the gap of a clock change are not defined for it.
 * The scheduled time is in the input because the context attribute for it is not filled in everywhere.
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
