import { z } from 'zod';
import { heartbeatTo } from '../adapters/monitor.ts';
import { advance, type NextStep } from '../app/breaches/advance.ts';
import { awaitArrival } from '../app/breaches/await-arrival.ts';
import { check, type Checked } from '../app/deadlines/check.ts';
import { plan } from '../app/deadlines/plan.ts';
import { heartbeat } from '../app/heartbeat.ts';
import { sweep, SLACK, type Swept } from '../app/sweep.ts';
import type { Context } from '../app/ports.ts';
import { DeadlineRef } from '../core/deadline.ts';
import { SECOND } from '../core/time.ts';

/** The part of Lambda's context that the tasks use. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

export type Task<T> = (event: unknown, invocation: Invocation) => Promise<T>;

const OfDeadline = z.object({ deadline: DeadlineRef });

/** Judge, of the checker: gives one deadline its verdict. */
export function checkTask(ctx: Context): Task<Checked> {
  return (event) => check(ctx, OfDeadline.parse(event).deadline);
}

/** Plan, of the checker: keeps the expectation of the deadline planned ahead. */
export function planTask(ctx: Context): Task<{ planned: true }> {
  return async (event) => {
    const { team, expectation } = OfDeadline.parse(event).deadline;
    await plan(ctx, { team, id: expectation });
    return { planned: true };
  };
}

const OfLifecycle = OfDeadline.extend({
  generation: z.int(),
  /** What this task answered the last time. */
  Payload: z.object({ turn: z.int() }).optional(),
});

/** Act, of the breach. */
export function advanceBreachTask(ctx: Context): Task<NextStep> {
  return (event) => {
    const { deadline, generation, Payload } = OfLifecycle.parse(event);
    return advance(ctx, { deadline, generation, turn: Payload?.turn ?? 0 });
  };
}

const OfWait = OfDeadline.extend({ generation: z.int(), taskToken: z.string().min(1) });

/** AwaitArrival, of the breach: parks its task token. */
export function awaitArrivalTask(ctx: Context): Task<{ parked: true }> {
  return async (event) => {
    await awaitArrival(ctx, OfWait.parse(event));
    return { parked: true };
  };
}

const OfSweep = z.object({
  /** The group to sweep, and all groups: together they cover every shard once. */
  group: z.int().min(0),
  groups: z.array(z.int()).min(1),
  /** How long after its time an item is left to the ordinary path (ms). */
  slack: z.int().min(0).default(SLACK),
});

const RESERVE = 10 * SECOND;

/** Sweep, of the sweep: one group of shards. */
export function sweepTask(ctx: Context): Task<Swept> {
  return async (event, invocation) => {
    const { group, groups, slack } = OfSweep.parse(event);
    const shards = Array.from({ length: ctx.todos.shards }, (_, shard) => shard);
    const own = shards.filter((shard) => shard % groups.length === groups.indexOf(group));
    const until = ctx.now() + invocation.getRemainingTimeInMillis() - RESERVE;
    try {
      const swept = await sweep(ctx, own, { slack, until });
      ctx.metrics.count('sweepRepairs', swept.done);
      return swept;
    } catch (error) {
      ctx.metrics.count('sweepFailures', error instanceof AggregateError ? error.errors.length : 1);
      throw error;
    }
  };
}

/** Heartbeat, of the sweep. @param url of the monitor elsewhere; without one nothing is told */
export function heartbeatTask(ctx: Context, url: string | undefined): Task<{ told: boolean }> {
  if (url === undefined) return () => Promise.resolve({ told: false });
  const tell = heartbeatTo(url, ctx);
  return async () => ({ told: await heartbeat(ctx, tell) });
}
