import { flush } from '../../functions/app/alerts/flush.ts';
import { advance, type NextStep } from '../../functions/app/breaches/advance.ts';
import { awaitArrival } from '../../functions/app/breaches/await-arrival.ts';
import { check, type Checked } from '../../functions/app/deadlines/check.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import type { Context, Lifecycles, Nudges, Schedules } from '../../functions/app/ports.ts';
import { SLACK, sweep } from '../../functions/app/sweep.ts';
import { deadlineId, type DeadlineRef } from '../../functions/core/deadline.ts';
import { MINUTE, SECOND, type Instant, type Milliseconds } from '../../functions/core/time.ts';
import type { End, Machine } from './machine.ts';
import type { Profile } from './profile.ts';

const SWEEP_EVERY = 5 * MINUTE;

/** How long the supervisor of a task waits before it takes silence for death. */
const TIMEOUT: Milliseconds = MINUTE;

type Rate = 'lostSchedule' | 'earlySchedule' | 'duplicates' | 'deadExecution' | 'lostNudge' | 'lostEvent';

const nameOf = (ref: DeadlineRef) => `${ref.team}/${ref.expectation}/${deadlineId(ref)}`;

/**
 * What AWS does around the use-cases, by its documentation and at its worst: schedules that fire late, twice or not at
 * all; executions by unique name that may die; queues that deliver at least once, in any order, until they give up.
 */
export class Surroundings {
  readonly #machine: Machine;
  readonly #profile: Profile;
  readonly #dice: () => number;
  readonly #schedules = new Map<string, { ref: DeadlineRef; at: Instant }>();
  readonly #executions = new Set<string>();
  readonly #tokens = new Map<string, () => void>();
  #count = 0;
  /** While it lasts, nothing that we run is started; or else no execution, while queues and the API go on. */
  outage: 'none' | 'everything' | 'executions' = 'none';
  /** Of each event that went through: when its message was taken up for that, and when it was done. */
  readonly delivered = new Map<string, { began: Instant; done: Instant }>();

  constructor(machine: Machine, profile: Profile, dice: () => number) {
    this.#machine = machine;
    this.#profile = profile;
    this.#dice = dice;
  }

