import { once } from 'node:events';
import type { Server } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createTable } from '../../../functions/adapters/dynamodb/create-table.ts';
import type { Store } from '../../../functions/adapters/dynamodb/store.ts';
import type { Instant } from '../../../functions/core/time.ts';

export interface TestTable {
  store: Store;
  client: DynamoDBDocumentClient;
  /** Settable; what the stores take for now. */
  clock: { now: Instant };
  /** Pauses that were asked for; none is waited for. */
  pauses: number[];
  /** While set, queries of an index that were made before are answered as they were then. */
  lag: { on: boolean };
  /** Names of the DynamoDB calls since the last look, in order. */
  calls(): string[];
  /** Sort keys of everything under a partition key. */
  sortKeys(pk: string): Promise<string[]>;
  close(): Promise<void>;
}

export const NOW = Date.parse('2026-11-21T05:00:00Z');

/** A log that nobody reads. */
export const noLog = { error: (): void => undefined };

/** A fresh table in a DynamoDB of its own, in memory. */
export async function startTable(): Promise<TestTable> {
  const server: Server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite has no port');
  const plain = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  await createTable(plain, 'overdue');
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  const lag = laggingIndexes(client);
  const called: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        called.push(commandName.replace('Command', ''));
        return next(args);
      },
    { step: 'initialize' },
  );
  const clock = { now: NOW };
  const pauses: number[] = [];
  const pause = async (length: number) => {
    pauses.push(length);
    await Promise.resolve();
  };
  return {
    store: { client, table: 'overdue', now: () => clock.now, pause },
    client,
    clock,
    pauses,
    lag,
    calls: () => called.splice(0),
    async sortKeys(pk) {
      const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
      const { Items = [] } = await client.send(new QueryCommand({ TableName: 'overdue', ...query }));
      return Items.map(({ sk }) => String(sk));
    },
    async close() {
      client.destroy();
      plain.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** DynamoDB's indexes lag behind the table; dynalite's do not. */
function laggingIndexes(client: DynamoDBDocumentClient): { on: boolean } {
  const lag = { on: false };
  const answers = new Map<string, unknown>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if (!('IndexName' in input)) return next(args);
      const query = JSON.stringify(input);
      const before = answers.get(query);
      if (lag.on && before !== undefined) return before as Awaited<ReturnType<typeof next>>;
      const answer = await next(args);
      answers.set(query, answer);
      return answer;
    },
    { step: 'initialize', priority: 'low' },
  );
  return lag;
}
