import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { must, sleepUntil, until } from '../e2e/client.ts';
import type { Deployment } from '../e2e/deployment.ts';
import { setTheScene, type Scenario } from '../e2e/scenario.ts';
import type { Operator } from './operator.ts';

const TEAM = 'jobs';
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const NIGHTLY = { StartAt: 'Done', States: { Done: { Type: 'Pass', End: true } } };
const SECRET = 'of the job alone';

/** Runs of jobs as their services tell of them, or can be asked about them, and events of one's own. */
export function describeJobs(deployment: Deployment, { aws, ask }: Operator): void {
  describe('jobs and events, through the rules and roles of the stack', () => {
    let scene: Scenario;
    let machine: string;

    const evidenceOf = async (id: string) => {
      const from = new Date(scene.due - 60_000).toISOString();
      const path = `${scene.path}/expectations/${id}/deadlines?from=${from}`;
      return JSON.stringify(await must(deployment, 'GET', path));
    };

    beforeAll(async () => {
      scene = await setTheScene(deployment, TEAM, 25_000);
      const grants = [{ source: '*', job: '' }, { events: 'com.acme.' }];
      await must(deployment, 'PUT', scene.path, { title: 'Jobs', grants });
      const common = { team: TEAM, due: scene.at(scene.due), settle: '1s', notify: ['hook'] };
      const job = (id: string, of: object) => ({ ...common, id, job: of });
      for (const body of [
        job('told', { source: 'stepfunctions', name: 'nightly-load' }),
        job('looked-for', { source: 'glue', name: 'orders-to-parquet' }),
        job('never-started', { source: 'glue', name: 'nobody-starts-this' }),
        { ...common, id: 'of-our-own', event: { pattern: { source: ['com.acme.trades'] } }, window: '5m' },
      ])
        await must(deployment, 'POST', '/v1/expectations', body);
      await runJobs();
      await sleepUntil(scene.due);
    }, 120_000);

    /** Glue sends no event there: its run can only be found by asking. */
    async function runJobs(): Promise<void> {
      const { Role } = await ask(
        z.object({ Role: z.object({ Arn: z.string() }) }),
        ...['iam', 'create-role', '--role-name', 'jobs', '--assume-role-policy-document'],
        JSON.stringify(TRUST),
      );
      ({ stateMachineArn: machine } = await ask(
        z.object({ stateMachineArn: z.string() }),
        ...['stepfunctions', 'create-state-machine', '--name', 'nightly-load', '--role-arn', Role.Arn],
        ...['--definition', JSON.stringify(NIGHTLY)],
      ));
      const input = JSON.stringify({ password: SECRET });
      await aws('stepfunctions', 'start-execution', '--state-machine-arn', machine, '--input', input);
      const command = 'Name=pythonshell,ScriptLocation=s3://acme-jobs/none';
      for (const name of ['orders-to-parquet', 'nobody-starts-this'])
        await aws('glue', 'create-job', '--name', name, '--role', Role.Arn, '--command', command);
      await aws('glue', 'start-job-run', '--job-name', 'orders-to-parquet');
      const entry = { Source: 'com.acme.trades', DetailType: 'Trade Booked', Detail: '{"amount":11}' };
      const sent = await ask(
        z.object({ FailedEntryCount: z.int() }),
        ...['events', 'put-events', '--entries'],
        JSON.stringify([{ ...entry, EventBusName: 'Overdue-evidence' }]),
      );
      expect(sent.FailedEntryCount).toBe(0);
    }

    afterAll(async () => {
      await aws('stepfunctions', 'delete-state-machine', '--state-machine-arn', machine);
      await scene.close();
    });

    it('a run of which Step Functions told is met, and what it was given stays there', async () => {
      await scene.decided('told', 'met');
      const evidence = await evidenceOf('told');
      expect(evidence).toContain('nightly-load');
      expect(evidence).not.toContain(SECRET);
    });

    it('a run of which nobody told is found by asking Glue', async () => {
      await scene.decided('looked-for', 'met');
    });

    it('a job that was not started is missed for that', async () => {
      const { breach } = await scene.breach('never-started', 'open');
      expect(breach?.reason).toBe('not-started');
      await until(
        'alert',
        () => scene.receiver.types('never-started'),
        (types) => types.includes('opened'),
        deployment.patience,
      );
    });

    it('an event of our own on the bus of the stack is met', async () => {
      await scene.decided('of-our-own', 'met');
    });
  });
}
