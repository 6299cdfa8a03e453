import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEventBus,
  type BusEvent,
  type DeadEvent,
  type EventBus,
  type EventBusOptions,
} from '../../local/services/event-bus.ts';
import { clientConfig, eventually, serve, type TestServer } from './serve.ts';

let dataDir: string;
let bus: EventBus;
let server: TestServer;
let client: EventBridgeClient;
let delivered: BusEvent[];
let dead: DeadEvent[];
let deliver: (event: BusEvent) => Promise<unknown>;

async function open(rest: Partial<EventBusOptions> = {}): Promise<void> {
  const target = {
    id: 'queue',
    deliver: (event: BusEvent) => {
      delivered.push(event);
      return deliver(event);
    },
  };
  bus = createEventBus({
    dataDir,
    region: 'eu-central-1',
    accountId: '123456789012',
    rules: [{ name: 'orders', pattern: { source: [{ prefix: 'shop' }, 'aws.s3'] }, targets: [target] }],
    log: () => undefined,
    onDeadLetter: (letter) => Promise.resolve(dead.push(letter)),
    retryMs: 10,
    ...rest,
  });
  server = await serve(bus.handle);
  client = new EventBridgeClient({ ...clientConfig(server.url), maxAttempts: 1 });
}

async function shut(): Promise<void> {
  client.destroy();
  await server.close();
  await bus.close();
}

beforeEach(async () => {
  [delivered, dead] = [[], []];
  deliver = () => Promise.resolve();
  dataDir = mkdtempSync(join(tmpdir(), 'events-'));
  await open();
});
afterEach(async () => {
  await shut();
  rmSync(dataDir, { recursive: true });
});

const order: PutEventsRequestEntry = { Source: 'shop', DetailType: 'Order', Detail: '{"n":1}' };
const put = async (...Entries: PutEventsRequestEntry[]) =>
  await client.send(new PutEventsCommand({ Entries }));
const nthEvent = (n: number) => eventually(() => delivered[n]);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('PutEvents', () => {
  test('delivers an event in its envelope to the targets of the rules that match', async () => {
    bus.start();
    const Time = new Date('2026-01-02T03:04:05Z');
    const answer = await put(
      { ...order, Time, Resources: ['arn:x'], EventBusName: 'default' },
      { ...order, Source: 'other' },
    );
    expect(answer.FailedEntryCount).toBe(0);
    expect(await nthEvent(0)).toEqual({
      version: '0',
      id: answer.Entries![0]!.EventId,
      'detail-type': 'Order',
      source: 'shop',
      account: '123456789012',
      time: '2026-01-02T03:04:05Z',
      region: 'eu-central-1',
      resources: ['arn:x'],
      detail: { n: 1 },
    });
    await pause(30);
    expect(delivered).toHaveLength(1);
  });

  test('answers what is wrong with each entry and takes the others', async () => {
    bus.start();
    const answer = await put(
      order,
      { ...order, Source: undefined },
      { ...order, DetailType: '' },
      { ...order, Detail: '[1]' },
      { ...order, Source: 'aws.s3' },
      { ...order, EventBusName: 'elsewhere' },
    );
    expect(answer.FailedEntryCount).toBe(5);
    const codes = answer.Entries!.map(({ ErrorCode }) => ErrorCode);
    expect(codes).toEqual([
      undefined,
      'InvalidArgument',
      'InvalidArgument',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
    ]);
    await nthEvent(0);
  });

  test.each<[string, PutEventsRequestEntry[]]>([
    ['no entry', []],
    ['11 entries', Array.from({ length: 11 }, () => order)],
    [
      'more than 256 KiB',
      Array.from({ length: 3 }, () => ({ ...order, Detail: `"${'x'.repeat(100_000)}"` })),
    ],
  ])('refuses %s', async (_, entries) => {
    await expect(put(...entries)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('is all that is served', async () => {
    const rule = new PutRuleCommand({ Name: 'r', EventPattern: '{}' });
    await expect(client.send(rule)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  });
});

describe('delivery', () => {
  const event: BusEvent = {
    version: '0',
    id: 'one',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '123456789012',
    time: '2026-01-02T03:04:05Z',
    region: 'eu-central-1',
    resources: [],
    detail: { object: { key: 'a' } },
  };

  test('takes published events as they are', async () => {
    bus.start();
    await bus.publish(event);
    expect(await nthEvent(0)).toEqual(event);
  });

  test('is tried again until the target accepts', async () => {
    let left = 2;
    deliver = () => (left-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve());
    bus.start();
    await bus.publish(event);
    await nthEvent(2);
    await pause(50);
    expect(delivered).toHaveLength(3);
    expect(dead).toEqual([]);
  });

  test('is given up after its retries', async () => {
    await shut();
    await open({ maxRetries: 1 });
    deliver = () => Promise.reject(new Error('no'));
    bus.start();
    await bus.publish(event);
    const letter = await eventually(() => dead[0]);
    expect(letter).toMatchObject({ event, rule: 'orders', target: 'queue', attempts: 2 });
    expect(delivered).toHaveLength(2);
  });

  test('is repeated by a start, in order, for what was accepted lately, delivered or not', async () => {
    bus.start();
    await bus.publish(event);
    await nthEvent(0);
    deliver = () => Promise.reject(new Error('down'));
    await bus.publish({ ...event, id: 'two' });
    await nthEvent(1);
    await shut();
    delivered = [];
    deliver = () => Promise.resolve();
    await open();
    expect(delivered).toEqual([]);
    bus.start();
    await nthEvent(1);
    await pause(50);
    expect(delivered.map(({ id }) => id)).toEqual(['one', 'two']);
  });

  test('is not repeated for what is older, but not forgotten when it never arrived', async () => {
    bus.start();
    await bus.publish(event);
    await nthEvent(0);
    deliver = () => Promise.reject(new Error('down'));
    await bus.publish({ ...event, id: 'two' });
    await nthEvent(1);
    await shut();
    delivered = [];
    deliver = () => Promise.resolve();
    await open({ replayMinutes: 0 });
    await pause(5);
    bus.start();
    await nthEvent(0);
    await pause(50);
    expect(delivered.map(({ id }) => id)).toEqual(['two']);
  });

  test('of many is bounded and loses none', async () => {
    let now = 0;
    let most = 0;
    deliver = async () => {
      most = Math.max(most, ++now);
      await pause(1);
      now--;
    };
    bus.start();
    for (let n = 0; n < 500; n++) await bus.publish({ ...event, id: String(n) });
    await nthEvent(499);
    expect(most).toBe(16);
    expect(new Set(delivered.map(({ id }) => id)).size).toBe(500);
  });
});
