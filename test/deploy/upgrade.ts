import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { must, sleep, sleepUntil, until } from '../e2e/client.ts';
import type { Deployment } from '../e2e/deployment.ts';
import { MINUTE, SECOND, setTheScene, type Scenario } from '../e2e/scenario.ts';

const TEAM = 'upgrade';
const KEPT = ['kept-1', 'kept-2', 'kept-3', 'kept-4', 'kept-5'];
const SILENT = ['silent-1', 'silent-2', 'silent-3', 'silent-4', 'silent-5'];
const MINUTES = 3;

/** Deadlines that fall due before, during and after another deployment. */
export function describeUpgrade(deployment: Deployment, upgrade: () => Promise<void>): void {
  describe('an upgrade while deadlines are pending and a breach is open', () => {
    let scene: Scenario;
    let from: number;
    const tokens: string[] = [];

    beforeAll(async () => {
      scene = await setTheScene(deployment, TEAM);
      const everyMinute = { due: { every: '1m' }, giveUpAfter: '1d' };
      for (const id of [...KEPT, ...SILENT]) {
        const body = scene.checkIn(id, everyMinute);
        const { pingUrl = '' } = await must<{ pingUrl?: string }>(
          deployment,
          'POST',
          '/v1/expectations',
          body,
        );
        if (KEPT.includes(id)) tokens.push(pingUrl);
      }
      await must(deployment, 'POST', '/v1/expectations', scene.file('late-over-upgrade'));
      from = Date.now();
    });

    afterAll(() => scene.close());

    /** Checks in for those that are kept, again and again. @returns what was answered but OK */
    const checkIn = async (end: number) => {
      const faults: string[] = [];
      while (Date.now() < end) {
        for (const token of tokens) {
          const answer = await deployment.fetch!(token).catch((error: unknown) => String(error));
          if (typeof answer === 'string' || answer.status !== 200)
            faults.push(typeof answer === 'string' ? answer : `${answer.status} ${await answer.text()}`);
        }
        await sleep(10 * SECOND);
      }
      return faults;
    };

    const all = async (id: string) => {
      const [first, last] = [from + MINUTE, from + MINUTES * MINUTE].map((at) => new Date(at).toISOString());
      const path = `${scene.path}/expectations/${id}/deadlines?from=${first}&to=${last}`;
      return (await must<{ items: { dueAt: string; status: string }[] }>(deployment, 'GET', path)).items;
    };

    it('loses no deadline and no check-in', async () => {
      const end = from + MINUTES * MINUTE;
      const checkingIn = checkIn(end);
      await scene.breach('late-over-upgrade', 'open', 2 * MINUTE);
      await upgrade();
      expect(await checkingIn).toEqual([]);
      await sleepUntil(end);
      for (const [ids, status] of [[KEPT, 'met'] as const, [SILENT, 'missed'] as const]) {
        for (const id of ids) {
          const verdicts = await until(
            `${id} decided`,
            () => all(id),
            (found) => found.every((deadline) => deadline.status !== 'pending'),
            deployment.patience,
          );
          expect(verdicts.map((deadline) => deadline.status)).toEqual(Array(MINUTES - 1).fill(status));
        }
      }
    }, 400_000);

    it('ends a breach that was open before it', async () => {
      await scene.put(`late-over-upgrade/${new Date(scene.due).toISOString().slice(0, 10)}/a.csv`);
      await scene.breach('late-over-upgrade', 'recovered');
      await until(
        'alert',
        () => scene.receiver.types('late-over-upgrade'),
        (types) => types.includes('recovered'),
        deployment.patience,
      );
      expect(scene.receiver.types('late-over-upgrade')).toEqual(['opened', 'recovered']);
    });

    it('sent no alert twice', () => {
      const ids = scene.receiver.received.flatMap(({ alerts }) => alerts.map(({ id }) => id));
      expect(ids.length).toBe(new Set(ids).size);
    });
  });
}
