import assert from 'node:assert/strict';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { clause, fresh, refused, soon, type Chapter } from './contract.ts';
import { TABLE_NAME as TableName, type Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/amazondynamodb/latest';
const PUT = `${DOCS}/APIReference/API_PutItem.html`;
const UPDATE = `${DOCS}/APIReference/API_UpdateItem.html`;
const QUERY = `${DOCS}/APIReference/API_Query.html`;
const BATCH_WRITE = `${DOCS}/APIReference/API_BatchWriteItem.html`;
const BATCH_GET = `${DOCS}/APIReference/API_BatchGetItem.html`;
const SECONDARY = `${DOCS}/developerguide/GSI.html`;
const LIMITS = `${DOCS}/developerguide/Constraints.html`;

const put = ({ aws }: Target, Item: Record<string, unknown>, rest: object = {}) =>
  aws.dynamodb.send(new PutCommand({ TableName, Item, ...rest }));

const UNLESS_THERE = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Items of one partition, or of one of an index. */
const query = ({ aws }: Target, pk: string, rest: Partial<QueryCommandInput> = {}, key = 'pk') =>
  aws.dynamodb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: '#k = :k',
      ExpressionAttributeNames: { '#k': key },
      ExpressionAttributeValues: { ':k': pk },
      ...rest,
    }),
  );

async function fill(target: Target, sks: readonly string[], rest: object = {}): Promise<string> {
  const pk = fresh('pk');
  for (const sk of sks) await put(target, { pk, sk, ...rest });
  return pk;
}

