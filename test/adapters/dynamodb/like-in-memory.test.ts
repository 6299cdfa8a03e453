import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertQueue } from '../../../functions/adapters/dynamodb/alert-queue.ts';
import { LeaseLost } from '../../../functions/adapters/dynamodb/channel-state.ts';
import { deadlines } from '../../../functions/adapters/dynamodb/deadlines.ts';
import { evidenceStore } from '../../../functions/adapters/dynamodb/evidence.ts';
import { timeline } from '../../../functions/adapters/dynamodb/timeline.ts';
import type {
  AlertQueue,
  Deadlines,
  EvidenceStore,
  QueuedAlert,
  Timeline,
} from '../../../functions/app/ports.ts';
import { alertOf, apply, close } from '../../../functions/core/breach.ts';
import { isOfRun, refOf, type Deadline } from '../../../functions/core/deadline.ts';
import { Expectation } from '../../../functions/core/expectation.ts';
import { heardAgain, runDeadline } from '../../../functions/core/new-deadline.ts';
import { canonical } from '../../../functions/core/canonical.ts';
import { HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { deadlineOf, fileExpectation, object, registrationOf } from '../../core/build.ts';
import { MemoryWorld } from '../../support/memory-context.ts';
import { NOW, startTable, type TestTable } from './support.ts';

/*
 * What the use-cases are tested on is the world in memory: this is where it and the table are made to agree, by doing
 * the same random things to both.
 */

let table: TestTable;
let run = 0;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

const small = fc.integer({ min: 0, max: 5 });

/** Plays every step on both sides and compares the answers. */
async function alike<Port, Step>(
  ports: readonly [Port, Port],
  steps: readonly Step[],
  play: (port: Port, step: Step) => Promise<unknown>,
): Promise<void> {
  for (const step of steps) {
    const [expected, found] = [await play(ports[0], step), await play(ports[1], step)];
    expect({ step, answer: found }).toEqual({ step, answer: expected });
  }
}

const hashOf = (which: number) => (which % 2 === 0 ? '0a1b2c3d' : '4e5f6a7b');

/** The deadline of a run that began an hour before it is due. */
function runOf(team: string, id: string, which: number): Deadline {
  const job = { source: 'custom', name: 'load', finishesWithin: '1h' };
  const rules = registrationOf(Expectation.parse({ team, id, job }));
  const place = { job: 'load', account: '', region: '' };
  const run = { ...place, run: `run-${which}`, startedAt: NOW + (which - 1) * HOUR };
  return runDeadline(rules, run, hashOf(which), NOW)!;
}

test('deadlines', async () => {
  const kinds = [
    'create',
    'decide',
    'move',
    'close',
    'touch',
    'stale',
    'between',
    'of a run',
    'without runs',
    'page',
    'breaches',
  ] as const;
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    which: small,
    more: small,
    form: fc.nat({ max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const id = `model-${run++}`;
      const team = `team-${run}`;
      const make = (which: number, form: number): Deadline => {
        const dueAt = NOW + which * HOUR;
        const base = { ...deadlineOf(fileExpectation({ id, team })), dueAt, rev: form + 1 };
        if (form === 0) return { ...base, occurrence: toIso(dueAt + 5 * HOUR).slice(0, 16) };
        if (form === 1) return { ...base, occurrence: toIso(dueAt) };
        if (form === 3) return runOf(team, id, which);
        return { ...base, occurrence: toIso(NOW - 99 * HOUR - which * MINUTE), silence: HOUR };
      };
      const range = ({ which, more }: { which: number; more: number }) => ({
        from: NOW + which * HOUR,
        to: NOW + (which + more) * HOUR,
      });
      const play = async (port: Deadlines, { kind, which, more, form }: (typeof steps)[number]) => {
        const wanted = make(which, form);
        const current = await port.get(wanted);
        switch (kind) {
          case 'create':
            return port.create(wanted);
          case 'decide':
            return (
              current &&
              port.save(
                apply(
                  current,
                  { is: 'missed', reason: 'absent', seen: '', looked: [] },
                  { severity: 'low', remindEvery: '8h' },
                  NOW,
                ),
              )
            );
          case 'move':
            // A run is due when it is due.
            return (
              current && !isOfRun(current) && port.save(heardAgain(current, current.dueAt + more * MINUTE))
            );
          case 'close':
            return current?.breach && port.save(close(current, 'me', NOW) ?? current);
          case 'touch':
            return port.touch(refOf(wanted));
          case 'stale':
            return current && port.save({ ...current, version: current.version - 1 });
          case 'between':
            return port.between({ team, id }, range({ which, more }));
          case 'of a run':
            return port.between({ team, id }, { ...range({ which, more }), run: hashOf(form) });
          case 'without runs':
            return port.between({ team, id }, { ...range({ which, more }), without: 'runs' });
          case 'page': {
            const query = {
              ...range({ which: 0, more: 12 }),
              ...(form === 0 ? {} : { status: 'pending' as const }),
            };
            const first = await port.page({ team, id }, query, { limit: more + 1 });
            if (first.cursor === undefined) return first.items;
            const rest = await port.page({ team, id }, query, { limit: 100, cursor: first.cursor });
            return [...first.items, ...rest.items];
          }
          case 'breaches': {
            const query = {
              ...range({ which: 0, more: 12 }),
              team,
              ...(form === 0 ? {} : { status: 'open' }),
            };
            const first = await port.breaches(query, { limit: more + 1 });
            if (first.cursor === undefined) return first.items;
            const rest = await port.breaches(query, { limit: 100, cursor: first.cursor });
            return [...first.items, ...rest.items];
          }
        }
      };
      await alike([new MemoryWorld().deadlines, deadlines(table.store)], steps, play);
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('evidence', async () => {
  const step = fc.record({
    kind: fc.constantFrom(...(['record', 'claim', 'release', 'between'] as const)),
    which: small,
    more: small,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const ref = { team: 'data', id: `evidence-${run++}` };
      const play = (port: EvidenceStore, { kind, which, more }: (typeof steps)[number]) => {
        const key = [undefined, 'a', 'b'][more % 3];
        const one = {
          ...{ ...object(toIso(NOW + (which % 3)), { size: more }), id: `id ${which}` },
          ...(key === undefined ? {} : { keyed: { side: 'by' as const, key, fact: 'f' } }),
        };
        if (kind === 'record') return port.record(ref, one);
        if (kind === 'claim') return port.claim(ref, one, `deadline ${more % 2}`);
        if (kind === 'release') return port.release(ref, one, `deadline ${more % 2}`);
        return port.between(ref, NOW + (which % 3), NOW + (which % 3) + (more % 3), key);
      };
      await alike([new MemoryWorld().evidence, evidenceStore(table.store)], steps, async (port, one) => {
        const answer = await play(port, one);
        return Array.isArray(answer) ? answer.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : answer;
      });
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('alerts', async () => {
  const kinds = [
    'enqueue',
    'nudge',
    'lease',
    'seal',
    'free',
    'settle',
    'oldest',
    'mark',
    'delivered',
    'timeline',
  ];
  const step = fc.record({ kind: fc.constantFrom(...kinds), which: small, more: small });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const team = `alerts-${run++}`;
      const expectation = fileExpectation({ team });
      const deadline = deadlineOf(expectation);
      const made = (which: number): QueuedAlert => {
        const told = { seq: which + 1, type: 'opened' as const, at: NOW + (which % 4), seen: '' };
        return {
          channel: 'mail',
          seq: told.seq,
          deadline: refOf(deadline),
          alert: alertOf(deadline, told, expectation, 'https://x'),
        };
      };
      const play = async (
        { alerts, history }: { alerts: AlertQueue; history: Timeline },
        { kind, which, more }: (typeof steps)[number],
      ): Promise<unknown> => {
        const state = await alerts.state(team, 'mail');
        const queue = await alerts.oldest(team, 'mail', 100);
        switch (kind) {
          case 'enqueue': {
            const { seq, alert } = made(which);
            const told = [{ seq, type: alert.type, at: alert.at, seen: '' }];
            // Only a crash queues again what was worked off; then the table has it in the queue once more.
            const before = await history.of(refOf(deadline));
            const over = before.some(
              (one) => one.kind === 'delivery' && one.seq === seq && one.status !== 'retrying',
            );
            return over ? 'over' : alerts.enqueue(refOf(deadline), told, [made(which)]);
          }
          case 'nudge':
            return alerts.nudge(team, ['mail']);
          case 'lease':
            return alerts.saveState({
              ...state,
              leaseUntil: NOW + more,
              version: state.version + (which === 0 ? 7 : 0),
            });
          case 'seal':
            return alerts.saveState({ ...state, batch: { id: `b${which}`, keys: ['x'] } });
          case 'free':
            return alerts.saveState({ ...state, batch: undefined, leaseUntil: undefined, failures: more });
          case 'settle':
            return alerts
              .settle({
                ...state,
                version: state.version + (which === 0 ? 7 : 0),
                nudges: state.nudges + (more === 0 ? 7 : 0),
              })
              .catch((error: unknown) =>
                error instanceof LeaseLost ? false : Promise.reject(error as Error),
              );
          case 'oldest':
            return (await alerts.oldest(team, 'mail', more + 1)).map(({ queued }) => queued);
          case 'mark': {
            const status = (['delivered', 'retrying', 'failed'] as const)[more % 3]!;
            return alerts.mark(queue.slice(0, which), { at: NOW, status, attempts: 1, message: 'm' });
          }
          case 'delivered':
            return alerts.delivered([made(which), made(more)]);
          default:
            return (await history.of(refOf(deadline))).map((entry) => canonical(entry)).sort();
        }
      };
      const world = new MemoryWorld({ now: '2026-11-21T05:00:00Z' });
      const memory = { alerts: world.alerts, history: world.timeline };
      const stored = { alerts: alertQueue(table.store), history: timeline(table.store) };
      await alike<typeof stored, (typeof steps)[number]>([memory, stored], steps, play);
    }),
    { numRuns: 30 },
  );
}, 60_000);