  readonly schedules: Schedules = {
    put: async (ref, at) => {
      await Promise.resolve();
      const kept = { ref: { ...ref }, at };
      this.#schedules.set(nameOf(ref), kept);
      if (this.#happens('lostSchedule')) return;
      const early = this.#happens('earlySchedule') ? -30 * MINUTE : 0;
      this.#machine.at(at + early + this.#dice() * this.#profile.lateSchedule, () => {
        this.#fire(ref, kept);
      });
    },
    remove: async (ref) => {
      await Promise.resolve();
      this.#schedules.delete(nameOf(ref));
    },
  };

  #fire(ref: DeadlineRef, kept: { at: Instant }): void {
    // One that was removed or replaced near its time may still fire.
    const stale = this.#schedules.get(nameOf(ref)) !== kept;
    if (stale && !this.#happens('duplicates')) return;
    if (!stale) this.#schedules.delete(nameOf(ref));
    this.runChecker(ref);
    if (this.#happens('duplicates')) this.runChecker(ref);
  }

  runChecker(ref: DeadlineRef): void {
    if (this.outage !== 'none') return;
    const planOn = () => {
      const work = (ctx: Context) => plan(ctx, { team: ref.team, id: ref.expectation });
      this.#retried(`plan ${nameOf(ref)}`, 5, work, () => undefined);
    };
    const judge = (ctx: Context) => check(ctx, ref);
    this.#retried<Checked>(`check ${nameOf(ref)}`, 5, judge, (end) => {
      if (end.is !== 'done' || end.value.plan) planOn();
    });
  }

  /** A task of a state machine with Retry; a crash is a timeout. */
  #retried<T>(
    name: string,
    tries: number,
    work: (ctx: Context) => Promise<T>,
    end: (end: End<T>) => void,
    pause: Milliseconds = SECOND,
  ): void {
    if (this.outage !== 'none') {
      end({ is: 'crashed' });
      return;
    }
    this.#start(name, work, (ended) => {
      if (ended.is === 'done' || tries <= 1) end(ended);
      else {
        const wait = pause + (ended.is === 'crashed' ? TIMEOUT : 0);
        this.#machine.at(this.#machine.now + wait, () => {
          this.#retried(name, tries - 1, work, end, 2 * pause);
        });
      }
    });
  }

  #start<T>(name: string, work: (ctx: Context) => Promise<T>, end: (end: End<T>) => void): void {
    const skew = Math.round((this.#dice() - 0.5) * 2 * this.#profile.skew);
    this.#machine.spawn(name, work, end, skew);
  }

  readonly lifecycles: Lifecycles = {
    start: async (ref, generation) => {
      await Promise.resolve();
      const name = `${nameOf(ref)}~${generation}`;
      if (this.#executions.has(name)) return;
      this.#executions.add(name);
      if (!this.#happens('deadExecution')) this.#act({ ref: { ...ref }, generation, turn: 0 });
    },
    wake: async (token) => {
      await Promise.resolve();
      this.#tokens.get(token)?.();
    },
  };

  #act(life: { ref: DeadlineRef; generation: number; turn: number }): void {
    const { ref: deadline, generation, turn } = life;
    const work = (ctx: Context) => advance(ctx, { deadline, generation, turn });
    this.#retried<NextStep>(`advance ${nameOf(deadline)}~${generation}`, 7, work, (end) => {
      if (end.is !== 'done' || end.value.next === 'done') return;
      if (this.#happens('deadExecution')) return;
      this.#wait({ ...life, turn: end.value.turn }, end.value.seconds);
    });
  }

  #wait(life: { ref: DeadlineRef; generation: number; turn: number }, seconds: number): void {
    const { ref: deadline, generation } = life;
    const taskToken = `token ${++this.#count}`;
    const goOn = () => {
      if (!this.#tokens.delete(taskToken)) return;
      this.#act(life);
    };
    this.#tokens.set(taskToken, goOn);
    this.#machine.at(this.#machine.now + seconds * SECOND, goOn);
    const work = (ctx: Context) => awaitArrival(ctx, { deadline, generation, taskToken });
    // A further attempt of the state is a new task with a new token.
    this.#retried(`await ${nameOf(deadline)}~${generation}`, 1, work, (end) => {
      if (end.is === 'done' || !this.#tokens.delete(taskToken)) return;
      this.#machine.at(this.#machine.now + 2 * SECOND, () => {
        this.#wait(life, seconds);
      });
    });
  }

  readonly nudges: Nudges = {
    send: async (team, channels, delay = 0) => {
      await Promise.resolve();
      for (const channel of new Set(channels)) {
        if (this.#happens('lostNudge')) continue;
        const flushIt = (ctx: Context) => flush(ctx, team, channel, this.#machine.now + 30 * SECOND);
        this.#deliver(`flush ${team}/${channel}`, Math.min(delay, 15 * MINUTE), flushIt, () => undefined);
      }
    },
  };

  /**
   * The event of something that came, some time after it.
   * @param key tells this event from all others
   */
  tellOf(
    { key, name }: { key: string; name: string },
    latency: Milliseconds,
    record: (ctx: Context) => Promise<unknown>,
  ): void {
    const work = async (ctx: Context): Promise<void> => {
      const began = this.#machine.now;
      await record(ctx);
      if (!this.delivered.has(key)) this.delivered.set(key, { began, done: this.#machine.now });
    };
    if (!this.#happens('lostEvent')) this.#redriven(`record ${name}`, latency, work);
    if (this.#happens('duplicates')) {
      this.#deliver(`record again ${name}`, latency + this.#dice() * 10 * MINUTE, work, () => undefined);
    }
  }

  /** A message of a queue: again after its visibility timeout until it is done, at most five times. */
  #deliver(
    name: string,
    delay: Milliseconds,
    work: (ctx: Context) => Promise<unknown>,
    dead: () => void,
    tries = 5,
  ): void {
    this.#machine.at(this.#machine.now + delay, () => {
      if (this.outage === 'everything') {
        this.#deliver(name, 5 * MINUTE, work, dead, tries);
        return;
      }
      this.#start(name, work, (end) => {
        if (end.is === 'done') return;
        if (tries > 1) this.#deliver(name, 1.5 * MINUTE, work, dead, tries - 1);
        else dead();
      });
    });
  }

  /** Of a message that did not go through in five times the operator is told, and puts it back. */
  #redriven(name: string, delay: Milliseconds, work: (ctx: Context) => Promise<unknown>): void {
    this.#deliver(name, delay, work, () => {
      this.#machine.count('redriven');
      this.#redriven(name, 30 * MINUTE, work);
    });
  }

  /** Begins to sweep every five minutes, `workAt` telling when a sweep would find something, if nothing else happens. */
  sweepEvery(shards: readonly number[], workAt: () => Instant): void {
    const sweepOn = () => {
      const { now, next } = this.#machine;
      const isIdle = this.outage === 'none' && workAt() > now;
      // In a year there are a hundred thousand times to sweep, and at most of them nothing has happened since the last.
      const turns = isIdle ? Math.ceil((Math.min(workAt(), next) - now) / SWEEP_EVERY) : 1;
      this.#machine.at(now + Math.max(1, turns) * SWEEP_EVERY, sweepOn);
      if (isIdle || this.outage !== 'none') return;
      const work = (ctx: Context) => sweep(ctx, shards, { slack: SLACK, until: now + MINUTE });
      this.#retried('sweep', 3, work, () => undefined);
      if (this.#happens('duplicates')) this.#retried('second sweep', 3, work, () => undefined);
    };
    this.#machine.at(this.#machine.now + SWEEP_EVERY, sweepOn);
  }

  /** A request of a user, again until it is answered; what the API refuses is an answer. */
  request<T>(
    name: string,
    work: (ctx: Context) => Promise<T>,
    answered: (value: T | undefined) => void,
  ): void {
    if (this.outage === 'everything') {
      this.#machine.at(this.#machine.now + 3 * MINUTE, () => {
        this.request(name, work, answered);
      });
      return;
    }
    this.#start(name, work, (end) => {
      if (end.is === 'done') answered(end.value);
      else if (end.is === 'failed' && isRefusal(end.error)) answered(undefined);
      else {
        this.#machine.at(this.#machine.now + 5 * SECOND, () => {
          this.request(name, work, answered);
        });
      }
    });
  }

  /** Whether something of the profile goes wrong this time. */
  #happens(what: Rate): boolean {
    const rate = this.#profile[what];
    if (rate === 0 || this.#dice() >= rate) return false;
    this.#machine.count(what);
    return true;
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && ['Invalid', 'NotFound', 'Conflict', 'PreconditionFailed'].includes(error.name)
  );
}
