import { deadlines } from '../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../functions/adapters/dynamodb/evidence.ts';
import { matchers } from '../functions/adapters/dynamodb/matchers.ts';
import { registrations } from '../functions/adapters/dynamodb/registrations.ts';
import type { Context } from '../functions/app/ports.ts';
import { startTable } from '../test/adapters/dynamodb/support.ts';
import { MemoryWorld } from '../test/support/memory-context.ts';

/** A world whose expectations, deadlines and evidence are in a DynamoDB on one machine, in memory; the rest is beside it. */
export async function worldOnTable(now: string) {
  const table = await startTable();
  const { store } = table;
  const world = new MemoryWorld({ now });
  const ctx: Context = {
    ...{ ...world.ctx, registrations: registrations(store), deadlines: deadlines(store) },
    ...{ evidence: evidenceStore(store), matchers: matchers(store) },
  };
  return { table, world, ctx };
}
