import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { must, sleep } from '../e2e/client.ts';
import { startReceiver } from '../e2e/receiver.ts';
import { startService } from '../e2e/service.ts';
import { Actor, type Subject } from './actor.ts';
import { compare, type Findings } from './compare.ts';
import { random } from '../support/random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Two deadlines of each expectation at least. */
const SHORTEST = 2.2 * MINUTE;
const BUCKET = 'acme';

export interface Options {
  kills: number;
  /** Each has a deadline a minute; a third of them await files, the others check-ins. */
  expectations: number;
  seed: number;
  say: (line: string) => void;
}

/** The real service, killed again and again while deadlines fall due; what came of each is compared with what was done. */
export async function run({ kills, expectations, seed, say }: Options): Promise<Findings> {
  const dice = random(seed);
  const data = await mkdtemp(join(tmpdir(), 'overdue-kills-'));
  const receiver = await startReceiver();
  const running = { service: await startService(data) };
  const killedAt: number[] = [];
  const end = async () => {
    await running.service.stop();
    await receiver.close();
    await rm(data, { recursive: true, force: true });
  };
  try {
    const subjects = await register(running.service, receiver.url, expectations);
    say(`${subjects.length} expectations registered; seed ${seed}`);
    const startedAt = Date.now();
    const actor = new Actor(subjects, running, dice);
    actor.start();
    for (let kill = 1; kill <= kills; kill++) {
      await sleep(SECOND + dice() * 5 * SECOND);
      const { api, aws } = running.service;
      killedAt.push(Date.now());
      await running.service.kill();
      await sleep(dice() * 2 * SECOND);
      running.service = await startService(data, { api, aws });
      if (kill % 10 === 0) say(`${kill} kills`);
    }
    await sleep(Math.max(0, startedAt + SHORTEST - Date.now()));
    await actor.stop();
    const stoppedAt = Date.now();
    // What was missed last is given up when the next deadline is due, a minute later; then the sweep has a minute.
    await sleep(2.5 * MINUTE);
    const ask = () =>
      compare(running.service, subjects, { stoppedAt, killedAt, received: receiver.received });
    for (let tries = 0; tries < 10 && (await ask()).lostAlerts.length > 0; tries++) await sleep(10 * SECOND);
    return await ask();
  } finally {
    await end();
  }
}

async function register(
  service: Awaited<ReturnType<typeof startService>>,
  url: string,
  count: number,
): Promise<Subject[]> {
  await service.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await must(service, 'PUT', '/v1/teams/data', { grants: [{ bucket: BUCKET }] });
  await must(service, 'PUT', '/v1/teams/data/channels/hook', { type: 'webhook', url });
  const subjects: Subject[] = [];
  for (let n = 0; n < count; n++) {
    const id = `e${n}`;
    const what =
      n % 3 === 0 ? { file: { bucket: BUCKET, key: `${id}/*.csv` }, settle: '1s' } : { checkIn: {} };
    const body = { id, team: 'data', due: { every: '1m' }, notify: ['hook'], remindEvery: '1d', ...what };
    const created = await must<{ changedAt: string; pingUrl?: string }>(
      service,
      'POST',
      '/v1/expectations',
      body,
    );
    const anchor = Date.parse(created.changedAt);
    subjects.push({ id, anchor, bucket: BUCKET, pingUrl: created.pingUrl, attempts: [] });
  }
  return subjects;
}
