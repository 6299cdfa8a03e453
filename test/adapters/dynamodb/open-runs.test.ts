import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import { matchers } from '../../../functions/adapters/dynamodb/matchers.ts';
import { registrations } from '../../../functions/adapters/dynamodb/registrations.ts';
import { recordRun } from '../../../functions/app/evidence/record-run.ts';
import { create } from '../../../functions/app/expectations/register.ts';
import type { Context } from '../../../functions/app/ports.ts';
import type { Run } from '../../../functions/core/run.ts';
import { MINUTE, SECOND } from '../../../functions/core/time.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { startTable, type TestTable } from './support.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

let table: TestTable;
let world: MemoryWorld;
let ctx: Context;
/** Items that the table has answered with since it was last set to 0. */
let read = 0;

beforeEach(async () => {
  table = await startTable();
  countItems(table);
  const { store } = table;
  world = new MemoryWorld({ now: '2026-11-20T12:00:00Z' });
  ctx = {
    ...{ ...world.ctx, registrations: registrations(store), deadlines: deadlines(store) },
    ...{ evidence: evidenceStore(store), matchers: matchers(store) },
  };
  const grants = [{ source: 'custom' as const, job: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
});
afterEach(() => table.close());

function countItems({ client }: TestTable): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { Item: item, Items: items = [], Responses: batches = {} } = answer.output as Answer;
      read += (item ? 1 : 0) + items.length + Object.values(batches).flat().length;
      return answer;
    },
    { step: 'initialize' },
  );
}

interface Answer {
  Item?: object;
  Items?: object[];
  Responses?: Record<string, object[]>;
}

const run = (number: number, state: Run['state'] = 'running'): Run => ({
  ...{ source: 'custom', job: 'load', run: `run-${number}`, account: '', region: '' },
  ...{ state, status: state, startedAt: NOW + number * SECOND },
  ...(state === 'running' ? {} : { endedAt: NOW + number * SECOND + MINUTE }),
});

async function tell(one: Run): Promise<number> {
  world.clock.now = (one.endedAt ?? one.startedAt ?? 0) + SECOND;
  read = 0;
  await recordRun(ctx, one);
  return read;
}

describe('a job of which each run must finish within 45 minutes', () => {
  test.each([
    [500, 'alone', {}],
    [50, 'and that must have succeeded by four', { due: { at: '04:00', days: 'daily', timezone: 'UTC' } }],
    [50, 'and that must succeed each hour', { due: { every: '1h' } }],
  ])(
    'a start and an end read as much with %d open runs as with none: %s',
    async (open, _, due) => {
      const job = { source: 'custom', name: 'load', finishesWithin: '45m' };
      await create(ctx, { id: 'load', team: 'data', job, ...due }, { by: 'tester' });
      // The first reads who wants such runs, too.
      await tell(run(1));
      const [start, end] = [await tell(run(10)), await tell(run(10, 'succeeded'))];
      for (let number = 100; number < 100 + open; number++) await tell(run(number));
      expect(await tell(run(1000))).toBe(start);
      expect(await tell(run(100, 'succeeded'))).toBe(end);
      expect(start + end).toBeLessThan(20);
    },
    60_000,
  );
});
