import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { clause, fresh, refused, soon, type Chapter } from './contract.ts';
import type { RuleName } from './rules.ts';
import { bucket, put } from './s3.ts';
import { ACCOUNT, REGION, type Target } from './target.ts';

const DOCS = 'https://docs.aws.amazon.com/eventbridge/latest';
const PUT_EVENTS = `${DOCS}/userguide/eb-putevents.html`;
const ENTRY = `${DOCS}/APIReference/API_PutEventsResultEntry.html`;
const STRUCTURE = `${DOCS}/ref/events-structure.html`;
const PATTERNS = `${DOCS}/userguide/eb-create-pattern-operators.html`;
const ENABLE =
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html';
const OBJECTS = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html';

const Event = z.object({
  ...{ version: z.string(), id: z.string(), source: z.string(), 'detail-type': z.string() },
  ...{ account: z.string(), time: z.iso.datetime(), region: z.string(), resources: z.array(z.string()) },
  detail: z.record(z.string(), z.unknown()),
});

const entry = (detail: object, rest: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  ...{ Source: 'overdue.contract', DetailType: 'Contract', Detail: JSON.stringify(detail) },
  ...rest,
});

const putEvents = ({ aws }: Target, ...Entries: PutEventsRequestEntry[]) =>
  aws.events.send(new PutEventsCommand({ Entries }));

/** The next event of the rule, taken out of its queue. */
async function next({ aws, queueOf }: Target, rule: RuleName) {
  const QueueUrl = queueOf(rule);
  const { Messages: [message] = [] } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  if (!message) return undefined;
  await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return Event.parse(JSON.parse(message.Body ?? ''));
}

/** The numbers `n` of the events of a rule that come until the last one, which must match. */
async function matching(target: Target, rule: RuleName, details: readonly object[], last: object) {
  await putEvents(target, ...details.map((detail, n) => entry({ ...detail, n })));
  await sleep(500);
  await putEvents(target, entry({ ...last, n: 'last' }));
  const found: unknown[] = [];
  await soon(`the last event of ${rule}`, async () => {
    const event = await next(target, rule);
    if (event && event.detail['n'] !== 'last') found.push(event.detail['n']);
    return event?.detail['n'] === 'last' ? true : undefined;
  });
  return found.toSorted();
}

export const events: Chapter = {
  service: 'EventBridge',
  clauses: [
    clause('eb-entries', 'a call takes up to 10 events', PUT_EVENTS, async (t) => {
      const many = (count: number) => Array.from({ length: count }, () => entry({}));
      assert.equal((await putEvents(t, ...many(10))).FailedEntryCount, 0);
      await refused(putEvents(t, ...many(11)), 'ValidationException');
    }),
    clause(
      'eb-partly',
      'an event that cannot be taken is named in its place, the others are taken',
      ENTRY,
      async (t) => {
        const { FailedEntryCount, Entries = [] } = await putEvents(t, entry({}), entry({}, { Detail: '{' }));
        assert.equal(FailedEntryCount, 1, 'none failed');
        assert.ok(Entries[0]?.EventId);
        assert.equal(Entries[1]?.ErrorCode, 'MalformedDetail');
      },
    ),
    clause(
      'eb-aws-source',
      'nobody but AWS sends events of a source that begins with aws.',
      ENTRY,
      async (t) => {
        const { Entries = [] } = await putEvents(t, entry({}, { Source: 'aws.s3' }));
        assert.equal(Entries[0]?.ErrorCode, 'NotAuthorizedForSourceException');
      },
    ),
    clause(
      'eb-envelope',
      'an event comes in its envelope, with the time that its sender gave',
      STRUCTURE,
      async (t) => {
        const Time = new Date('2026-03-29T00:59:59Z');
        const detail = { bucket: { name: 'acme-a' } };
        const { Entries = [] } = await putEvents(
          t,
          entry(detail, { Time, Resources: ['arn:aws:s3:::acme-a'] }),
        );
        const event = await soon('the event', () => next(t, 'prefix'));
        assert.deepEqual(event, {
          ...{ version: '0', id: Entries[0]?.EventId, source: 'overdue.contract', 'detail-type': 'Contract' },
          ...{
            account: ACCOUNT,
            region: REGION,
            time: '2026-03-29T00:59:59Z',
            resources: ['arn:aws:s3:::acme-a'],
            detail,
          },
        });
      },
    ),
    clause('eb-prefix', 'a pattern takes beginnings beside whole values', PATTERNS, async (t) => {
      const named = (name: string) => ({ bucket: { name } });
      const names = ['acme-b', 'other', 'exact', 'exactly', 'my-acme-'].map(named);
      assert.deepEqual(await matching(t, 'prefix', names, named('exact')), [0, 2]);
    }),
    clause('eb-anything-but', 'a pattern takes anything but some values', PATTERNS, async (t) => {
      const states = [{ state: 'SUCCEEDED' }, { state: 'FAILED' }, { state: 'RUNNING' }, {}];
      assert.deepEqual(await matching(t, 'anythingBut', states, { state: 'TIMED_OUT' }), [1]);
    }),
    clause('eb-exists', 'a pattern asks for what exists and what does not', PATTERNS, async (t) => {
      const details = [{ flavour: 'x' }, {}, { flavour: 'x', 'copied-from': 'y' }];
      assert.deepEqual(await matching(t, 'exists', details, { flavour: 'last' }), [0]);
    }),
    clause(
      'eb-object',
      'an object that is made is told with its size, ETag, sequencer and reason',
      OBJECTS,
      async (t) => {
        const name = await bucket(t, { tells: true });
        const { ETag = '' } = await put(t, name, 'in/ä b+c.csv');
        const { source, detail, resources } = await soon('the event', async () => {
          const event = await next(t, 'objects');
          return event && JSON.stringify(event.detail['bucket']) === JSON.stringify({ name })
            ? event
            : undefined;
        });
        assert.equal(source, 'aws.s3');
        assert.deepEqual(resources, [`arn:aws:s3:::${name}`]);
        const { sequencer, ...object } = z.record(z.string(), z.unknown()).parse(detail['object']);
        assert.deepEqual(object, { key: 'in/ä b+c.csv', size: 10, etag: ETag.replaceAll('"', '') });
        assert.match(String(sequencer), /^[0-9A-F]{16,}$/i, 'no sequencer');
        assert.equal(detail['reason'], 'PutObject');
      },
    ),
    clause('eb-silent-bucket', 'a bucket that was not told to sends no events', ENABLE, async (t) => {
      const [silent, telling] = [await bucket(t), await bucket(t, { tells: true })];
      await put(t, silent, fresh('a'));
      await sleep(500);
      await put(t, telling, 'last');
      const told: string[] = [];
      await soon('the event of the other bucket', async () => {
        const event = await next(t, 'objects');
        if (event) told.push(JSON.stringify(event.detail['bucket']));
        return told.at(-1)?.includes(telling) ? true : undefined;
      });
      assert.ok(!told.some((text) => text.includes(silent)), 'it sent one');
    }),
  ],
};
