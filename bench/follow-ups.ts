import { Enough } from '../functions/app/evidence/enough.ts';
import { recordEvent } from '../functions/app/evidence/record-event.ts';
import { create } from '../functions/app/expectations/register.ts';
import { BusEvent } from '../functions/core/run.ts';
import { worldOnTable } from './table.ts';

/** What one event costs while so many deadlines of its expectation wait: calls to DynamoDB, and milliseconds. */
export interface FollowUps {
  open: number;
  births: { calls: number; ms: number };
  follows: { calls: number; ms: number };
}

const NOW = '2026-11-20T12:00:00Z';
const MEASURED = 200;

/** Opens deadlines up to each of the numbers, and measures there. */
export async function followUps(numbers: readonly number[]): Promise<FollowUps[]> {
  const { table, world, ctx } = await worldOnTable(NOW);
  await world.teams.save({ id: 'bench', grants: [{ events: '' }], createdAt: 0, version: 0 });
  const side = (source: string) => ({ event: { pattern: { source: [source] }, key: '$.detail.order' } });
  const followUp = { after: side('orders'), by: side('ledger'), within: '2h' };
  await create(ctx, { id: 'ledger', team: 'bench', followUp }, { by: 'bench' });
  const enough = new Enough();
  const send = async (source: string, order: string) => {
    const json = {
      ...{ id: `${source} ${order}`, source, 'detail-type': 'Bench', time: NOW },
      ...{ account: '', region: '', resources: [], detail: { order } },
    };
    await recordEvent(ctx, BusEvent.parse(json), json, enough);
  };
  const measured = async (source: string, beginning: string) => {
    table.calls();
    const begun = performance.now();
    for (let index = 0; index < MEASURED; index++) await send(source, `${beginning}${index}`);
    const ms = (performance.now() - begun) / MEASURED;
    return { calls: table.calls().length / MEASURED, ms };
  };
  const found: FollowUps[] = [];
  let opened = 0;
  for (const open of numbers) {
    for (; opened < open; opened++) await send('orders', `o${opened}`);
    const births = await measured('orders', `at ${open} `);
    found.push({ open, births, follows: await measured('ledger', `at ${open} `) });
    opened += MEASURED;
  }
  await table.close();
  return found;
}
