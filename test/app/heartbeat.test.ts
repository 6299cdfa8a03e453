import { beforeEach, describe, expect, it } from '@jest/globals';
import { BOUND, heartbeat } from '../../functions/app/heartbeat.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { checkInExpectation, registrationOf } from '../core/build.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let world: MemoryWorld;
let told: number;

const tell = async () => {
  await Promise.resolve();
  told += 1;
};

beforeEach(async () => {
  told = 0;
  world = new MemoryWorld({ now: '2026-11-21T05:00:00Z' });
  const expectation = checkInExpectation({ notify: [] });
  await world.registrations.save(registrationOf(expectation, '2026-11-21T05:00:00Z'));
  await plan(world.ctx, { team: expectation.team, id: expectation.id });
});

describe('the heartbeat', () => {
  it('is sent when nothing is left undone', async () => {
    expect(await heartbeat(world.ctx, tell)).toBe(true);
    expect(told).toBe(1);
  });

  it.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('with something that waits since %i ms more than the bound: sent %p', async (more, sent) => {
    const [first] = world.todos.all();
    world.clock.now = first!.at + BOUND + more;
    expect(await heartbeat(world.ctx, tell)).toBe(sent);
    expect(told).toBe(sent ? 1 : 0);
  });

  it('says in the log why it was not sent', async () => {
    world.clock.now = world.todos.all()[0]!.at + BOUND;
    await heartbeat(world.ctx, tell);
    expect(world.log.lines).toMatchObject([
      { level: 'warn', message: 'no heartbeat: something was left undone', facts: { shards: 1 } },
    ]);
  });

  it('fails when it could not be sent', async () => {
    await expect(heartbeat(world.ctx, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });
});
