import { beforeEach, describe, expect, it } from '@jest/globals';
import { checkIn } from '../../functions/app/evidence/check-in.ts';
import { create, replace } from '../../functions/app/expectations/register.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

const ref = { team: 'data', id: 'backup' };

let world: MemoryWorld;
let driver: Driver;

beforeEach(async () => {
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  driver = new Driver(world);
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const due = { at: '06:00', days: 'daily', timezone: 'UTC' };
  await create(world.ctx, { ...ref, checkIn: {}, due }, { by: 'tester' });
});

async function heard(at: string, id?: string): Promise<void> {
  await driver.until(at);
  await checkIn(world.ctx, ref, { signal: 'success', id });
}

async function verdicts(): Promise<string[]> {
  await driver.until('2026-11-22T06:01:00Z');
  return world.deadlines
    .all()
    .filter(({ status }) => status !== 'pending')
    .map(({ occurrence, status }) => `${occurrence} ${status}`);
}

describe('a check-in within the second of the limit', () => {
  it('is in time, and nobody is told anything', async () => {
    await heard('2026-11-21T06:00:00.999Z');
    expect((await verdicts())[0]).toBe('2026-11-21T06:00 met');
    expect(
      world.senders.sent.flatMap(({ message }) => message.alerts).filter(isOf('2026-11-21T06:00')),
    ).toEqual([]);
  });

  it('is late in the next second', async () => {
    await heard('2026-11-21T06:00:01.000Z');
    expect((await verdicts())[0]).toBe('2026-11-21T06:00 missed');
  });
});

describe('a check-in days after a weekly deadline', () => {
  it('recovers it, although a change meanwhile lets new deadlines be given up sooner', async () => {
    const weekly = { at: '06:00', days: 'sat', timezone: 'UTC' };
    const expectation = { ...ref, id: 'weekly', checkIn: {}, due: weekly };
    const by = { by: 'tester' };
    await create(world.ctx, { ...expectation, giveUpAfter: '5d' }, by);
    await driver.until('2026-11-21T07:00:00Z');
    await replace(world.ctx, { ...expectation, giveUpAfter: '1h' }, by);
    await driver.until('2026-11-23T06:00:00Z');
    await checkIn(world.ctx, { ...ref, id: 'weekly' }, { signal: 'success' });
    const missed = world.deadlines
      .all()
      .find((one) => one.expectation === 'weekly' && one.status === 'missed');
    expect(missed?.breach).toMatchObject({ status: 'recovered', lateBy: 48 * 3_600_000 });
  });
});

describe('a check-in under an id', () => {
  it('that is repeated after the due time does not serve the next day, too', async () => {
    await heard('2026-11-21T05:59:58Z', 'run-7');
    await heard('2026-11-21T06:59:58Z', 'run-7');
    expect(await verdicts()).toEqual(['2026-11-21T06:00 met', '2026-11-22T06:00 missed']);
  });

  it('that is the same for every run counts anew each day', async () => {
    await heard('2026-11-21T05:50:00Z', 'backup');
    await heard('2026-11-22T05:50:00Z', 'backup');
    expect(await verdicts()).toEqual(['2026-11-21T06:00 met', '2026-11-22T06:00 met']);
  });

  it('that came late the day before counts anew, too', async () => {
    await heard('2026-11-21T06:05:00Z', 'backup');
    await heard('2026-11-22T05:50:00Z', 'backup');
    expect(await verdicts()).toEqual(['2026-11-21T06:00 missed', '2026-11-22T06:00 met']);
  });
});

const isOf =
  (wanted: string) =>
  ({ occurrence }: { occurrence: string }) =>
    occurrence === wanted;
