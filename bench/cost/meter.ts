import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { TABLE } from '../../functions/adapters/table.ts';
import { Item, readUnits, sizeOf, writeUnits } from './units.ts';

const Key = Item;
const Request = z.object({
  TableName: z.string().optional(),
  IndexName: z.string().optional(),
  ConsistentRead: z.boolean().default(false),
  Item: Item.optional(),
  Key: Key.optional(),
  ExpressionAttributeValues: Item.optional(),
  RequestItems: z
    .record(
      z.string(),
      z.union([
        z.object({ Keys: z.array(Key), ConsistentRead: z.boolean().default(false) }),
        z.array(
          z.object({
            PutRequest: z.object({ Item }).optional(),
            DeleteRequest: z.object({ Key }).optional(),
          }),
        ),
      ]),
    )
    .optional(),
});
const Answer = z.object({
  Item: Item.optional(),
  Items: z.array(Item).default([]),
  Responses: z.record(z.string(), z.array(Item)).default({}),
});

export interface Call {
  writeUnits: number;
  readUnits: number;
  calls: number;
}

export interface Units extends Call {
  /** By what it is for. */
  by: Map<string, Call>;
}

/** Stands before DynamoDB, passes every request on and counts the units that AWS would. */
export async function startMeter(upstream: string) {
  const units: Units = { writeUnits: 0, readUnits: 0, calls: 0, by: new Map() };

  async function ask(operation: string, body: unknown, headers: Record<string, string>) {
    const target = `DynamoDB_20120810.${operation}`;
    return fetch(upstream, {
      method: 'POST',
      headers: { ...headers, 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(body),
    });
  }

  async function stateOf(table: string, of: z.infer<typeof Item>, headers: Record<string, string>) {
    const Key = Object.fromEntries([TABLE.partitionKey, TABLE.sortKey].map((name) => [name, of[name]]));
    const answer = await ask('GetItem', { TableName: table, Key, ConsistentRead: true }, headers);
    return Answer.parse(await answer.json()).Item;
  }

  function written(request: z.infer<typeof Request>) {
    const batch = Object.entries(request.RequestItems ?? {}).flatMap(([table, items]) =>
      Array.isArray(items)
        ? items.flatMap(({ PutRequest, DeleteRequest }) => {
            const of = PutRequest?.Item ?? DeleteRequest?.Key;
            return of ? [{ table, of }] : [];
          })
        : [],
    );
    const one = request.Item ?? request.Key;
    return one && request.TableName ? [{ table: request.TableName, of: one }] : batch;
  }

  async function pass(incoming: IncomingMessage): Promise<{ status: number; body: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const { authorization = '' } = incoming.headers;
    const headers = { authorization, 'x-amz-date': String(incoming.headers['x-amz-date']) };
    const raw: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const request = Request.parse(raw);
    const writes = /^(Put|Update|Delete|BatchWrite)/.test(operation) ? written(request) : [];
    const before = await Promise.all(writes.map(({ table, of }) => stateOf(table, of, headers)));
    const response = await ask(operation, raw, headers);
    const body = await response.text();
    const after = await Promise.all(writes.map(({ table, of }) => stateOf(table, of, headers)));
    const used = {
      calls: 1,
      writeUnits: writes.reduce((sum, _, index) => sum + writeUnits(before[index], after[index]), 0),
      readUnits:
        writes.length === 0 && response.ok
          ? unitsRead(operation, request, Answer.parse(JSON.parse(body)))
          : 0,
    };
    add(units, used);
    const purpose = purposeOf(operation, request, before[0] === undefined);
    units.by.set(purpose, add(units.by.get(purpose) ?? { calls: 0, writeUnits: 0, readUnits: 0 }, used));
    return { status: response.status, body };
  }

  const server = createServer((incoming, outgoing) => {
    void pass(incoming).then(
      ({ status, body }) => {
        outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
      },
      (error: unknown) => {
        outgoing.writeHead(500).end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    units,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

function add(to: Call, { calls, writeUnits: written, readUnits: read }: Call): Call {
  to.calls += calls;
  to.writeUnits += written;
  to.readUnits += read;
  return to;
}

/** Beginnings of sort keys, and what such an item is: see functions/adapters/table.ts. */
const ITEMS: readonly (readonly [beginning: string, name: string])[] = [
  ['HEAD', 'expectation'],
  ['VERSION', 'version of the matchers'],
  ['V#', 'evidence'],
  ['DI#', 'deadlines, by instant'],
  ['D#', 'deadline'],
];

/** @param fresh whether what is written was not there before */
function purposeOf(operation: string, request: z.infer<typeof Request>, fresh: boolean): string {
  const { Item: item, Key: key, ExpressionAttributeValues: values, RequestItems: batch } = request;
  const first = Object.values(batch ?? {}).flatMap((wanted) => (Array.isArray(wanted) ? [] : wanted.Keys))[0];
  const sort = String((item ?? key ?? first)?.[TABLE.sortKey]?.['S'] ?? values?.[':from']?.['S']);
  const name = ITEMS.find(([beginning]) => sort.startsWith(beginning))?.[1] ?? sort;
  return `${operation}: ${operation === 'PutItem' && fresh ? `new ${name}` : name}`;
}

function unitsRead(
  operation: string,
  request: z.infer<typeof Request>,
  answer: z.infer<typeof Answer>,
): number {
  if (operation === 'GetItem')
    return readUnits(answer.Item ? sizeOf(answer.Item) : 0, request.ConsistentRead);
  if (operation === 'Query') {
    const bytes = answer.Items.reduce((sum, item) => sum + sizeOf(item), 0);
    return readUnits(bytes, request.ConsistentRead);
  }
  if (operation !== 'BatchGetItem') return 0;
  // Every key counts by itself, also one that is not there.
  return Object.entries(request.RequestItems ?? {}).reduce((sum, [table, wanted]) => {
    if (Array.isArray(wanted)) return sum;
    const found = (answer.Responses[table] ?? []).map((item) =>
      readUnits(sizeOf(item), wanted.ConsistentRead),
    );
    const missing = wanted.Keys.length - found.length;
    return sum + found.reduce((a, b) => a + b, 0) + missing * readUnits(0, wanted.ConsistentRead);
  }, 0);
}
