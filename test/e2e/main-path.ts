import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { must, sleepUntil, until } from './client.ts';
import type { Deployment } from './deployment.ts';
import { MINUTE, SECOND, setTheScene, type Scenario } from './scenario.ts';

const TEAM = 'data';
const day = new Date().toISOString().slice(0, 10);

/** What the sweep leaves to the ordinary path. */
const SLACK = 30 * SECOND;

/**
 * The promises of the README, watched from outside. Needs a deployment that may see the buckets `acme-data` and
 * `nobody-made-this` and may send to 127.0.0.1.
 * @param deployed asked once, before the first scenario
 */
export function describeMainPath(deployed: () => Promise<Deployment>): void {
  describe('one due time, watched from outside', () => {
    const pings: Record<string, string> = {};
    let scene: Scenario;
    let deployment: Deployment;

    const told = (id: string, type: string, withinMs = deployment.patience) =>
      until(
        `alert ${type} of ${id}`,
        () => scene.receiver.types(id),
        (types) => types.includes(type),
        withinMs,
      );
    const ping = (id: string, ...rest: [string?, string?]) => {
      const [suffix = '', body] = rest;
      const request = body === undefined ? {} : { method: 'POST', body };
      return (deployment.fetch ?? fetch)(`${pings[id] ?? ''}${suffix}`, request);
    };

    beforeAll(async () => {
      deployment = await deployed();
      scene = await setTheScene(deployment, TEAM);
      const { file, checkIn, put, path } = scene;
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
        const created = await must<{ pingUrl?: string }>(deployment, 'POST', '/v1/expectations', body);
        if (created.pingUrl !== undefined) pings[body.id] = created.pingUrl;
      }
      await put(`on-time/${day}/a.csv`);
      await put(`too-small/${day}/a.csv`, 'abc');
      await put(`moved-away/${day}/a.csv`);
      await scene.move(`moved-away/${day}/a.csv`, 'elsewhere/a.csv');
      await ping('checked-in');
      await ping('failed-job', '/3', 'disk full');
      const of = (id: string) => `${path}/expectations/${id}`;
      await must(deployment, 'POST', `${of('paused')}/pause`, {});
      await must(deployment, 'PUT', of('edited'), file('edited', { due: scene.at(scene.due + 60 * MINUTE) }));
      await must(deployment, 'PUT', of('renamed'), file('renamed', { title: 'A better name' }));
      await must(deployment, 'DELETE', of('deleted'));
      if (Date.now() >= scene.due) throw new Error('it took too long to register: raise the lead time');
      await sleepUntil(scene.due);
    });

    afterAll(() => scene.close());

    it('a file on time is met, and nobody is told', async () => {
      const deadline = await scene.decided('on-time', 'met');
      expect(deadline.evidence).toHaveLength(1);
      expect(scene.receiver.types('on-time')).toEqual([]);
    });

    it('a file that was moved away before the check is met all the same', async () => {
      await scene.decided('moved-away', 'met');
    });

    it('a late file is missed, alerted, and recovered with how late it was', async () => {
      await scene.decided('late', 'missed');
      await told('late', 'opened');
      const sent = Date.now();
      await scene.put(`late/${day}/a.csv`);
      const { breach: recovered } = await scene.breach('late', 'recovered');
      const late = recovered?.lateSeconds ?? 0;
      expect(late).toBeGreaterThanOrEqual(Math.floor((sent - scene.due) / SECOND) - 1);
      expect(late).toBeLessThanOrEqual((Date.now() - scene.due) / SECOND);
      await told('late', 'recovered');
      expect(scene.receiver.types('late')).toEqual(['opened', 'recovered']);
    });

    it('a file that is too small is insufficient, and a good one recovers it', async () => {
      const missed = await scene.decided('too-small', 'missed');
      expect(missed.breach?.reason).toBe('insufficient');
      expect(missed.evidence[0]?.rejected).toBe('3 bytes, at least 5 expected');
      await scene.put(`too-small/${day}/b.csv`, 'long enough');
      await scene.breach('too-small', 'recovered');
    });

    it('an expectation that was never met before is missed like any other', async () => {
      const missed = await scene.decided('first-ever', 'missed');
      expect(missed.breach?.reason).toBe('absent');
      await told('first-ever', 'opened');
    });

    it('a bucket that does not exist is inconclusive and not missed, and says so', async () => {
      const deadline = await until(
        'inconclusive',
        async () => (await scene.deadlines('missing-bucket'))[0],
        (found) => found?.inconclusive !== undefined,
      );
      expect(deadline?.status).toBe('pending');
      expect(deadline?.inconclusive?.cause).toContain('nobody-made-this');
      await told('missing-bucket', 'inconclusive');
      expect(scene.receiver.types('missing-bucket')).toEqual(['inconclusive']);
    });

    it('a check-in by its address is met; one that did not come is missed, and met late by another', async () => {
      await scene.decided('checked-in', 'met');
      await scene.decided('not-checked-in', 'missed');
      const response = await ping('not-checked-in');
      expect(response.status).toBe(200);
      await scene.breach('not-checked-in', 'recovered');
    });

    it('a job that reported its failure is missed because it failed', async () => {
      const missed = await scene.decided('failed-job', 'missed');
      expect(missed.breach?.reason).toBe('failed');
      expect(missed.evidence[0]?.rejected).toBe('failed with exit code 3');
    });

    it('a pause, an edit and a deletion before the due time cancel it; a new title does not', async () => {
      expect((await scene.decided('paused', 'cancelled')).cause).toBe('paused');
      expect((await scene.decided('edited', 'cancelled')).cause).toBe('replaced by revision 2');
      await scene.decided('renamed', 'missed');
      expect(scene.receiver.types('paused')).toEqual([]);
      expect(scene.receiver.types('edited')).toEqual([]);
      expect(scene.receiver.types('deleted')).toEqual([]);
    });

    it('an alert whose receiver is down is delivered once it is up, and held up no other channel', async () => {
      const { flaky, receiver } = scene;
      await scene.decided('told-late', 'missed');
      await until(
        'refused attempt',
        () => flaky.received.length,
        (count) => count >= 1,
        deployment.patience,
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
      if (deployment.sweep) {
        await sleepUntil(scene.due + MINUTE + SLACK + SECOND);
        await deployment.sweep();
      }
      await scene.breach('never', 'never', 90 * SECOND);
      await told('never', 'gave-up');
      const listed = await must<{ items: { expectation: string; status: string }[] }>(
        deployment,
        'GET',
        `/v1/breaches?team=${TEAM}&expectation=never`,
      );
      expect(listed.items).toMatchObject([{ expectation: 'never', status: 'never' }]);
      const [deadline] = await scene.deadlines('never');
      const path = `${scene.path}/expectations/never/breaches/${deadline?.id ?? ''}`;
      const timeline = async () =>
        (await must<{ timeline: { type?: string; kind: string }[] }>(deployment, 'GET', path)).timeline;
      const transitions = (await timeline()).filter(({ kind }) => kind === 'transition');
      expect(transitions.map(({ type }) => type)).toEqual(['opened', 'gave-up']);
      // A delivery is marked after it was sent.
      await until('both deliveries', timeline, (entries) => {
        return entries.filter(({ kind }) => kind === 'delivery').length === 2;
      });
    });

    it('no alert was sent twice', () => {
      const ids = scene.receiver.received.flatMap(({ alerts }) => alerts.map(({ id }) => id));
      expect(ids.length).toBe(new Set(ids).size);
    });
  });
}
