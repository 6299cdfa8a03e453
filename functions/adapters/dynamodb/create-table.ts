import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '../../core/time.ts';
import { TABLE } from '../table.ts';

const LONGEST_WAIT = 60 * SECOND;

/**
 * Makes the table for one machine and for tests (on AWS infra does it, from the same definition), and waits until it
 * can be used. A table that is there already is left as it is. Nothing expires here: the embedded service cannot do it.
 */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  const { indexes, ...primary } = TABLE;
  const indexed = Object.entries(indexes);
  const attributes = new Set(
    [primary, ...Object.values(indexes)].flatMap((key) => [key.partitionKey, key.sortKey]),
  );
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keySchema(primary),
        GlobalSecondaryIndexes: indexed.map(([IndexName, key]) => ({
          IndexName,
          KeySchema: keySchema(key),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        })),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await untilActive(client, name);
}

function keySchema({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}

async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT;
  for (let pause = 5; ; pause = Math.min(2 * pause, SECOND)) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const states = [
      Table?.TableStatus,
      ...(Table?.GlobalSecondaryIndexes ?? []).map((index) => index.IndexStatus),
    ];
    if (states.every((state) => state === 'ACTIVE')) return;
    if (Date.now() > deadline)
      throw new Error(`table ${name} is ${states.join(', ')} after ${LONGEST_WAIT / SECOND} s`);
    await sleep(pause);
  }
}
