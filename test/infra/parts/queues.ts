import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVERYTHING, manyOf, resources, synthesize, Text } from '../stack.ts';

const template = synthesize(EVERYTHING);

const Queue = z.object({
  SqsManagedSseEnabled: z.boolean().optional(),
  MessageRetentionPeriod: z.int(),
  RedrivePolicy: z.object({ deadLetterTargetArn: Text, maxReceiveCount: z.int() }).optional(),
});

const queues = [...resources(template, 'AWS::SQS::Queue', Queue)];
const isDeadLetters = (id: string) => /DeadLetters[0-9A-F]{8}$/.test(id);
const working = queues.filter(([id]) => !isDeadLetters(id));
const dead = queues.filter(([id]) => isDeadLetters(id));

describe('queues', () => {
  it.each(working)('%s gives up into a queue of dead letters', (_id, { RedrivePolicy }) => {
    expect(isDeadLetters(RedrivePolicy!.deadLetterTargetArn.slice(1, -'.Arn>'.length))).toBe(true);
    expect(RedrivePolicy!.maxReceiveCount).toBeGreaterThanOrEqual(5);
  });

  it.each(dead)('%s keeps its letters for as long as SQS can', (_id, { MessageRetentionPeriod }) => {
    expect(MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });

  it.each(queues)('%s is encrypted, and refuses what is not', (id, { SqsManagedSseEnabled }) => {
    expect(SqsManagedSseEnabled).toBe(true);
    const policies = [...resources(template, 'AWS::SQS::QueuePolicy', QueuePolicy).values()];
    const own = policies.filter(({ Queues }) => Queues.includes(`<${id}>`));
    expect(own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });
});

const QueuePolicy = z.object({
  Queues: z.array(Text),
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Principal: z.unknown(),
        Condition: z.unknown(),
        Action: manyOf(z.string()),
      }),
    ),
  }),
});

const Rule = z.object({
  EventBusName: Text.optional(),
  EventPattern: z.unknown(),
  Targets: z.array(z.object({ Arn: Text, DeadLetterConfig: z.object({ Arn: Text }) })),
});

function isOfObjects({ EventPattern }: z.output<typeof Rule>): boolean {
  return JSON.stringify(EventPattern).includes('aws.s3');
}

describe('events', () => {
  const rules = [...resources(template, 'AWS::Events::Rule', Rule).values()];

  it('of new objects in the configured buckets are recorded, from the default bus', () => {
    const pattern = {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: ['acme-landing', { prefix: 'acme-reports-' }] } },
    };
    const ofObjects = rules.filter(isOfObjects);
    expect(ofObjects.map(({ EventPattern }) => EventPattern)).toEqual([pattern]);
    expect(ofObjects.map(({ EventBusName }) => EventBusName)).toEqual(['default']);
  });

  it('that cannot be put into the queue lie among its dead letters', () => {
    for (const { Targets } of rules) {
      expect(Targets).toEqual([
        {
          Arn: expect.stringMatching(/^<EvidenceEventsQueue\w+\.Arn>$/),
          DeadLetterConfig: { Arn: expect.stringMatching(/^<EvidenceEventsDeadLetters\w+\.Arn>$/) },
        },
      ]);
    }
  });

  it('are taken from these rules on the default bus, and from any on the bus of our own', () => {
    const onDefault = [...resources(template, 'AWS::Events::Rule', Rule)]
      .filter(([, { EventBusName }]) => EventBusName === 'default')
      .map(([id]) => `<${id}.Arn>`);
    const onOurs = expect.stringMatching(/:events:.*:rule\/<EvidenceBus\w+>\/\*$/);
    const statements = [...resources(template, 'AWS::SQS::QueuePolicy', QueuePolicy).values()]
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Allow');
    expect(statements).toHaveLength(2);
    for (const { Principal, Condition, Action } of statements) {
      expect(Principal).toEqual({ Service: 'events.amazonaws.com' });
      expect(Action).toEqual(['sqs:SendMessage']);
      const Likeness = z.object({ ArnLike: z.object({ 'aws:SourceArn': z.array(Text) }) });
      expect(Likeness.parse(Condition).ArnLike['aws:SourceArn']).toEqual([...onDefault, onOurs]);
    }
  });

  it('of objects are not listened for when no bucket is configured', () => {
    const all = [...resources(synthesize(), 'AWS::Events::Rule', Rule).values()];
    expect(all.filter(isOfObjects)).toEqual([]);
  });

  it.each([
    [1, 1],
    [25, 1],
    [26, 2],
    [60, 3],
  ])('of %i buckets fit into %i rules of 2,048 characters', (count, expected) => {
    const buckets = Array.from(
      { length: count },
      (_, index) => `${'b'.repeat(60)}${String(index).padStart(3, '0')}`,
    );
    const patterns = [
      ...resources(synthesize({ 'overdue:buckets': buckets }), 'AWS::Events::Rule', Rule).values(),
    ]
      .filter(isOfObjects)
      .map(({ EventPattern }) => JSON.stringify(EventPattern));
    expect(patterns).toHaveLength(expected);
    expect(Math.max(...patterns.map((pattern) => pattern.length))).toBeLessThanOrEqual(2048);
    expect(buckets.every((bucket) => patterns.some((pattern) => pattern.includes(bucket)))).toBe(true);
  });

  it('of all buckets are taken when the configuration says *', () => {
    const all = [...resources(synthesize({ 'overdue:buckets': '*' }), 'AWS::Events::Rule', Rule).values()];
    expect(all.find(isOfObjects)?.EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
    });
  });
});
