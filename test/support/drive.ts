import { flush } from '../../functions/app/alerts/flush.ts';
import { advance } from '../../functions/app/breaches/advance.ts';
import { awaitArrival } from '../../functions/app/breaches/await-arrival.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { SLACK, sweep } from '../../functions/app/sweep.ts';
import type { DeadlineRef } from '../../functions/core/deadline.ts';
import { MINUTE, SECOND, type Instant } from '../../functions/core/time.ts';
import type { MemoryWorld } from './memory-context.ts';

/** One running lifecycle, as the breach state machine would have it. */
interface Execution {
  deadline: DeadlineRef;
  generation: number;
  turn: number;
  /** Undefined until it waits. */
  wait?: { token: string; until: Instant };
}

const SWEEP_EVERY = 5 * MINUTE;

/** A process that died in the middle of a task. */
export class Crash extends Error {
  override name = 'Crash';
}

/**
 * Does on a virtual clock what Scheduler, Step Functions and SQS do: fires schedules into the checker, runs breaches,
 * flushes channels that were nudged, sweeps every five minutes. A Crash ends everything that runs.
 */
export class Driver {
  readonly #world: MemoryWorld;
  #executions: Execution[] = [];
  #started = 0;
  #nudged = 0;
  #tokens = 0;
  #delayed: { at: Instant; team: string; channel: string }[] = [];
  #nextSweep: Instant;
  crashes = 0;

  constructor(world: MemoryWorld) {
    this.#world = world;
    this.#nextSweep = world.clock.now + SWEEP_EVERY;
  }

  /** Lets time pass up to and including the instant. */
  async until(iso: string): Promise<void> {
    const end = Date.parse(iso);
    await this.#settle();
    for (let next = this.#next(); next <= end; next = this.#next()) {
      this.#world.clock.now = Math.max(this.#world.clock.now, next);
      await this.#fire();
      await this.#settle();
    }
    this.#world.clock.now = end;
  }

  #next(): Instant {
    const { schedules } = this.#world;
    const waits = this.#executions.map(({ wait }) => wait?.until ?? Infinity);
    const delays = this.#delayed.map(({ at }) => at);
    return Math.min(this.#sweepDue(), schedules.all()[0]?.at ?? Infinity, ...waits, ...delays);
  }

  /** The first sweep that will find something; the ones before it are left out. */
  #sweepDue(): Instant {
    const earliest = (this.#world.todos.all()[0]?.at ?? Infinity) + SLACK;
    if (earliest <= this.#nextSweep) return this.#nextSweep;
    return this.#nextSweep + Math.ceil((earliest - this.#nextSweep) / SWEEP_EVERY) * SWEEP_EVERY;
  }

  async #fire(): Promise<void> {
    const { schedules, clock, ctx } = this.#world;
    for (const ref of schedules.take(clock.now)) {
      await this.#guard(async () => {
        const checked = await check(ctx, ref);
        if (checked.plan) await plan(ctx, { team: ref.team, id: ref.expectation });
      });
    }
    if (clock.now < this.#sweepDue()) return;
    this.#nextSweep = clock.now + SWEEP_EVERY;
    const shards = Array.from({ length: ctx.todos.shards }, (_, shard) => shard);
    await this.#guard(() => sweep(ctx, shards, { slack: SLACK, until: clock.now + MINUTE }));
  }

  /** Runs what can run now until everything waits. */
  async #settle(): Promise<void> {
    for (;;) {
      const progressed = [await this.#start(), await this.#turn(), await this.#notify()];
      if (!progressed.includes(true)) return;
    }
  }

  async #start(): Promise<boolean> {
    const { started } = this.#world.lifecycles;
    const fresh = started.slice(this.#started);
    this.#started = started.length;
    this.#executions.push(...fresh.map(({ ref, generation }) => ({ deadline: ref, generation, turn: 0 })));
    return await Promise.resolve(fresh.length > 0);
  }

  async #turn(): Promise<boolean> {
    const { clock, lifecycles, ctx } = this.#world;
    const ready = this.#executions.filter(
      ({ wait }) => !wait || wait.until <= clock.now || lifecycles.woken.includes(wait.token),
    );
    for (const execution of ready) {
      await this.#guard(async () => {
        const { next, seconds, turn } = await advance(ctx, execution);
        if (next === 'done') {
          this.#executions = this.#executions.filter((one) => one !== execution);
          return;
        }
        const token = `token-${++this.#tokens}`;
        Object.assign(execution, { turn, wait: { token, until: clock.now + seconds * SECOND } });
        await awaitArrival(ctx, { ...execution, taskToken: token });
      });
    }
    return ready.length > 0;
  }

  async #notify(): Promise<boolean> {
    const { nudges, clock, ctx } = this.#world;
    const fresh = nudges.sent.slice(this.#nudged);
    this.#nudged = nudges.sent.length;
    const asked = fresh.flatMap(({ team, channels, delay }) =>
      channels.map((channel) => ({ at: clock.now + delay, team, channel })),
    );
    const due = [...this.#delayed, ...asked].filter(({ at }) => at <= clock.now);
    this.#delayed = [...this.#delayed, ...asked].filter(({ at }) => at > clock.now);
    for (const { team, channel } of due) {
      await this.#guard(() => flush(ctx, team, channel, clock.now + MINUTE));
    }
    return due.length > 0;
  }

  /** A task that fails dies; a crash takes every running execution and message with it. */
  async #guard(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!isCrash(error)) throw error;
      this.crashes++;
      this.#executions = [];
      this.#delayed = [];
      this.#started = this.#world.lifecycles.started.length;
      this.#nudged = this.#world.nudges.sent.length;
    }
  }
}

function isCrash(error: unknown): boolean {
  return error instanceof Crash || (error instanceof AggregateError && error.errors.every(isCrash));
}
