import { beforeEach, describe, expect, test } from '@jest/globals';
import { plan } from '../../../functions/app/deadlines/plan.ts';
import { PreconditionFailed } from '../../../functions/app/errors.ts';
import { put } from '../../../functions/app/expectations/put.ts';
import { changeStatus, create, renewToken, replace } from '../../../functions/app/expectations/register.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { MemoryWorld } from '../../support/memory-context.ts';

const ref = { team: 'data', id: 'backup' };
const body = { ...ref, checkIn: {}, due: { every: '1h' } };
const by = { by: 'test' };

/** Called once before the next save of a registration: somebody else writes in between. */
let between: (() => Promise<unknown>) | undefined;
let world: MemoryWorld;

beforeEach(async () => {
  between = undefined;
  world = new MemoryWorld({
    before: async (port, method) => {
      if (port !== 'registrations' || method !== 'save' || !between) return;
      const once = between;
      between = undefined;
      await once();
    },
  });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
});

/** What the checker does after each deadline: the version moves on, the revision does not. */
async function planning(): Promise<void> {
  world.clock.advance(90 * MINUTE);
  await plan(world.ctx, ref);
}

describe('a planning that comes in between', () => {
  test.each([
    ['a replacement', () => replace(world.ctx, { ...body, grace: '5m' }, by)],
    [
      'a replacement of a certain revision',
      () => replace(world.ctx, { ...body, grace: '5m' }, { ...by, ifRevision: 1 }),
    ],
    ['a pause', () => changeStatus(world.ctx, ref, 'paused', by)],
    ['a new token', () => renewToken(world.ctx, ref)],
  ])('does not keep %s from being saved', async (_name, change) => {
    await create(world.ctx, body, by);
    const before = world.registrations.now(ref);
    between = planning;
    await change();
    const after = world.registrations.now(ref);
    expect(after?.version).toBeGreaterThan((before?.version ?? 0) + 1);
    expect(after).not.toMatchObject({ revision: 1, tokenHash: before?.tokenHash });
  });
});

describe('another change that comes in between', () => {
  test('refuses a replacement of the revision before', async () => {
    await create(world.ctx, body, by);
    between = () => replace(world.ctx, { ...body, title: 'Theirs' }, by);
    const mine = replace(world.ctx, { ...body, title: 'Mine' }, { ...by, ifRevision: 1 });
    await expect(mine).rejects.toThrow(PreconditionFailed);
    expect(world.registrations.now(ref)).toMatchObject({ revision: 2, expectation: { title: 'Theirs' } });
  });

  test('is followed by a replacement of any revision', async () => {
    await create(world.ctx, body, by);
    between = () => replace(world.ctx, { ...body, title: 'Theirs' }, by);
    await replace(world.ctx, { ...body, title: 'Mine' }, by);
    expect(world.registrations.now(ref)).toMatchObject({ revision: 3, expectation: { title: 'Mine' } });
  });

  test('refuses a put that demands that there is none', async () => {
    between = () => create(world.ctx, body, by);
    const mine = put(world.ctx, body, { ref, condition: 'absent', ...by });
    await expect(mine).rejects.toThrow(PreconditionFailed);
    expect(world.registrations.now(ref)?.revision).toBe(1);
  });

  test('that deletes it lets no put of that revision bring it back', async () => {
    await create(world.ctx, body, by);
    await changeStatus(world.ctx, ref, 'deleted', by);
    const mine = put(world.ctx, { ...body, grace: '5m' }, { ref, condition: { revision: 2 }, ...by });
    await expect(mine).rejects.toThrow(/does not exist/);
  });
});

test('a deletion that is refused leaves the check-in address alone', async () => {
  const { token } = await create(world.ctx, body, by);
  await expect(changeStatus(world.ctx, ref, 'deleted', { ...by, ifRevision: 7 })).rejects.toThrow(
    PreconditionFailed,
  );
  expect(await world.tokens.find(world.secrets.sha256(token ?? ''))).toEqual(ref);
});

test('the same body again is no new revision, whatever the order of its fields', async () => {
  await create(world.ctx, body, by);
  const { due, checkIn, team, id } = body;
  const { registration } = await replace(world.ctx, { due, checkIn, team, id, grace: '0s' }, by);
  expect(registration.revision).toBe(1);
});
