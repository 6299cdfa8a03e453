import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { must, until } from './client.ts';
import { MINUTE, SECOND, setTheScene, type Scenario } from './scenario.ts';
import { startService, type Service } from './service.ts';

jest.setTimeout(90_000);

let data: string;
let service: Service;
let bus: EventBridgeClient;
let scene: Scenario;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'overdue-e2e-'));
  service = await startService(data);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  bus = new EventBridgeClient({ endpoint: service.aws, region: 'us-east-1', credentials });
  scene = await setTheScene({ ...service, patience: 20 * SECOND }, 'data');
  const grants = [{ bucket: scene.bucket }, { events: 'com.acme.' }];
  await must(service, 'PUT', scene.path, { title: 'Data platform', grants });
});

afterAll(async () => {
  await scene.close();
  bus.destroy();
  await service.stop();
  await rm(data, { recursive: true, force: true });
});

interface FollowUp {
  status: string;
  after?: { what: string; key: string };
  expects: string;
  evidence: unknown[];
  breach?: { status: string; reason: string; lateSeconds?: number };
}

async function booked(order: string): Promise<void> {
  const Entries = [
    { Source: 'com.acme.ledger', DetailType: 'Order Booked', Detail: JSON.stringify({ order, amount: 5 }) },
  ];
  expect(await bus.send(new PutEventsCommand({ Entries }))).toMatchObject({ FailedEntryCount: 0 });
}

async function deadlines(): Promise<Map<string | undefined, FollowUp>> {
  const query = `from=${new Date(Date.now() - 10 * MINUTE).toISOString()}`;
  const path = `${scene.path}/expectations/ledger/deadlines?${query}`;
  const { items } = await must<{ items: FollowUp[] }>(service, 'GET', path);
  return new Map(items.map((one) => [one.after?.key, one]));
}

const untilOrder = (order: string, what: string, is: (one: FollowUp) => boolean) =>
  until(
    `order ${order} ${what}`,
    async () => (await deadlines()).get(order),
    (found) => found !== undefined && is(found),
    20 * SECOND,
  );

it('after each order file the ledger tells of the order in time, or people are told, and when it comes late', async () => {
  await must(service, 'POST', '/v1/expectations', {
    ...{ id: 'ledger', team: 'data', settle: '1s', notify: ['hook'] },
    followUp: {
      after: { file: { bucket: scene.bucket, key: 'orders/{*}.csv' } },
      by: {
        event: {
          pattern: { source: ['com.acme.ledger'], 'detail-type': ['Order Booked'] },
          key: '$.detail.order',
        },
      },
      within: '4s',
    },
  });
  for (const order of ['on-time', 'late', 'never']) await scene.put(`orders/${order}.csv`);
  await scene.put('invoices/other.csv');
  await booked('on-time');
  await booked('of-nobody');
  await untilOrder('late', 'is missed', ({ breach }) => breach?.reason === 'absent');
  await until(
    'alert',
    () => scene.receiver.types('ledger'),
    (types) => types.includes('opened'),
    20 * SECOND,
  );
  await booked('late');
  await untilOrder('late', 'recovers', ({ breach }) => breach?.status === 'recovered');
  await until(
    'recovery',
    () => scene.receiver.types('ledger'),
    (types) => types.includes('recovered'),
    20 * SECOND,
  );
  await untilOrder('on-time', 'is met', ({ status }) => status === 'met');
  await untilOrder('never', 'is missed', ({ breach }) => breach?.status === 'open');
  const found = await deadlines();
  expect([...found.keys()].toSorted()).toEqual(['late', 'never', 'on-time']);
  expect(found.get('late')?.expects).toMatch(
    /^an event of com\.acme\.ledger "Order Booked" with the key late after orders\/late\.csv in acme-data of /,
  );
  expect(found.get('on-time')?.evidence).toHaveLength(1);
});
