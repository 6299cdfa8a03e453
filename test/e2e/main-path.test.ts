import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { must, sleepUntil, until } from './client.ts';
import { startReceiver } from './receiver.ts';
import { startService, type Service } from './service.ts';

jest.setTimeout(150_000);

const MINUTE = 60_000;
const SECOND = 1000;

interface DeadlineView {
  id: string;
  status: string;
  dueAt: string;
  cause?: string;
  inconclusive?: { cause: string };
  evidence: { rejected?: string }[];
  breach?: { status: string; reason: string; lateSeconds?: number };
}

let service: Service;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let flaky: Awaited<ReturnType<typeof startReceiver>>;
let data: string;
/** When all expectations of this file fall due: the next full minute that leaves time to register them. */
let due: number;

const team = '/v1/teams/data';
const put = (key: string, body = 'id,amount\n1,2\n', bucket = 'acme') =>
  service.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
const move = async (from: string, to: string) => {
  await service.s3.send(new CopyObjectCommand({ Bucket: 'acme', CopySource: `acme/${from}`, Key: to }));
  await service.s3.send(new DeleteObjectCommand({ Bucket: 'acme', Key: from }));
};

function at(instant: number) {
  return { at: new Date(instant).toISOString().slice(11, 16), days: 'daily', timezone: 'UTC' };
}

function file(id: string, changes: object = {}, spec: object = {}) {
  return {
    id,
    team: 'data',
    file: { bucket: 'acme', key: `${id}/{yyyy-MM-dd}/*.csv`, ...spec },
    due: at(due),
    settle: '1s',
    notify: ['hook'],
    ...changes,
  };
}

function checkIn(id: string, changes: object = {}) {
  return { id, team: 'data', checkIn: {}, due: at(due), notify: ['hook'], ...changes };
}

async function deadlines(id: string): Promise<DeadlineView[]> {
  const query = `from=${new Date(due - MINUTE).toISOString()}&to=${new Date(due + 10 * MINUTE).toISOString()}`;
  const { items } = await must<{ items: DeadlineView[] }>(
    service,
    'GET',
    `${team}/expectations/${id}/deadlines?${query}`,
  );
  return items;
}

/** The verdict on the deadline at `due`, once it has one. */
function decided(id: string, status: string, withinMs = 15 * SECOND): Promise<DeadlineView> {
  return until(
    `${id} ${status}`,
    async () => (await deadlines(id)).find(({ dueAt }) => Date.parse(dueAt) === due),
    (deadline) => deadline?.status === status,
    withinMs,
  ).then((deadline) => deadline!);
}

function breach(id: string, status: string, withinMs = 20 * SECOND): Promise<DeadlineView> {
  return until(
    `${id} ${status}`,
    async () => (await deadlines(id)).find(({ dueAt }) => Date.parse(dueAt) === due),
    (deadline) => deadline?.breach?.status === status,
    withinMs,
  ).then((deadline) => deadline!);
}

const day = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'overdue-e2e-'));
  receiver = await startReceiver();
  flaky = await startReceiver();
  flaky.state.answer = (_request, response) => void response.writeHead(503).end('closed for lunch');
  service = await startService(data);
  due = Math.ceil((Date.now() + 15 * SECOND) / MINUTE) * MINUTE;
  await service.s3.send(new CreateBucketCommand({ Bucket: 'acme' }));
  await must(service, 'PUT', team, { title: 'Data platform', grants: [{ bucket: '*' }] });
  await must(service, 'PUT', `${team}/channels/hook`, { type: 'webhook', url: receiver.url });
  await must(service, 'PUT', `${team}/channels/flaky`, { type: 'webhook', url: flaky.url });
});

afterAll(async () => {
  await service.stop();
  await receiver.close();
  await flaky.close();
  await rm(data, { recursive: true, force: true });
});

