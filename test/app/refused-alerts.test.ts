import { beforeEach, describe, expect, it } from '@jest/globals';
import { flush } from '../../functions/app/alerts/flush.ts';
import { create } from '../../functions/app/expectations/register.ts';
import type { AlertQueue, Context, Senders } from '../../functions/app/ports.ts';
import type { Message } from '../../functions/core/alert.ts';
import { Crash, Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
});

/** Check-ins that nobody makes: they are missed at the given time of 21 November. */
async function expected(ids: string, at = '06:00'): Promise<void> {
  for (const id of ids) {
    const due = { at, days: 'daily', timezone: 'UTC' };
    const body = { id: `load-${id}`, team: 'data', checkIn: {}, due, notify: ['hook'], giveUpAfter: '10d' };
    await create(world.ctx, { ...body, remindEvery: '10d' }, { by: 'tester' });
  }
}

const idsOf = ({ alerts }: Message) => alerts.map(({ expectation }) => expectation.slice(-1)).join('');

/** The messages that were taken: the expectations of their alerts. */
const taken = () => world.senders.sent.map(({ message }) => idsOf(message));

const refuse = (...ids: string[]) => {
  world.senders.refuses = (message) =>
    ids.some((id) => idsOf(message).includes(id)) ? 'example.com answered 400' : undefined;
};

