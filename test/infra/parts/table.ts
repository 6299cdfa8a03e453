import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { TABLE } from '../../../functions/adapters/table.ts';
import { permissions } from '../policies.ts';
import { resources, SHUT_IN, synthesize } from '../stack.ts';

const TYPE = 'AWS::DynamoDB::GlobalTable';
const Keys = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));

const Table = z.object({
  BillingMode: z.string(),
  KeySchema: Keys,
  GlobalSecondaryIndexes: z.array(
    z.object({
      IndexName: z.string(),
      KeySchema: Keys,
      Projection: z.object({ ProjectionType: z.string() }),
    }),
  ),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  TimeToLiveSpecification: z.unknown(),
  Replicas: z.tuple([
    z.object({
      PointInTimeRecoverySpecification: z.unknown(),
      SSESpecification: z.unknown().optional(),
      DeletionProtectionEnabled: z.boolean(),
    }),
  ]),
});

const Configured = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

function tableOf(context?: Record<string, unknown>) {
  const template = synthesize(context);
  const [[id, properties] = []] = [...resources(template, TYPE, Table)];
  return { properties: properties!, policies: template.findResources(TYPE)[id!] };
}

describe('the table', () => {
  const { properties, policies } = tableOf();

  it.each([
    [{}, undefined],
    [{ 'overdue:historyDays': '2600' }, '2600'],
  ])('of %j is kept by every function that writes it for so many days: %s', (context, days) => {
    const functions = resources(synthesize(context), 'AWS::Lambda::Function', Configured);
    const kept = [...functions.values()].map(({ Environment }) => Environment?.Variables ?? {});
    const writers = kept.filter((variables) => 'OVERDUE_TABLE' in variables);
    expect(writers.length).toBeGreaterThan(5);
    expect(new Set(writers.map((variables) => variables['OVERDUE_HISTORY_DAYS']))).toEqual(new Set([days]));
  });

  it('has the keys and indexes of the key schema', () => {
    const { indexes, ...primary } = TABLE;
    expect(properties.KeySchema).toEqual(keysOf(primary));
    expect(properties.GlobalSecondaryIndexes).toEqual(
      Object.entries(indexes).map(([IndexName, index]) => ({
        IndexName,
        KeySchema: keysOf(index),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    );
  });

  it('lets items expire by the attribute of the key schema', () => {
    expect(properties.TimeToLiveSpecification).toEqual({ AttributeName: TABLE.timeToLive, Enabled: true });
  });

  it('costs nothing while nothing happens', () => {
    expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it('can be restored to any second, and is not deleted by mistake or with the stack', () => {
    expect(properties.Replicas[0].PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 35,
    });
    expect(properties.Replicas[0].DeletionProtectionEnabled).toBe(true);
    expect(policies).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('can be restored to fewer days, or not at all, when the operator says so', () => {
    const recovery = (days: string) =>
      tableOf({ 'overdue:restoreDays': days }).properties.Replicas[0].PointInTimeRecoverySpecification;
    expect(recovery('7')).toEqual({ PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 });
    expect(recovery('0')).toEqual({ PointInTimeRecoveryEnabled: false });
  });

  it('is encrypted by the key of the operator, when there is one', () => {
    const { properties: own } = tableOf(SHUT_IN);
    expect(own.Replicas[0].SSESpecification).toEqual({ KMSMasterKeyId: SHUT_IN['overdue:tableKeyArn'] });
    expect(properties.Replicas[0].SSESpecification).toBeUndefined();
  });

  it('is not made where a restored one is named; the functions use that one', () => {
    const template = synthesize({ 'overdue:restoredTable': 'overdue-back' });
    expect(resources(template, TYPE, Table).size).toBe(0);
    const used = permissions(template).filter(({ action }) => action === 'dynamodb:GetItem');
    expect(new Set(used.map(({ resource }) => resource))).toEqual(
      new Set(['arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/overdue-back']),
    );
  });

  it('goes with the stack when the operator says so', () => {
    const { properties: throwaway, policies: thrown } = tableOf({ 'overdue:removalPolicy': 'destroy' });
    expect(throwaway.Replicas[0].DeletionProtectionEnabled).toBe(false);
    expect(thrown).toMatchObject({ DeletionPolicy: 'Delete' });
  });
});

function keysOf({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}
