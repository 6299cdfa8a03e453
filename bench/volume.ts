import { check } from '../functions/app/deadlines/check.ts';
import { create } from '../functions/app/expectations/register.ts';
import { recorderHandler } from '../functions/handlers/queues.ts';
import { SECOND, toIso } from '../functions/core/time.ts';
import { worldOnTable } from './table.ts';

/** What many pieces of evidence for one deadline cost. */
export interface Volume {
  kind: string;
  came: number;
  kept: number;
  /** Calls to DynamoDB of the recorder, and those of them that write. */
  calls: number;
  writes: number;
  /** What the judge reads as evidence, in bytes. */
  judgedBy: number;
  verdict: string;
}

/** As many as the deployment's recorder gets at once. */
const BATCH = 50;

const NOW = '2026-11-21T09:00:00Z';
const WRITES = new Set(['PutItem', 'Put', 'UpdateItem', 'Update', 'DeleteItem', 'Delete', 'BatchWrite']);
const KINDS = {
  'objects of one prefix': { file: { bucket: 'acme', key: 'in/*.csv' } },
  'objects of a folder with its date': { file: { bucket: 'acme', key: 'in/{yyyy-MM-dd}/*.csv' } },
  'objects that are too small': { file: { bucket: 'acme', key: 'in/*.csv' } },
  'runs of one job': { job: { source: 'custom', name: 'load' } },
};

/** Sends so many to one recorder, in batches as Lambda gets them. */
export async function volume(came: number): Promise<Volume[]> {
  const found: Volume[] = [];
  for (const [kind, body] of Object.entries(KINDS)) found.push(await measure(kind, body, came));
  return found;
}

async function measure(kind: string, body: object, came: number): Promise<Volume> {
  const { table, world, ctx } = await worldOnTable(NOW);
  world.objects.createBucket('acme');
  const grants = [
    { bucket: 'acme', prefix: '' },
    { source: 'custom' as const, job: '' },
  ];
  await world.teams.save({ id: 'bench', grants, createdAt: 0, version: 0 });
  const due = { at: '12:00', days: 'daily', timezone: 'UTC' };
  await create(ctx, { id: 'hot', team: 'bench', due, ...body }, { by: 'bench' });
  const recorder = recorderHandler(ctx);
  const events = Array.from({ length: came }, (_, index) => eventsOf(kind, index)).flat();
  table.calls();
  for (let first = 0; first < events.length; first += BATCH) {
    world.clock.now = Date.parse(NOW) + first * SECOND;
    const batch = events.slice(first, first + BATCH);
    const Records = batch.map((event, index) => ({ messageId: `m${index}`, body: JSON.stringify(event) }));
    const { batchItemFailures } = await recorder({ Records }, { getRemainingTimeInMillis: () => 60_000 });
    if (batchItemFailures.length > 0) throw new Error(JSON.stringify(world.log));
  }
  const calls = table.calls();
  const range = { from: Date.parse(NOW), to: Date.parse(NOW) + 4 * 3_600_000 };
  const [first] = await ctx.deadlines.between({ team: 'bench', id: 'hot' }, range);
  if (!first) throw new Error('nothing is planned');
  const evidence = await ctx.evidence.between({ team: 'bench', id: 'hot' }, first.opensAt, first.limitAt);
  world.clock.now = first.checkAt;
  const { status } = await check(ctx, first);
  await table.close();
  return {
    ...{ kind, came: events.length, kept: evidence.length, calls: calls.length, verdict: status },
    ...{ writes: calls.filter((name) => WRITES.has(name)).length, judgedBy: JSON.stringify(evidence).length },
  };
}

function eventsOf(kind: string, index: number): object[] {
  const at = Date.parse(NOW) + index * SECOND;
  const head = { account: '123456789012', region: 'eu-west-1', resources: [] };
  if (kind.startsWith('runs')) {
    const run = { source: 'com.acme', 'detail-type': 'Overdue Run State Change' };
    const detail = { job: 'load', run: `r${index}`, startedAt: toIso(at) };
    const endedAt = toIso(at + SECOND);
    return [
      { ...head, ...run, id: `b${index}`, time: toIso(at), detail: { ...detail, state: 'running' } },
      { ...head, ...run, id: `e${index}`, time: endedAt, detail: { ...detail, state: 'succeeded', endedAt } },
    ];
  }
  const key = kind.endsWith('date') ? `in/2026-11-21/${index}.csv` : `in/${index}.csv`;
  const object = { key, size: kind.endsWith('small') ? 0 : 9, etag: `e${index}`, sequencer: `s${index}` };
  const created = { source: 'aws.s3', 'detail-type': 'Object Created', time: toIso(at) };
  return [{ ...head, ...created, id: `o${index}`, detail: { bucket: { name: 'acme' }, object } }];
}
