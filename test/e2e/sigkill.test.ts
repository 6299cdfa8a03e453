import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { must, sleep, sleepUntil, until } from './client.ts';
import { startReceiver } from './receiver.ts';
import { startService, type Service } from './service.ts';

jest.setTimeout(200_000);

const MINUTE = 60_000;
const SECOND = 1000;
const COUNT = 20;

interface DeadlineView {
  id: string;
  dueAt: string;
  status: string;
  breach?: { status: string };
}

let service: Service;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let data: string;
let due: number;
const pings: string[] = [];
const day = new Date().toISOString().slice(0, 10);

const put = (key: string) =>
  service.s3.send(new PutObjectCommand({ Bucket: 'acme', Key: key, Body: 'id,amount\n1,2\n' }));

/** Ends the service as kill -9 does, and starts it again on the same folder and ports. */
async function killAndRestart(): Promise<void> {
  const { api, aws } = service;
  await service.kill();
  service = await startService(data, { api, aws });
}

async function deadline(id: string): Promise<DeadlineView | undefined> {
  const range = `from=${new Date(due - MINUTE).toISOString()}&to=${new Date(due + MINUTE).toISOString()}`;
  const path = `/v1/teams/data/expectations/${id}/deadlines?${range}`;
  const { items } = await must<{ items: DeadlineView[] }>(service, 'GET', path);
  return items.find(({ dueAt }) => Date.parse(dueAt) === due);
}

const view = async (id: string) => {
  const found = await deadline(id);
  return [found?.status, found?.breach?.status].filter(Boolean).join(' ');
};

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'overdue-kill-'));
  receiver = await startReceiver();
  service = await startService(data);
  due = Math.ceil((Date.now() + 25 * SECOND) / MINUTE) * MINUTE;
  const at = { at: new Date(due).toISOString().slice(11, 16), days: 'daily', timezone: 'UTC' };
  const common = { team: 'data', due: at, notify: ['hook'] };
  await service.s3.send(new CreateBucketCommand({ Bucket: 'acme' }));
  await must(service, 'PUT', '/v1/teams/data', { grants: [{ bucket: 'acme' }] });
  await must(service, 'PUT', '/v1/teams/data/channels/hook', { type: 'webhook', url: receiver.url });
  for (let n = 0; n < COUNT; n++) {
    const { pingUrl } = await must<{ pingUrl: string }>(service, 'POST', '/v1/expectations', {
      ...common,
      id: `check-${n}`,
      checkIn: {},
    });
    pings.push(pingUrl);
  }
  for (const id of ['on-time', 'moved', 'late']) {
    const file = { bucket: 'acme', key: `${id}/{yyyy-MM-dd}.csv` };
    await must(service, 'POST', '/v1/expectations', { ...common, id, settle: '1s', file });
  }
});

afterAll(async () => {
  await service.stop();
  await receiver.close();
  await rm(data, { recursive: true, force: true });
});

describe('the service killed by SIGKILL and started again', () => {
  it('1: right after registrations were acknowledged, has every one of them', async () => {
    await killAndRestart();
    const { items } = await must<{ items: unknown[] }>(
      service,
      'GET',
      '/v1/teams/data/expectations?limit=200',
    );
    expect(items).toHaveLength(COUNT + 3);
  });

  it('2: right after files and check-ins were acknowledged, remembers them, even a file that is moved away then', async () => {
    await put(`on-time/${day}.csv`);
    await put(`moved/${day}.csv`);
    for (const url of pings.slice(0, 5)) expect((await fetch(url)).status).toBe(200);
    await killAndRestart();
    await service.s3.send(new DeleteObjectCommand({ Bucket: 'acme', Key: `moved/${day}.csv` }));
  });

  it('3: in the midst of judging, judges each deadline once', async () => {
    await sleepUntil(due + 150);
    await killAndRestart();
    for (const n of [0, 1, 2, 3, 4])
      await until(
        `check-${n}`,
        () => view(`check-${n}`),
        (is) => is === 'met',
        60 * SECOND,
      );
    for (let n = 5; n < COUNT; n++) {
      await until(
        `check-${n}`,
        () => view(`check-${n}`),
        (is) => is === 'missed open',
        60 * SECOND,
      );
    }
    await until(
      'on-time',
      () => view('on-time'),
      (is) => is === 'met',
    );
    await until(
      'moved',
      () => view('moved'),
      (is) => is === 'met',
    );
    await until(
      'late',
      () => view('late'),
      (is) => is === 'missed open',
    );
  });

  it('4: between sending an alert and recording that it was sent, loses none', async () => {
    const opened = () => Array.from({ length: COUNT - 5 }, (_, n) => receiver.types(`check-${n + 5}`));
    await until(
      'alerts',
      () => opened(),
      (all) => all.every((types) => types[0] === 'opened'),
      90 * SECOND,
    );
    let killed: Promise<void> | undefined;
    receiver.state.answer = (_request, response) => {
      killed ??= service.kill();
      void killed.then(() => response.destroy());
    };
    await fetch(pings[5] ?? '');
    await until('a send to break off', () => killed !== undefined, Boolean, 60 * SECOND);
    await killed;
    receiver.state.answer = (_request, response) => void response.writeHead(200).end();
    const { api, aws } = service;
    const before = receiver.received.length;
    service = await startService(data, { api, aws });
    await until(
      'the same message again',
      () => receiver.received.length,
      (count) => count > before,
      90 * SECOND,
    );
    expect(await view('check-5')).toBe('missed recovered');
    expect(receiver.types('check-5')).toEqual(['opened', 'recovered']);
  });

  it('5: while breaches are open, recovers them by what comes afterwards', async () => {
    await killAndRestart();
    await put(`late/${day}.csv`);
    await until(
      'late',
      () => view('late'),
      (is) => is === 'missed recovered',
    );
    await until(
      'alert',
      () => receiver.types('late'),
      (types) => types.includes('recovered'),
      60 * SECOND,
    );
  });

  it('tells no transition under two ids, and repeats an alert only within a message that is repeated', async () => {
    await sleep(2 * SECOND);
    const alerts = receiver.received.flatMap(({ key, alerts }) => alerts.map(({ id }) => ({ id, key })));
    for (const { id, key } of alerts) {
      expect(new Set(alerts.filter((other) => other.id === id).map((other) => other.key))).toEqual(
        new Set([key]),
      );
    }
    for (const expectation of ['on-time', 'moved', 'check-0'])
      expect(receiver.types(expectation)).toEqual([]);
    const breaches = await must<{ items: { expectation: string }[] }>(
      service,
      'GET',
      '/v1/breaches?team=data&limit=200',
    );
    const names = breaches.items.map(({ expectation }) => expectation);
    expect(names.length).toBe(new Set(names).size);
    expect(names).toHaveLength(COUNT - 5 + 1);
  });
});
