import { describe, expect, it } from '@jest/globals';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { check } from '../../functions/app/deadlines/check.ts';
import { plan } from '../../functions/app/deadlines/plan.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { checkInExpectation, registrationOf } from '../core/build.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const READS = new Set([
  'get',
  'getWithRegistration',
  'between',
  'page',
  'list',
  'find',
  'revisions',
  'holidays',
]);

/** A silence of an hour, and what was written since its planning. */
async function silence() {
  const calls: string[] = [];
  const world = new MemoryWorld({
    now: '2026-11-21T05:00:00Z',
    before: (port, method) => {
      if (!READS.has(method)) calls.push(`${port}.${method}`);
    },
  });
  const expectation = checkInExpectation({ due: { silentFor: '1h' }, notify: [] });
  const ref = { team: expectation.team, id: expectation.id };
  await world.registrations.save(registrationOf(expectation, '2026-11-21T05:00:00Z'));
  await plan(world.ctx, ref);
  calls.length = 0;
  return { world, ref, calls };
}

describe('a sign of life that comes in time', () => {
  it('is one write, and no write to the deadline', async () => {
    const { world, ref, calls } = await silence();
    for (let minute = 1; minute <= 50; minute++) {
      world.clock.advance(MINUTE);
      await checkIn(world.ctx, ref, { signal: 'success' });
    }
    expect(calls).toEqual(Array.from({ length: 50 }, () => 'evidence.record'));
  });

  it('moves the one deadline once when it is looked at', async () => {
    const { world, ref, calls } = await silence();
    const [planned] = world.deadlines.all();
    world.clock.advance(30 * MINUTE);
    await checkIn(world.ctx, ref, { signal: 'success' });
    world.clock.now = planned!.checkAt;
    calls.length = 0;
    await check(world.ctx, {
      ...ref,
      expectation: ref.id,
      occurrence: planned!.occurrence,
      rev: planned!.rev,
    });
    const [moved, ...others] = world.deadlines.all();
    expect(others).toEqual([]);
    expect(moved).toMatchObject({ occurrence: planned!.occurrence, status: 'pending' });
    expect(moved!.dueAt).toBe(planned!.dueAt + HOUR / 2);
    expect(calls.filter((call) => call.startsWith('deadlines.'))).toEqual(['deadlines.save']);
  });
});
