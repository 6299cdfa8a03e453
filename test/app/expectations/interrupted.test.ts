import { describe, expect, it } from '@jest/globals';
import { checkInByToken } from '../../../functions/app/evidence/check-in.ts';
import { changeStatus, create, renewToken } from '../../../functions/app/expectations/register.ts';
import { Crash, Driver } from '../../support/drive.ts';
import { MemoryWorld } from '../../support/memory-context.ts';

const by = { by: 'tester' };
const ref = { team: 'data', id: 'backup' };
const due = { at: '06:00', days: 'daily', timezone: 'UTC' };

/** A world whose next call of one method of a port, once armed, is one that its caller does not survive. */
async function fragile(doomed: string) {
  const armed = { is: false };
  const world = new MemoryWorld({
    now: '2026-11-20T12:00:00Z',
    before: (port, method) => {
      if (armed.is && `${port}.${method}` === doomed) {
        armed.is = false;
        throw new Crash(doomed);
      }
    },
  });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'webhook' as const, url: 'https://example.com/hook' };
  await world.channels.put({ team: 'data', name: 'hook', target, createdAt: 0 });
  const body = { id: 'backup', team: 'data', checkIn: {}, due, notify: ['hook'] };
  const { token = '' } = await create(world.ctx, body, by);
  return { world, driver: new Driver(world), armed, token };
}

const success = { signal: 'success' } as const;

describe('a deletion that is interrupted', () => {
  it.each(['tokens.remove', 'deadlines.breaches', 'lifecycles.wake'])(
    'before %s still ends in closed breaches, and nobody is reminded',
    async (doomed) => {
      const { world, driver, armed } = await fragile(doomed);
      await driver.until('2026-11-21T07:00:00Z');
      armed.is = true;
      await expect(changeStatus(world.ctx, ref, 'deleted', by)).rejects.toThrow(Crash);
      await driver.until('2026-11-22T07:00:00Z');
      expect(world.deadlines.all().map(({ breach }) => breach?.status)).toContain('closed');
      expect(world.deadlines.all().map(({ breach }) => breach?.status)).not.toContain('open');
      const told = world.senders.sent.flatMap(({ message }) => message.alerts.map(({ type }) => type));
      expect(told).toEqual(['opened', 'closed']);
    },
  );

  it('is finished before the id is used again (found by the simulation, seed 1850)', async () => {
    const { world, driver, armed } = await fragile('deadlines.breaches');
    await driver.until('2026-11-21T07:00:00Z');
    armed.is = true;
    await expect(changeStatus(world.ctx, ref, 'deleted', by)).rejects.toThrow(Crash);
    await create(world.ctx, { id: 'backup', team: 'data', checkIn: {}, due, notify: ['hook'] }, by);
    const breaches = world.deadlines.all().flatMap(({ breach }) => (breach ? [breach.status] : []));
    expect(breaches).toEqual(['closed']);
  });

  it('before the check-in address is removed leaves one that does not work, nor after a new registration', async () => {
    const { world, armed, token } = await fragile('tokens.remove');
    armed.is = true;
    await expect(changeStatus(world.ctx, ref, 'deleted', by)).rejects.toThrow(Crash);
    await expect(checkInByToken(world.ctx, token, success)).rejects.toThrow('no expectation has this');
    await create(world.ctx, { id: 'backup', team: 'data', checkIn: {}, due, notify: ['hook'] }, by);
    await expect(checkInByToken(world.ctx, token, success)).rejects.toThrow('no expectation has this');
  });
});

describe('a renewal of the check-in address that is interrupted', () => {
  it('leaves an old address that does not work', async () => {
    const { world, armed, token } = await fragile('tokens.remove');
    await checkInByToken(world.ctx, token, success);
    armed.is = true;
    await expect(renewToken(world.ctx, ref)).rejects.toThrow(Crash);
    await expect(checkInByToken(world.ctx, token, success)).rejects.toThrow('no expectation has this');
  });
});
