import { describe, expect, it } from '@jest/globals';
import { sweep } from '../../functions/app/sweep.ts';
import type { Context } from '../../functions/app/ports.ts';
import { HOUR } from '../../functions/core/time.ts';
import { checkInExpectation, registrationOf } from '../core/build.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const POISONED = 1200;

/** Registrations that wait to be planned; those whose id begins with `poison` cannot be read, and are the oldest. */
async function worldOfPoison(): Promise<{ world: MemoryWorld; ctx: Context; shards: number[] }> {
  const world = new MemoryWorld({ now: '2026-11-21T05:00:00Z' });
  const register = (id: string, at: string) =>
    world.registrations.save(registrationOf(checkInExpectation({ id, notify: [] }), at));
  for (let index = 0; index < POISONED; index++) await register(`poison-${index}`, '2026-11-21T03:00:00Z');
  for (let index = 0; index < 20; index++) await register(`good-${index}`, '2026-11-21T04:00:00Z');
  const get: Context['registrations']['get'] = (ref) =>
    ref.id.startsWith('poison')
      ? Promise.reject(new Error(`${ref.id} is broken`))
      : world.registrations.get(ref);
  const registrations = new Proxy(world.registrations, {
    get: (target, name) => {
      const member: unknown = name === 'get' ? get : Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const shards = Array.from({ length: world.todos.shards }, (_, shard) => shard);
  return { world, ctx: { ...world.ctx, registrations }, shards };
}

describe('a sweep', () => {
  it('does what lies behind hundreds of items that fail, tries each of these once, and says that they failed', async () => {
    const { world, ctx, shards } = await worldOfPoison();
    const swept = sweep(ctx, shards, { slack: 0, until: world.clock.now + HOUR });
    await expect(swept).rejects.toThrow(`${POISONED} of the sweep's tasks failed`);
    const planned = world.deadlines.all().map(({ expectation }) => expectation);
    expect(new Set(planned).size).toBe(20);
  });

  it('stops when its time is up, and says that there is more', async () => {
    const { world, shards } = await worldOfPoison();
    const until = world.clock.now + HOUR;
    let reads = 0;
    const ctx: Context = { ...world.ctx, now: () => (++reads > 200 ? until : world.clock.now) };
    expect(await sweep(ctx, shards, { slack: 0, until })).toMatchObject({ outcome: 'more' });
    expect(world.deadlines.all().length).toBeGreaterThan(0);
    expect(new Set(world.deadlines.all().map(({ expectation }) => expectation)).size).toBeLessThan(POISONED);
  });
});
