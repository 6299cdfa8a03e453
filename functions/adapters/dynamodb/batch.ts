import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchGetCommandOutput,
  type BatchWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { SECOND, type Milliseconds } from '../../core/time.ts';
import type { Key } from '../table.ts';
import { keyOf, type Item, type Store } from './store.ts';

/** What DynamoDB takes in one call. */
const MOST_WRITES = 25;
const MOST_READS = 100;

/** Calls for one batch: with the pauses between them about 6 to 12 seconds. */
const ATTEMPTS = 8;
const FIRST_PAUSE: Milliseconds = 50;
const LONGEST_PAUSE: Milliseconds = 5 * SECOND;

/** DynamoDB kept leaving out parts of a batch: it is overloaded. What was written stays; all of it may be written again. */
export class BatchIncomplete extends Error {
  override name = 'BatchIncomplete';

  constructor(table: string, left: number) {
    super(`table ${table} left ${left} items of a batch undone in ${ATTEMPTS} attempts`);
  }
}

export type BatchEntry = { put: Key & Item } | { remove: Key };

/** Writes and deletes in any number, without order among them; the last entry of a key counts. @throws BatchIncomplete */
export async function writeAll(store: Store, entries: readonly BatchEntry[]): Promise<void> {
  const byKey = new Map(entries.map((entry) => [nameOf('put' in entry ? entry.put : entry.remove), entry]));
  const batches = chunks([...byKey.values()], MOST_WRITES);
  await Promise.all(batches.map((batch) => writeBatch(store, batch)));
}

type WriteRequests = NonNullable<BatchWriteCommandInput['RequestItems']>[string];

async function writeBatch(store: Store, batch: readonly BatchEntry[]): Promise<void> {
  const { client, table } = store;
  const requests = batch.map((entry) =>
    'put' in entry ? { PutRequest: { Item: entry.put } } : { DeleteRequest: { Key: bare(entry.remove) } },
  );
  await untilDone(store, requests, async (left: WriteRequests) => {
    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [table]: left } }),
    );
    return UnprocessedItems?.[table] ?? [];
  });
}

/** Strongly consistent reads of any number of keys. @returns the items that exist, in no order @throws BatchIncomplete */
export async function readAll(store: Store, keys: readonly Key[]): Promise<Item[]> {
  const distinct = [...new Map(keys.map((key) => [nameOf(key), bare(key)])).values()];
  const batches = chunks(distinct, MOST_READS);
  return (await Promise.all(batches.map((batch) => readBatch(store, batch)))).flat();
}

/** As readAll, but in the order of the keys and with undefined for what does not exist. */
export async function readInOrder(store: Store, keys: readonly Key[]): Promise<(Item | undefined)[]> {
  const found = await readAll(store, keys);
  const byName = new Map(found.map((item) => [nameOf(keyOf(item)), item]));
  return keys.map((key) => byName.get(nameOf(key)));
}

async function readBatch(store: Store, keys: readonly Key[]): Promise<Item[]> {
  const { client, table } = store;
  const found: Item[] = [];
  await untilDone(store, keys, async (Keys) => {
    const request = { [table]: { Keys: [...Keys], ConsistentRead: true } };
    const answer: BatchGetCommandOutput = await client.send(new BatchGetCommand({ RequestItems: request }));
    found.push(...(answer.Responses?.[table] ?? []));
    return (answer.UnprocessedKeys?.[table]?.Keys ?? []).map(keyOf);
  });
  return found;
}

/** Repeats with growing, random pauses what a call has left undone. */
async function untilDone<T>(
  store: Store,
  work: readonly T[],
  attempt: (work: T[]) => Promise<readonly T[]>,
): Promise<void> {
  let left = work;
  for (let tries = 0; left.length > 0; tries++) {
    if (tries === ATTEMPTS) throw new BatchIncomplete(store.table, left.length);
    if (tries > 0) await store.pause(pauseAfter(tries));
    left = await attempt([...left]);
  }
}

/** Half of the pause is random, so that many writers do not come back at once. */
function pauseAfter(tries: number): Milliseconds {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
  return longest * (0.5 + Math.random() / 2);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function bare({ pk, sk }: Key): Key {
  return { pk, sk };
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}|${sk}`;
}
