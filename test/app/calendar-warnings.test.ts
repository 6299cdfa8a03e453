import { beforeEach, describe, expect, it } from '@jest/globals';
import { previewBody } from '../../functions/app/expectations/preview.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { MemoryWorld } from '../support/memory-context.ts';

let world: MemoryWorld;

const body = (holidays: string | string[]) => ({
  ...{ id: 'closing', team: 'data', checkIn: {}, notify: ['mail'] },
  due: { at: '18:00', days: 'mon-fri', timezone: 'Asia/Bangkok', holidays },
});
const words = (region: string, year: number, names: string) =>
  `public holidays of ${region}: after ${year} the days of ${names} are not known and taken for no holidays`;
const THAI = words('TH', 2026, 'Makha Bucha, Vesak Day, Asalha Puja, Buddhist Lent');

async function start(now: string): Promise<void> {
  world = new MemoryWorld({ now, holidays: { TH: {}, ID: {}, 'DE-BE': {} } });
  await world.teams.save({ id: 'data', grants: [], createdAt: 0, version: 0 });
  const target = { type: 'email' as const, to: ['mail@example.com'] };
  await world.channels.put({ team: 'data', name: 'mail', target, createdAt: 0 });
}

beforeEach(() => start('2026-11-21T05:00:00Z'));

describe('public holidays that are known only up to a year', () => {
  it.each([
    ['2025-12-30T23:59:59.999Z', []],
    ['2025-12-31T00:00:00.000Z', [THAI]],
    ['2028-01-01T00:00:00.000Z', [THAI]],
  ])('are told a year before their end to who registers: on %s', async (now, warnings) => {
    await start(now);
    const registered = await create(world.ctx, body('TH'), { by: 'tester' });
    expect(registered.warnings).toEqual(warnings);
  });

  it.each([
    ['2027-12-30T12:00:00Z', []],
    ['2027-12-31T12:00:00Z', [words('ID', 2027, 'Nyepi, Vesak Day')]],
  ])('are told in a preview that reaches beyond it: after %s', async (after, warnings) => {
    const shown = await previewBody(world.ctx, body(['DE-BE', 'ID']), Date.parse(after), 1);
    expect(shown.warnings).toEqual(warnings);
  });
});
