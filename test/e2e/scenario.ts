import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { must, until } from './client.ts';
import type { Deployment } from './deployment.ts';
import { startReceiver } from './receiver.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export interface DeadlineView {
  id: string;
  status: string;
  dueAt: string;
  cause?: string;
  inconclusive?: { cause: string };
  evidence: { rejected?: string }[];
  breach?: { status: string; reason: string; lateSeconds?: number };
}

/** A team with a bucket and two receivers of alerts, all of whose expectations fall due at the same minute. */
export type Scenario = Awaited<ReturnType<typeof setTheScene>>;

/**
 * @param leadTime how long it takes to register everything, in ms: they fall due at the next full minute after it
 */
export async function setTheScene(deployment: Deployment, team: string, leadTime = 15 * SECOND) {
  const bucket = `acme-${team}`;
  const path = `/v1/teams/${team}`;
  const receiver = await startReceiver();
  const flaky = await startReceiver();
  flaky.state.answer = (_request, response) => void response.writeHead(503).end('closed for lunch');
  await makeBucket(deployment, bucket);
  await must(deployment, 'PUT', path, { title: 'Data platform', grants: [{ bucket: '*' }] });
  await must(deployment, 'PUT', `${path}/channels/hook`, { type: 'webhook', url: receiver.url });
  await must(deployment, 'PUT', `${path}/channels/flaky`, { type: 'webhook', url: flaky.url });
  const due = Math.ceil((Date.now() + leadTime) / MINUTE) * MINUTE;
  return {
    ...{ deployment, bucket, path, receiver, flaky, due },
    ...expectations(team, bucket, due),
    ...objects(deployment, bucket),
    ...verdicts(deployment, path, due),
    async close() {
      await receiver.close();
      await flaky.close();
    },
  };
}

/** A bucket as docs/deploying.md asks for: it sends its events to EventBridge. */
async function makeBucket({ s3 }: Deployment, Bucket: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

function expectations(team: string, bucket: string, due: number) {
  const at = (instant: number) => ({
    ...{ at: new Date(instant).toISOString().slice(11, 16), days: 'daily', timezone: 'UTC' },
  });
  return {
    at,
    file: (id: string, changes: object = {}, spec: object = {}) => ({
      id,
      team,
      file: { bucket, key: `${id}/{yyyy-MM-dd}/*.csv`, ...spec },
      due: at(due),
      settle: '1s',
      notify: ['hook'],
      ...changes,
    }),
    checkIn: (id: string, changes: object = {}) => ({
      ...{ id, team, checkIn: {}, due: at(due), notify: ['hook'] },
      ...changes,
    }),
  };
}

function objects({ s3 }: Deployment, Bucket: string) {
  return {
    put: (Key: string, Body = 'id,amount\n1,2\n') => s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    move: async (from: string, to: string) => {
      await s3.send(new CopyObjectCommand({ Bucket, CopySource: `${Bucket}/${from}`, Key: to }));
      await s3.send(new DeleteObjectCommand({ Bucket, Key: from }));
    },
  };
}

function verdicts(deployment: Deployment, path: string, due: number) {
  const { patience } = deployment;
  const [from, to] = [due - MINUTE, due + 10 * MINUTE].map((instant) => new Date(instant).toISOString());
  const deadlines = async (id: string): Promise<DeadlineView[]> => {
    const query = `from=${from}&to=${to}`;
    const { items } = await must<{ items: DeadlineView[] }>(
      deployment,
      'GET',
      `${path}/expectations/${id}/deadlines?${query}`,
    );
    return items;
  };
  const when = async (what: string, id: string, is: (one: DeadlineView) => boolean, withinMs: number) => {
    const found = await until(
      `${id} ${what}`,
      async () => (await deadlines(id)).find(({ dueAt }) => Date.parse(dueAt) === due),
      (deadline) => deadline !== undefined && is(deadline),
      withinMs,
    );
    return found!;
  };
  return {
    deadlines,
    /** The verdict on the deadline at `due`, once it has one. */
    decided: (id: string, status: string, withinMs = patience) =>
      when(status, id, (deadline) => deadline.status === status, withinMs),
    breach: (id: string, status: string, withinMs = patience) =>
      when(status, id, ({ breach }) => breach?.status === status, withinMs),
  };
}