export const dynamodb: Chapter = {
  service: 'DynamoDB',
  clauses: [
    clause(
      'ddb-condition',
      'a write whose condition does not hold is refused and changes nothing',
      PUT,
      async (t) => {
        const pk = await fill(t, ['a'], { n: 1 });
        await refused(put(t, { pk, sk: 'a', n: 2 }, UNLESS_THERE), 'ConditionalCheckFailedException');
        const { Item } = await t.aws.dynamodb.send(
          new GetCommand({ TableName, Key: { pk, sk: 'a' }, ConsistentRead: true }),
        );
        assert.equal(Item?.['n'], 1);
      },
    ),
    clause('ddb-race', 'of writes at once under the same condition exactly one is done', PUT, async (t) => {
      const pk = fresh('pk');
      const tries = Array.from({ length: 20 }, (_, n) => put(t, { pk, sk: 'a', n }, UNLESS_THERE));
      const done = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
      assert.equal(done.length, 1);
    }),
    clause('ddb-old-on-failure', 'a refused write returns the item on demand', PUT, async (t) => {
      const pk = await fill(t, ['a'], { n: 1 });
      const asked = { ...UNLESS_THERE, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
      const error: unknown = await put(t, { pk, sk: 'a' }, asked).catch((failure: unknown) => failure);
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.equal(error.Item?.['n']?.N, '1', 'it came without the item');
    }),
    clause('ddb-all-old', 'a put and a delete return the item before on demand', PUT, async (t) => {
      const pk = await fill(t, ['a'], { n: 1 });
      const { Attributes } = await put(t, { pk, sk: 'a', n: 2 }, { ReturnValues: 'ALL_OLD' });
      assert.equal(Attributes?.['n'], 1);
      const gone = new DeleteCommand({ TableName, Key: { pk, sk: 'a' }, ReturnValues: 'ALL_OLD' });
      assert.equal((await t.aws.dynamodb.send(gone)).Attributes?.['n'], 2);
      assert.equal((await t.aws.dynamodb.send(gone)).Attributes, undefined);
    }),
    clause(
      'ddb-all-new',
      'an update makes what is absent and returns all of the item on demand',
      UPDATE,
      async (t) => {
        const update = new UpdateCommand({
          ...{ TableName, Key: { pk: fresh('pk'), sk: 'a' }, ReturnValues: 'ALL_NEW' },
          UpdateExpression: 'SET touched = if_not_exists(touched, :none) + :one ADD seen :sources',
          ExpressionAttributeValues: { ':none': 0, ':one': 1, ':sources': new Set(['event']) },
        });
        await t.aws.dynamodb.send(update);
        const { Attributes } = await t.aws.dynamodb.send(update);
        assert.equal(Attributes?.['touched'], 2);
        assert.deepEqual(Attributes['seen'], new Set(['event']));
      },
    ),
    clause('ddb-order', 'sort keys are in the order of their UTF-8 bytes', QUERY, async (t) => {
      const sks = ['B', 'a', 'a#', 'a.', 'b', 'é', '\u{FFFD}', '\u{1F600}'];
      const pk = await fill(t, sks.toReversed());
      const { Items = [] } = await query(t, pk, { ConsistentRead: true });
      assert.deepEqual(
        Items.map(({ sk }) => String(sk)),
        sks,
      );
    }),
    clause('ddb-between', 'BETWEEN includes both of its bounds', QUERY, async (t) => {
      const pk = await fill(t, ['D#1', 'D#2', 'D#3', 'D#4']);
      const { Items = [] } = await query(t, pk, {
        KeyConditionExpression: '#k = :k AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':k': pk, ':from': 'D#2', ':to': 'D#3' },
      });
      assert.deepEqual(
        Items.map(({ sk }) => String(sk)),
        ['D#2', 'D#3'],
      );
    }),
    clause(
      'ddb-pages',
      'pages follow each other without a gap or an overlap, in both directions',
      QUERY,
      async (t) => {
        const sks = Array.from({ length: 7 }, (_, n) => `s${n}`);
        const pk = await fill(t, sks);
        for (const ScanIndexForward of [true, false]) {
          const found: string[] = [];
          let start: Record<string, unknown> | undefined;
          do {
            const page = await query(t, pk, { Limit: 3, ScanIndexForward, ExclusiveStartKey: start });
            assert.ok((page.Items ?? []).length <= 3);
            found.push(...(page.Items ?? []).map(({ sk }) => String(sk)));
            start = page.LastEvaluatedKey;
          } while (start);
          assert.deepEqual(ScanIndexForward ? found : found.toReversed(), sks);
        }
      },
    ),
    clause('ddb-megabyte', 'a page ends after 1 MB', QUERY, async (t) => {
      const pk = await fill(t, ['1', '2', '3', '4'], { filler: 'x'.repeat(350_000) });
      const page = await query(t, pk);
      assert.ok((page.Items ?? []).length < 4 && page.LastEvaluatedKey, 'all 1.4 MB came as one page');
    }),
    clause('ddb-sparse', 'an index has the items that have its keys, and no others', SECONDARY, async (t) => {
      const [todoShard, pk] = [fresh('T'), fresh('pk')];
      for (const n of [2, 1, 3]) await put(t, { pk, sk: `s${n}`, todoShard, todoAt: `t${n}`, other: true });
      const index = () => query(t, todoShard, { IndexName: 'todo' }, 'todoShard');
      await soon('three entries', async () => ((await index()).Count === 3 ? true : undefined));
      const remove = { TableName, Key: { pk, sk: 's2' }, UpdateExpression: 'REMOVE todoShard, todoAt' };
      await t.aws.dynamodb.send(new UpdateCommand(remove));
      const items = await soon('two entries', async () => {
        const { Items = [] } = await index();
        return Items.length === 2 ? Items : undefined;
      });
      assert.deepEqual(items[0], { pk, sk: 's1', todoShard, todoAt: 't1' });
      assert.equal(items[1]?.['sk'], 's3');
    }),
    clause(
      'ddb-index-ties',
      'entries of an index with equal keys are all there, page by page',
      SECONDARY,
      async (t) => {
        const [todoShard, pk] = [fresh('T'), fresh('pk')];
        for (let n = 0; n < 9; n++) await put(t, { pk, sk: `s${n}`, todoShard, todoAt: 'same' });
        const found = new Set<unknown>();
        let start: Record<string, unknown> | undefined;
        do {
          const page = await query(
            t,
            todoShard,
            { IndexName: 'todo', Limit: 2, ExclusiveStartKey: start },
            'todoShard',
          );
          for (const { sk } of page.Items ?? []) found.add(sk);
          start = page.LastEvaluatedKey;
        } while (start);
        assert.equal(found.size, 9);
      },
    ),
    clause('ddb-index-consistent', 'an index is not read consistently', SECONDARY, async (t) => {
      await refused(
        query(t, 'T', { IndexName: 'todo', ConsistentRead: true }, 'todoShard'),
        'ValidationException',
      );
    }),
    clause('ddb-batch-write', 'a batch writes up to 25 items, each once', BATCH_WRITE, async (t) => {
      const pk = fresh('pk');
      const batch = (count: number, key: (n: number) => string) => {
        const requests = Array.from({ length: count }, (_, n) => ({
          PutRequest: { Item: { pk, sk: key(n) } },
        }));
        return t.aws.dynamodb.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
      };
      await refused(
        batch(26, (n) => `s${n}`),
        'ValidationException',
      );
      await refused(
        batch(2, () => 'same'),
        'ValidationException',
      );
      assert.deepEqual((await batch(25, (n) => `s${n}`)).UnprocessedItems ?? {}, {});
      assert.equal((await query(t, pk, { ConsistentRead: true })).Count, 25);
    }),
    clause(
      'ddb-batch-get',
      'a batch reads up to 100 items, and hands back what is more than 16 MB',
      BATCH_GET,
      async (t) => {
        const sks = Array.from({ length: 45 }, (_, n) => `s${n}`);
        const pk = await fill(t, sks, { filler: 'x'.repeat(380_000) });
        const batch = (wanted: readonly string[]) => {
          const Keys = wanted.map((sk) => ({ pk, sk }));
          return t.aws.dynamodb.send(
            new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
          );
        };
        const { Responses, UnprocessedKeys } = await batch(sks);
        const [read, left] = [
          Responses?.[TableName]?.length ?? 0,
          UnprocessedKeys?.[TableName]?.Keys?.length ?? 0,
        ];
        assert.equal(read + left, 45);
        assert.ok(left > 0, 'more than 16 MB came in one answer');
        await refused(batch(Array.from({ length: 101 }, (_, n) => `x${n}`)), 'ValidationException');
      },
    ),
    clause('ddb-largest', 'an item of more than 400 KB is refused', LIMITS, async (t) => {
      const pk = fresh('pk');
      await refused(put(t, { pk, sk: 'a', filler: 'x'.repeat(400 * 1024) }), 'ValidationException');
    }),
    clause('ddb-empty-key', 'an empty key is refused', LIMITS, async (t) => {
      await refused(put(t, { pk: fresh('pk'), sk: '' }), 'ValidationException');
    }),
  ],
};