/** What became of the first alert of each expectation. */
async function outcomes(): Promise<Record<string, string>> {
  const missed = world.deadlines.all().filter(({ status }) => status === 'missed');
  const found = missed.map(async (deadline) => {
    const timeline = await world.timeline.of(deadline);
    const last = timeline.findLast((entry) => entry.kind === 'delivery' && entry.seq === 1);
    const status = last?.kind === 'delivery' ? last.status : 'waiting';
    return [deadline.expectation.slice(-1), status] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

const allBut = (refused: string, ids: string) =>
  Object.fromEntries(Array.from(ids, (id) => [id, id === refused ? 'failed' : 'delivered']));

describe('one alert of several that the receiver refuses for what it says', () => {
  it.each(['a', 'c', 'e', 'g'])(
    'is given up within a minute, and the others arrive in order: %s',
    async (id) => {
      await expected('abcdefg');
      refuse(id);
      await driver.until('2026-11-21T06:01:00Z');
      expect(taken().join('')).toBe('abcdefg'.replace(id, ''));
      expect(await outcomes()).toEqual(allBut(id, 'abcdefg'));
      expect(world.metrics.counts.givenUp).toBe(1);
      expect(world.log.lines).toContainEqual({
        level: 'warn',
        message: 'alert given up',
        facts: {
          ...{ team: 'data', channel: 'hook', problem: 'example.com answered 400' },
          deadlines: [`data/load-${id}/2026-11-21T06:00~r1`],
        },
      });
    },
  );

  it('costs few messages among many', async () => {
    const ids = 'abcdefghijklmnopqrstuvwxyz0123456789';
    const tried: string[] = [];
    await expected(ids);
    world.senders.refuses = (message) => {
      tried.push(idsOf(message));
      return idsOf(message).includes('q') ? 'no' : undefined;
    };
    await driver.until('2026-11-21T06:02:00Z');
    expect(await outcomes()).toEqual(allBut('q', ids));
    expect(tried.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(ids.length)) + 1);
  });

  it('is sent again under no id that it was refused under', async () => {
    const tried = new Map<string, string>();
    await expected('abcd');
    world.senders.refuses = (message) => {
      expect(tried.get(message.id) ?? idsOf(message)).toBe(idsOf(message));
      tried.set(message.id, idsOf(message));
      return idsOf(message).includes('c') ? 'no' : undefined;
    };
    await driver.until('2026-11-21T06:01:00Z');
    expect([...tried.values()]).toEqual(['abcd', 'ab', 'cd', 'c', 'd']);
  });

  it('is one of some', async () => {
    await expected('abcdef');
    refuse('a', 'd', 'e');
    await driver.until('2026-11-21T06:02:00Z');
    expect(taken().join('')).toBe('bcf');
    expect(world.metrics.counts.givenUp).toBe(3);
  });
});

describe('a message that is too large', () => {
  it('is sent in parts, and nothing is given up', async () => {
    await expected('abcdefg');
    world.senders.refuses = ({ alerts }) => (alerts.length > 2 ? 'example.com answered 413' : undefined);
    await driver.until('2026-11-21T06:01:00Z');
    expect(taken().join('')).toBe('abcdefg');
    expect(world.metrics.counts.givenUp).toBeUndefined();
  });
});

describe('an alert that is refused and is alone', () => {
  it('is tried again, for nobody knows whether it is the alert or the channel', async () => {
    await expected('a');
    refuse('a');
    await driver.until('2026-11-21T12:00:00Z');
    expect(await outcomes()).toEqual({ a: 'retrying' });
    refuse();
    await driver.until('2026-11-21T13:00:00Z');
    expect(await outcomes()).toEqual({ a: 'delivered' });
  });

  it('holds up no other that comes later, and is given up then', async () => {
    await expected('a');
    await expected('b', '11:00');
    refuse('a');
    await driver.until('2026-11-21T10:59:59Z');
    const { notBefore = 0 } = await world.alerts.state('data', 'hook');
    expect(notBefore).toBeGreaterThan(world.clock.now);
    await driver.until('2026-11-21T11:00:10Z');
    expect(taken()).toEqual(['b']);
    expect(await outcomes()).toEqual({ a: 'failed', b: 'delivered' });
  });

  it('is not given up because a message was marked that had been taken before', async () => {
    const state = await world.alerts.state('data', 'hook');
    await world.alerts.saveState({ ...state, batch: { id: 'sent', keys: ['marked'] } });
    await expected('a');
    refuse('a');
    await driver.until('2026-11-21T06:01:00Z');
    expect(await outcomes()).toEqual({ a: 'retrying' });
  });

  it('is given up after three days', async () => {
    await expected('a');
    refuse('a');
    await driver.until('2026-11-24T05:59:00Z');
    expect(world.metrics.counts.givenUp).toBeUndefined();
    await driver.until('2026-11-24T08:00:00Z');
    expect(world.metrics.counts.givenUp).toBe(1);
  });
});

describe('a channel that refuses whatever it is sent', () => {
  const ids = 'abcdefghij';

  it('is tried with growing pauses, and gets all when it takes messages again', async () => {
    let [tried, alone] = [0, 0];
    await expected(ids);
    world.senders.refuses = ({ alerts }) => {
      tried += 1;
      if (alerts.length === 1) alone += 1;
      return 'example.com answered 400';
    };
    await driver.until('2026-11-21T06:00:01Z');
    expect(alone).toBe(4);
    await driver.until('2026-11-21T12:00:00Z');
    expect(world.metrics.counts.givenUp).toBeUndefined();
    expect(tried).toBeLessThan(1000);
    refuse();
    await driver.until('2026-11-21T13:00:00Z');
    expect(taken().join('').split('').toSorted().join('')).toBe(ids);
  });

  it('gets what it does take, however many before that it refuses', async () => {
    await expected(ids);
    refuse('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
    await driver.until('2026-11-21T06:10:00Z');
    expect(taken()).toEqual(['j']);
    expect(world.metrics.counts.givenUp).toBe(9);
  });
});

describe('a process that dies while it looks for what is refused', () => {
  const STEPS = 40;

  /** The process dies before or after one of the calls that have an effect. */
  function dying(ctx: Context, at: number): Context {
    let step = 0;
    const live = () => {
      step += 1;
      if (step >= at) throw new Crash();
    };
    const around =
      <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        live();
        const answer = await call(...args);
        live();
        return answer;
      };
    const { alerts, senders } = ctx;
    const queue: AlertQueue = {
      enqueue: (...args) => alerts.enqueue(...args),
      nudge: (...args) => alerts.nudge(...args),
      state: (...args) => alerts.state(...args),
      saveState: around((next) => alerts.saveState(next)),
      settle: around((state) => alerts.settle(state)),
      oldest: (...args) => alerts.oldest(...args),
      load: (...args) => alerts.load(...args),
      delivered: (...args) => alerts.delivered(...args),
      mark: around((entries, outcome) => alerts.mark(entries, outcome)),
    };
    const sending: Senders = {
      send: around((target, message) => senders.send(target, message)),
      problem: (target) => senders.problem(target),
    };
    return { ...ctx, alerts: queue, senders: sending };
  }

  it.each(Array.from({ length: STEPS }, (_, step) => step + 1))('loses nothing: step %d', async (step) => {
    await expected('abcde');
    refuse('c');
    world.senders.failure = 'not yet';
    await driver.until('2026-11-21T06:00:01Z');
    world.senders.failure = undefined;
    world.clock.now += 60_000;
    const died = await flush(dying(world.ctx, step), 'data', 'hook', Infinity).catch(
      (error: unknown) => error,
    );
    if (died !== 'empty') expect(died).toBeInstanceOf(Crash);
    await driver.until('2026-11-21T06:20:00Z');
    expect(await outcomes()).toEqual(allBut('c', 'abcde'));
    expect(new Set(taken().join(''))).toEqual(new Set('abde'));
    expect(taken().join('').length).toBeLessThanOrEqual(died === 'empty' ? 4 : 8);
  });
});
