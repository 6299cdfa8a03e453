import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { anyone, later } from './support.ts';

/** Keys only; an item is in it while it is pending. */
export const TODO = { IndexName: 'todo', hash: 'shard', range: 'actAt' };
/** All attributes. */
export const STATE = { IndexName: 'state', hash: 'state', range: 'id' };

/** @returns a client that does not try again; gone after the test */
export function clientOf(endpoint: string): DynamoDBClient {
  const client = new DynamoDBClient({ endpoint, ...anyone, maxAttempts: 1 });
  later(() => {
    client.destroy();
    return undefined;
  });
  return client;
}

/** Makes the table `overdue` with both indexes. */
export async function createTable(client: DynamoDBClient): Promise<void> {
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: 'overdue',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['group', 'id', 'shard', 'actAt', 'state'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: keys('group', 'id'),
      GlobalSecondaryIndexes: [TODO, STATE].map(({ IndexName, hash, range }) => ({
        IndexName,
        KeySchema: keys(hash, range),
        Projection: { ProjectionType: IndexName === 'todo' ? 'KEYS_ONLY' : 'ALL' },
      })),
    }),
  );
  await sleep(20);
}

/** @returns a pending item */
export const item = (id: string) => ({
  group: { S: `group-${Number(id) % 7}` },
  id: { S: id },
  shard: { S: 'T#0' },
  actAt: { S: `2026-11-21T${id}` },
  state: { S: 'pending' },
});

/** Writes the pending item of an id. */
export const put = (client: DynamoDBClient, id: string) =>
  client.send(new PutItemCommand({ TableName: 'overdue', Item: item(id) }));

/** Takes a pending item out of the first index and moves it in the second. */
export const decide = (client: DynamoDBClient, id: string) =>
  client.send(
    new UpdateItemCommand({
      TableName: 'overdue',
      Key: { group: item(id).group, id: item(id).id },
      UpdateExpression: 'SET #state = :met REMOVE #shard, actAt',
      ConditionExpression: '#state = :pending',
      ExpressionAttributeNames: { '#state': 'state', '#shard': 'shard' },
      ExpressionAttributeValues: { ':met': { S: 'met' }, ':pending': { S: 'pending' } },
    }),
  );

/** @returns the ids that an index has under a hash key, in its order */
export async function ids(client: DynamoDBClient, index: typeof TODO, value: string): Promise<string[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: 'overdue',
      IndexName: index.IndexName,
      KeyConditionExpression: '#hash = :value',
      ExpressionAttributeNames: { '#hash': index.hash },
      ExpressionAttributeValues: { ':value': { S: value } },
    },
  );
  const found: string[] = [];
  for await (const { Items = [] } of pages) found.push(...Items.map(({ id }) => id?.S ?? ''));
  return found;
}
