import { recordRun } from '../functions/app/evidence/record-run.ts';
import { create } from '../functions/app/expectations/register.ts';
import type { Run } from '../functions/core/run.ts';
import { SECOND } from '../functions/core/time.ts';
import { worldOnTable } from './table.ts';

/** What the start and the end of a run cost while others of its job are open: calls to DynamoDB, and milliseconds. */
export interface OpenRuns {
  open: number;
  starts: { calls: number; ms: number };
  ends: { calls: number; ms: number };
}

const NOW = '2026-11-20T12:00:00Z';
const MEASURED = 50;

/** Opens runs, one a second, up to each of the numbers, and measures there. */
export async function openRuns(numbers: readonly number[]): Promise<OpenRuns[]> {
  const { table, world, ctx } = await worldOnTable(NOW);
  const grants = [{ source: 'custom' as const, job: '' }];
  await world.teams.save({ id: 'bench', grants, createdAt: 0, version: 0 });
  const job = { source: 'custom', name: 'load', finishesWithin: '4h' };
  await create(ctx, { id: 'load', team: 'bench', job }, { by: 'bench' });
  let begun = 0;
  const tell = async (number: number, state: Run['state']) => {
    const startedAt = Date.parse(NOW) + number * SECOND;
    const ended = state === 'running' ? {} : { endedAt: world.clock.now };
    const run = { source: 'custom' as const, job: 'load', run: `r${number}`, account: '', region: '' };
    world.clock.now = Math.max(world.clock.now, startedAt + SECOND);
    await recordRun(ctx, { ...run, state, status: state, startedAt, ...ended });
  };
  const measured = async (state: Run['state'], from: number) => {
    table.calls();
    const at = performance.now();
    for (let number = from; number < from + MEASURED; number++) await tell(number, state);
    return { calls: table.calls().length / MEASURED, ms: (performance.now() - at) / MEASURED };
  };
  const found: OpenRuns[] = [];
  let ended = 0;
  for (const open of numbers) {
    for (; begun - ended < open; begun++) await tell(begun, 'running');
    const starts = await measured('running', begun);
    // Those that began first: all others began during them.
    found.push({ open, starts, ends: await measured('succeeded', ended) });
    begun += MEASURED;
    ended += MEASURED;
  }
  await table.close();
  return found;
}
