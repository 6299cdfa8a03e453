import { z } from 'zod';
import { DAY, SECOND } from '../../core/time.ts';
import type { AlertQueue, ChannelState } from '../../app/ports.ts';
import { queuePk, stateSk, todoAttributes, type Key } from '../table.ts';
import { deleteItem, getItem, parseItem, putItem, updateItem, type Store } from './store.ts';

type Batch = NonNullable<ChannelState['batch']>;

/** As stored: nudges may come before the first state. */
const State = z.object({
  leaseUntil: z.int().optional(),
  batchId: z.string().optional(),
  failures: z.int().default(0),
  failingSince: z.int().optional(),
  lastProblem: z.string().optional(),
  notBefore: z.int().optional(),
  allRefusedAt: z.int().optional(),
  nudges: z.int().default(0),
  version: z.int().default(0),
});
type State = z.infer<typeof State>;

const NOTHING: State = { failures: 0, nudges: 0, version: 0 };

/** The channel was taken over by somebody else, who has it for as long as its new lease says. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';

  constructor({ team, channel }: ChannelState) {
    super(`somebody else took over the queue of channel ${team}/${channel}`);
  }
}

/**
 * Who sends what for a channel. Nudges are counted on the same item, so that ending the work and asking for more of it
 * cannot miss each other; it is small, because every nudge writes it, and the keys of a sealed batch lie beside it.
 *
 * In the todo index it stands at the end of the lease, at the end of the pause, or at once: whoever died with the
 * lease, and a nudge that never reached its queue, are found there.
 */
export function channelStates(
  store: Store,
): Pick<AlertQueue, 'state' | 'saveState' | 'settle'> & { nudge(pk: string): Promise<void> } {
  const batches = sealedBatches(store);

  async function write(next: ChannelState, settled: boolean): Promise<ChannelState | undefined> {
    const key = stateKey(next);
    if (next.batch && !settled) await batches.keep(key, next.batch);
    const written = await updateItem(store, key, changeOf(store, key, next, settled));
    if (!written) return undefined;
    const batch = settled ? undefined : next.batch;
    await batches.forgetOthers(key, batch);
    return withBatch(next, parseItem(State, { ...key, ...written.item }), batch);
  }

  async function state(team: string, channel: string): Promise<ChannelState> {
    const key = stateKey({ team, channel });
    const stored = (await getItem(store, key, State)) ?? NOTHING;
    const batch = stored.batchId === undefined ? undefined : await batches.get(key, stored.batchId);
    return withBatch({ team, channel }, stored, batch);
  }

  return {
    state,
    saveState: (next) => write(next, false),
    async settle(known) {
      if (await write(known, true)) return true;
      const { version } = await state(known.team, known.channel);
      if (version !== known.version) throw new LeaseLost(known);
      return false;
    },
    nudge: (pk) => nudge(store, { pk, sk: stateSk }),
  };
}

function stateKey({ team, channel }: { team: string; channel: string }): Key {
  return { pk: queuePk(team, channel), sk: stateSk };
}

function withBatch(
  { team, channel }: { team: string; channel: string },
  { batchId: _stored, ...stored }: State,
  batch: Batch | undefined,
): ChannelState {
  return { team, channel, ...stored, ...(batch ? { batch } : {}) };
}

async function nudge(store: Store, key: Key): Promise<void> {
  const { todoShard, todoAt } = todoAttributes(key, store.now());
  await updateItem(store, key, {
    UpdateExpression:
      'ADD nudges :one SET todoShard = if_not_exists(todoShard, :shard), todoAt = if_not_exists(todoAt, :at)',
    ExpressionAttributeValues: { ':one': 1, ':shard': todoShard, ':at': todoAt },
  });
}

/** What is undefined is removed. Settled, nothing is left to do, provided that no nudge came. */
function changeOf(store: Store, key: Key, next: ChannelState, settled: boolean) {
  const { leaseUntil, batch, failures, failingSince, lastProblem, notBefore, allRefusedAt, nudges, version } =
    next;
  const held = { leaseUntil, batchId: batch?.id, notBefore, allRefusedAt, failingSince };
  const todo = todoAttributes(key, leaseUntil ?? notBefore ?? store.now());
  const busy = { ...held, ...todo };
  const idle = Object.fromEntries(Object.keys(busy).map((name) => [name, undefined]));
  const values = Object.entries({ failures, lastProblem, ...(settled ? idle : busy) });
  const set = values.filter(([, value]) => value !== undefined);
  const removed = values.filter(([, value]) => value === undefined).map(([name]) => name);
  return {
    UpdateExpression:
      `SET ${['#version = :next', ...set.map(([name]) => `${name} = :${name}`)].join(', ')}` +
      (removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''),
    ConditionExpression: [
      version === 0 ? 'attribute_not_exists(#version)' : '#version = :version',
      ...(settled ? [nudges === 0 ? 'attribute_not_exists(nudges)' : 'nudges = :nudges'] : []),
    ].join(' AND '),
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ':next': version + 1,
      ...(version === 0 ? {} : { ':version': version }),
      ...(settled && nudges > 0 ? { ':nudges': nudges } : {}),
    },
    ReturnValues: 'ALL_NEW' as const,
  };
}

const StoredBatch = z.object({ id: z.string(), keys: z.array(z.string()) });

/** Of batches that nobody took away; one that is in use is given up long before. */
const RETENTION = 30 * DAY;

/** Sealed batches, each under its own id: written before a state names it, removed when no state does any more. */
function sealedBatches(store: Store) {
  const stored = new Map<string, string>();
  const keyOf = ({ pk }: Key, id: string): Key => ({ pk, sk: `BATCH#${id}` });
  return {
    async keep(key: Key, batch: Batch): Promise<void> {
      if (stored.get(key.pk) === batch.id) return;
      const expiresAt = Math.ceil((store.now() + RETENTION) / SECOND);
      await putItem(store, { ...keyOf(key, batch.id), ...batch, expiresAt });
    },
    async forgetOthers(key: Key, batch: Batch | undefined): Promise<void> {
      const before = stored.get(key.pk);
      if (batch) stored.set(key.pk, batch.id);
      else stored.delete(key.pk);
      if (before !== undefined && before !== batch?.id) await deleteItem(store, keyOf(key, before));
    },
    async get(key: Key, id: string): Promise<Batch> {
      stored.set(key.pk, id);
      return (await getItem(store, keyOf(key, id), StoredBatch)) ?? { id, keys: [] };
    },
  };
}