describe('one due time, watched from outside', () => {
  const pings: Record<string, string> = {};

  beforeAll(async () => {
    const bodies = [
      file('on-time'),
      file('late'),
      file('never', { giveUpAfter: '1m' }),
      file('too-small', {}, { minBytes: 5 }),
      file('moved-away'),
      file('first-ever'),
      file('missing-bucket', {}, { bucket: 'nobody-made-this' }),
      file('paused'),
      file('edited'),
      file('renamed'),
      file('deleted'),
      file('told-late', { notify: ['flaky'] }),
      checkIn('checked-in'),
      checkIn('not-checked-in'),
      checkIn('failed-job'),
    ];
    for (const body of bodies) {
      const created = await must<{ pingUrl?: string }>(service, 'POST', '/v1/expectations', body);
      if (created.pingUrl !== undefined) pings[body.id] = created.pingUrl;
    }
    await put(`on-time/${day}/a.csv`);
    await put(`too-small/${day}/a.csv`, 'abc');
    await put(`moved-away/${day}/a.csv`);
    await move(`moved-away/${day}/a.csv`, 'elsewhere/a.csv');
    await fetch(pings['checked-in'] ?? '');
    await fetch(`${pings['failed-job'] ?? ''}/3`, { method: 'POST', body: 'disk full' });
    await must(service, 'POST', `${team}/expectations/paused/pause`, {});
    const replaced = file('edited', { due: at(due + 60 * MINUTE) });
    await must(service, 'PUT', `${team}/expectations/edited`, replaced);
    await must(service, 'PUT', `${team}/expectations/renamed`, file('renamed', { title: 'A better name' }));
    await must(service, 'DELETE', `${team}/expectations/deleted`);
    await sleepUntil(due);
  });

  it('a file on time is met, and nobody is told', async () => {
    const deadline = await decided('on-time', 'met');
    expect(deadline.evidence).toHaveLength(1);
    expect(receiver.types('on-time')).toEqual([]);
  });

  it('a file that was moved away before the check is met all the same', async () => {
    await decided('moved-away', 'met');
  });

  it('a late file is missed, alerted, and recovered with how late it was', async () => {
    await decided('late', 'missed');
    await until(
      'alert',
      () => receiver.types('late'),
      (types) => types.includes('opened'),
    );
    const sent = Date.now();
    await put(`late/${day}/a.csv`);
    const { breach: recovered } = await breach('late', 'recovered');
    const late = recovered?.lateSeconds ?? 0;
    expect(late).toBeGreaterThanOrEqual(Math.floor((sent - due) / SECOND) - 1);
    expect(late).toBeLessThanOrEqual((Date.now() - due) / SECOND);
    await until(
      'alert',
      () => receiver.types('late'),
      (types) => types.includes('recovered'),
    );
    expect(receiver.types('late')).toEqual(['opened', 'recovered']);
  });

  it('a file that is too small is insufficient, and a good one recovers it', async () => {
    const missed = await decided('too-small', 'missed');
    expect(missed.breach?.reason).toBe('insufficient');
    expect(missed.evidence[0]?.rejected).toBe('3 bytes, at least 5 expected');
    await put(`too-small/${day}/b.csv`, 'long enough');
    await breach('too-small', 'recovered');
  });

  it('an expectation that was never met before is missed like any other', async () => {
    const missed = await decided('first-ever', 'missed');
    expect(missed.breach?.reason).toBe('absent');
    await until(
      'alert',
      () => receiver.types('first-ever'),
      (types) => types.includes('opened'),
    );
  });

  it('a bucket that does not exist is inconclusive and not missed, and says so', async () => {
    const deadline = await until(
      'inconclusive',
      async () => (await deadlines('missing-bucket'))[0],
      (found) => found?.inconclusive !== undefined,
    );
    expect(deadline?.status).toBe('pending');
    expect(deadline?.inconclusive?.cause).toContain('nobody-made-this');
    await until(
      'alert',
      () => receiver.types('missing-bucket'),
      (types) => types.length > 0,
    );
    expect(receiver.types('missing-bucket')).toEqual(['inconclusive']);
  });

  it('a check-in by its address is met; one that did not come is missed, and met late by another', async () => {
    await decided('checked-in', 'met');
    await decided('not-checked-in', 'missed');
    const response = await fetch(pings['not-checked-in'] ?? '');
    expect(response.status).toBe(200);
    await breach('not-checked-in', 'recovered');
  });

  it('a job that reported its failure is missed because it failed', async () => {
    const missed = await decided('failed-job', 'missed');
    expect(missed.breach?.reason).toBe('failed');
    expect(missed.evidence[0]?.rejected).toBe('failed with exit code 3');
  });

  it('a pause, an edit and a deletion before the due time cancel it; a new title does not', async () => {
    expect((await decided('paused', 'cancelled')).cause).toBe('paused');
    expect((await decided('edited', 'cancelled')).cause).toBe('replaced by revision 2');
    await decided('renamed', 'missed');
    expect(receiver.types('paused')).toEqual([]);
    expect(receiver.types('edited')).toEqual([]);
    expect(receiver.types('deleted')).toEqual([]);
  });

  it('an alert whose receiver is down is delivered once it is up, and held up no other channel', async () => {
    await decided('told-late', 'missed');
    await until(
      'refused attempt',
      () => flaky.received.length,
      (count) => count >= 1,
    );
    expect(receiver.types('first-ever')).toContain('opened');
    flaky.state.answer = (_request, response) => void response.writeHead(200).end();
    const before = flaky.received.length;
    await until(
      'delivery',
      () => flaky.received.length,
      (count) => count > before,
      60 * SECOND,
    );
    expect(new Set(flaky.received.map(({ key }) => key)).size).toBe(1);
  });

  it('a file that never comes is given up, and the history shows it all', async () => {
    await breach('never', 'never', 90 * SECOND);
    await until(
      'alert',
      () => receiver.types('never'),
      (types) => types.includes('gave-up'),
    );
    const listed = await must<{ items: { expectation: string; status: string }[] }>(
      service,
      'GET',
      `/v1/breaches?team=data&expectation=never`,
    );
    expect(listed.items).toMatchObject([{ expectation: 'never', status: 'never' }]);
    const [deadline] = await deadlines('never');
    const one = await must<{ timeline: { type?: string; kind: string }[] }>(
      service,
      'GET',
      `${team}/expectations/never/breaches/${deadline?.id ?? ''}`,
    );
    const transitions = one.timeline.filter(({ kind }) => kind === 'transition').map(({ type }) => type);
    expect(transitions).toEqual(['opened', 'gave-up']);
    expect(one.timeline.filter(({ kind }) => kind === 'delivery').length).toBeGreaterThanOrEqual(2);
  });

  it('no alert was sent twice', () => {
    const ids = receiver.received.flatMap(({ alerts }) => alerts.map(({ id }) => id));
    expect(ids.length).toBe(new Set(ids).size);
  });
});
