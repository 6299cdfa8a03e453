import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, sleep, sleepUntil } from '../test/e2e/client.ts';
import { startReceiver } from '../test/e2e/receiver.ts';
import { startService, type Service } from '../test/e2e/service.ts';
import { watchMemory } from './memory.ts';

const MINUTE = 60_000;
const SECOND = 1000;

export interface Storm {
  deadlines: number;
  teams: number;
  /** Registrations a second through the API. */
  registered: number;
  /** Seconds from checkAt. */
  firstRecorded: number;
  lastRecorded: number;
  firstAnnounced: number;
  lastAnnounced: number;
  messages: number;
  peakMb: number;
  idleMb: number;
}

/**
 * Check-ins that all fall due at one instant and none of which comes, over teams with one webhook channel each.
 * @throws Error when an alert is missing after five minutes, or one comes twice
 */
export async function storm(deadlines: number, teams: number): Promise<Storm> {
  const data = await mkdtemp(join(tmpdir(), 'overdue-bench-'));
  const receiver = await startReceiver();
  const service = await startService(data);
  const memory = watchMemory(service.pid);
  try {
    const started = Date.now();
    const due = await register(service, receiver.url, deadlines, teams);
    const registered = (deadlines * SECOND) / (Date.now() - started);
    await sleepUntil(due);
    const alerts = () => receiver.received.flatMap((one) => one.alerts.map(({ id }) => ({ id, at: one.at })));
    await quiet(() => alerts().length, deadlines, due + 5 * MINUTE);
    const ids = new Set(alerts().map(({ id }) => id));
    if (ids.size !== deadlines) throw new Error(`${ids.size} of ${deadlines} alerts came`);
    if (alerts().length !== deadlines) throw new Error(`${alerts().length - deadlines} alerts came twice`);
    const recorded = await recordedAt(service);
    if (recorded.length !== deadlines)
      throw new Error(`${recorded.length} of ${deadlines} breaches are recorded`);
    const announced = alerts().map(({ at }) => at);
    const after = (instant: number) => (instant - due) / SECOND;
    return {
      deadlines,
      teams,
      registered,
      firstRecorded: after(min(recorded)),
      lastRecorded: after(max(recorded)),
      firstAnnounced: after(min(announced)),
      lastAnnounced: after(max(announced)),
      messages: receiver.received.length,
      ...memory.stop(),
    };
  } finally {
    memory.stop();
    await service.stop();
    await receiver.close();
    await rm(data, { recursive: true, force: true });
  }
}

const min = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const max = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));

/** Registers all of them, a few at a time. @returns the full minute at which they fall due */
async function register(service: Service, url: string, deadlines: number, teams: number): Promise<number> {
  for (let team = 0; team < teams; team++) {
    await must(service, 'PUT', `/v1/teams/team-${team}`, { grants: [] });
    await must(service, 'PUT', `/v1/teams/team-${team}/channels/hook`, { type: 'webhook', url });
  }
  const due = Math.ceil((Date.now() + deadlines * 20 + 20 * SECOND) / MINUTE) * MINUTE;
  const at = { at: new Date(due).toISOString().slice(11, 16), days: 'daily', timezone: 'UTC' };
  const body = (n: number) => ({
    id: `check-${n}`,
    team: `team-${n % teams}`,
    checkIn: {},
    due: at,
    notify: ['hook'],
  });
  const queue = Array.from({ length: deadlines }, (_, n) => n).values();
  const worker = async () => {
    for (const n of queue) await must(service, 'POST', '/v1/expectations', body(n));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  if (Date.now() > due - 5 * SECOND)
    throw new Error('registering took longer than expected: nothing was measured');
  return due;
}

async function quiet(count: () => number, wanted: number, until: number): Promise<void> {
  while (count() < wanted && Date.now() < until) await sleep(100);
  await sleep(3 * SECOND);
}

/** When each breach was opened, by the history. */
async function recordedAt(service: Service): Promise<number[]> {
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await must<{ items: { openedAt: string }[]; cursor?: string }>(
      service,
      'GET',
      `/v1/breaches?limit=200${query}`,
    );
    found.push(...page.items.map(({ openedAt }) => Date.parse(openedAt)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
