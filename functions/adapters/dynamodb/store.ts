import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
  type PutCommandInput,
  type QueryCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { Instant, Milliseconds } from '../../core/time.ts';
import { TABLE, type IndexName, type Key } from '../table.ts';

/** The table and what is needed to work on it. */
export interface Store {
  client: DynamoDBDocumentClient;
  table: string;
  now(): Instant;
  /** Waits before something is tried again. */
  pause(length: Milliseconds): Promise<void>;
  /** How long what is over is kept; for ever when absent. */
  keepHistory?: Milliseconds | undefined;
}

/** An item as it came out of the table, not looked at yet. */
export type Item = Record<string, unknown>;

/** An item whose shape no version of this code has written. */
export class MalformedItem extends Error {
  override name = 'MalformedItem';

  constructor(item: Item, cause: unknown) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    super(
      `the table holds an item of unknown form: pk ${String(item['pk'])}, sk ${String(item['sk'])}: ${problem}`,
      {
        cause,
      },
    );
  }
}

/** @throws MalformedItem, which tells the key */
export function parseItem<T>(schema: z.ZodType<T>, item: Item): T {
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new MalformedItem(item, parsed.error);
  return parsed.data;
}

const KeySchema = z.object({ pk: z.string(), sk: z.string() });

/** @throws MalformedItem */
export function keyOf(item: Item): Key {
  return parseItem(KeySchema, item);
}

/** A strongly consistent read. */
export async function getItem<T>(
  { client, table }: Store,
  { pk, sk }: Key,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const { Item: item } = await client.send(
    new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
  );
  return item && parseItem(schema, item);
}

type Conditional<Input> = Omit<Input, 'TableName' | 'Key' | 'Item'>;

/** Writes the whole item. @returns the item before when asked for, undefined when the condition does not hold */
export async function putItem(
  { client, table }: Store,
  item: Key & Item,
  options: Conditional<PutCommandInput> = {},
): Promise<{ before: Item | undefined } | undefined> {
  const put = new PutCommand({ TableName: table, Item: item, ...options });
  const written = await unlessRefused(client.send(put));
  return written && { before: written.Attributes };
}

/** Changes the item, or makes it. @returns what was asked for, undefined when the condition does not hold */
export async function updateItem(
  { client, table }: Store,
  { pk, sk }: Key,
  options: Conditional<UpdateCommandInput>,
): Promise<{ item: Item } | undefined> {
  const update = new UpdateCommand({ TableName: table, Key: { pk, sk }, ...options });
  const written = await unlessRefused(client.send(update));
  return written && { item: written.Attributes ?? {} };
}

/** @returns whether there was one */
export async function deleteItem({ client, table }: Store, { pk, sk }: Key): Promise<boolean> {
  const gone = await client.send(
    new DeleteCommand({ TableName: table, Key: { pk, sk }, ReturnValues: 'ALL_OLD' }),
  );
  return gone.Attributes !== undefined;
}

async function unlessRefused<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    // By name too: another copy of the SDK has another class.
    const { name } = error instanceof Error ? error : { name: '' };
    if (error instanceof ConditionalCheckFailedException || name === 'ConditionalCheckFailedException')
      return undefined;
    throw error;
  }
}

/** Bounds of sort keys, both inclusive. */
export interface KeyRange {
  pk: string;
  from: string;
  to: string;
}

export interface QueryOptions {
  /** An index is read with eventual consistency, the table with strong. */
  index?: IndexName;
  newestFirst?: boolean;
  /** Items that one call asks for; more calls follow while the reader goes on. */
  pageSize?: number;
}

/** Items of a range of sort keys in order, read call by call as the reader goes on. */
export async function* queryItems(
  { client, table }: Store,
  { pk, from, to }: KeyRange,
  { index, newestFirst = false, pageSize }: QueryOptions = {},
): AsyncGenerator<Item, void> {
  if (from > to) return;
  const { partitionKey, sortKey } = index ? TABLE.indexes[index] : TABLE;
  const input: QueryCommandInput = {
    TableName: table,
    ...(index ? { IndexName: index } : { ConsistentRead: true }),
    KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#pk': partitionKey, '#sk': sortKey },
    ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
    ScanIndexForward: !newestFirst,
    ...(pageSize === undefined ? {} : { Limit: pageSize }),
  };
  let start: Item | undefined;
  do {
    const page = await client.send(new QueryCommand({ ...input, ExclusiveStartKey: start }));
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start);
}

/** Bounds of all sort keys that begin with the prefix. */
export function beginningWith(pk: string, prefix: string): KeyRange {
  // A key cannot be empty, and none begins with a space.
  return { pk, from: prefix || ' ', to: `${prefix}\u{10FFFF}` };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Up to `count` further items. */
export async function take<T>(items: AsyncGenerator<T, void>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await items.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
