import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
  type Attribute,
  type GlobalSecondaryIndexPropsV2,
  type ITableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TABLE, type IndexName } from '../functions/adapters/table.ts';
import type { Config } from './config.ts';
import type { Handler } from './handler.ts';

const ITEM_ACTIONS = [
  'GetItem',
  'BatchGetItem',
  'Query',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
] as const;

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What may be done with items. Nobody may scan. */
export type ItemAction = (typeof ITEM_ACTIONS)[number];

/** The one table: what every promise and every history hangs on. */
export class Table extends Construct {
  readonly table: Pick<ITableV2, 'tableArn' | 'tableName'>;
  readonly #key: IKey | undefined;
  readonly #historyDays: string | undefined;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const { tableKeyArn, restoredTable, historyDays } = config;
    this.#historyDays = historyDays?.toString();
    this.#key = tableKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', tableKeyArn);
    this.table =
      restoredTable === undefined
        ? this.#make(config)
        : TableV2.fromTableName(this, 'Restored', restoredTable);
  }

  #make({ keep, restoreDays }: Config): TableV2 {
    return new TableV2(this, 'Table', {
      partitionKey: text(TABLE.partitionKey),
      sortKey: text(TABLE.sortKey),
      billing: Billing.onDemand(),
      globalSecondaryIndexes: Object.entries(TABLE.indexes).map(toIndex),
      timeToLiveAttribute: TABLE.timeToLive,
      pointInTimeRecoverySpecification:
        restoreDays === 0
          ? { pointInTimeRecoveryEnabled: false }
          : { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: restoreDays },
      ...(this.#key ? { encryption: TableEncryptionV2.customerManagedKey(this.#key) } : {}),
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Lets the functions read and write items in every way. */
  lend(...handlers: Handler[]): void {
    for (const handler of handlers) this.lendFor(handler, ...ITEM_ACTIONS);
  }

  /** Lets the function do this with items, and nothing else. */
  lendFor(handler: Handler, ...allowed: ItemAction[]): void {
    if (allowed.length > 0) handler.may(actions(allowed), [this.table.tableArn]);
    this.#lendKey(handler);
    handler.knows({ table: this.table.tableName, historyDays: this.#historyDays });
  }

  /** DynamoDB uses the key in the name of who asks it. */
  #lendKey(handler: Handler): void {
    if (!this.#key) return;
    handler.may(KEY_ACTIONS, [this.#key.keyArn], {
      StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(this).region}.amazonaws.com` },
    });
  }

  /** Lets the function query these indexes. */
  lendIndexes(handler: Handler, ...indexes: IndexName[]): void {
    handler.may(
      actions(['Query']),
      indexes.map((index) => `${this.table.tableArn}/index/${index}`),
    );
  }
}

function toIndex([indexName, key]: [
  string,
  { partitionKey: string; sortKey: string },
]): GlobalSecondaryIndexPropsV2 {
  return {
    indexName,
    partitionKey: text(key.partitionKey),
    sortKey: text(key.sortKey),
    projectionType: ProjectionType.KEYS_ONLY,
  };
}

function text(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}

function actions(names: readonly string[]): string[] {
  return names.map((name) => `dynamodb:${name}`);
}
