import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { describeMainPath } from '../e2e/main-path.ts';
import { installMinistack, startMinistack } from '../support/ministack.ts';
import { NotHere, program } from '../support/python.ts';
import { deployedAt } from './deployed.ts';
import { describeCanary } from './canary.ts';
import { describeDeadLetters } from './dead-letters.ts';
import { firstKey } from './first-key.ts';
import { describeJobs } from './jobs.ts';
import { operatorOf } from './operator.ts';
import { repairPolicies } from './repairs.ts';
import { stackIn } from './stack.ts';
import { stopwatch } from './stopwatch.ts';
import { describeUpgrade } from './upgrade.ts';

jest.setTimeout(200_000);

/** All that the scenarios need of the operator. */
const SETTINGS = {
  buckets: 'acme-*,nobody-made-this',
  allowedWebhookHosts: '127.0.0.1',
  removalPolicy: 'destroy',
};

const watch = stopwatch();
const say = (lines: string[]) => process.stderr.write(`${lines.join('\n')}\n`);

async function deploy(programs: string) {
  const emulator = await watch.time('start the emulator', () => startMinistack(programs, { strict: true }));
  try {
    const stack = await stackIn(emulator.env);
    await watch.time('cdk bootstrap', () => stack.bootstrap());
    await watch.time('cdk synth, with bundles', () => stack.synth(SETTINGS));
    const told = await watch.time('cdk deploy', () => stack.deploy());
    await watch.time('put permissions right', () => repairPolicies(emulator.env, 'Overdue'));
    const key = await watch.time('read the first key', () => firstKey(told, emulator.env));
    return { emulator, stack, ...deployedAt(emulator, { api: told.ApiUrl, key }) };
  } catch (error) {
    say([emulator.log().slice(-4000)]);
    await emulator.stop();
    throw error;
  }
}

/** @returns undefined when it cannot be had here */
async function install(): Promise<string | undefined> {
  try {
    await program('openssl');
    return await watch.time('find or install the emulator', installMinistack);
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    say([`SKIPPED because the emulator cannot be had here: ${error.message}`]);
    return undefined;
  }
}

const programs = await install();

if (programs === undefined) {
  it.skip('the stack deployed into ministack', () => undefined);
} else {
  const { deployment, stack, emulator, leftovers } = await deploy(programs);

  afterAll(async () => {
    say(['Seconds:', ...watch.table()]);
    await emulator.stop();
    await stack.close();
  });

  const operator = operatorOf(emulator.env);

  describeMainPath(() => Promise.resolve(deployment));

  describeJobs(deployment, operator);

  describeDeadLetters(deployment, operator);

  describeCanary(deployment, operator);

  describeUpgrade(deployment, async () => {
    await watch.time('cdk synth again', () => stack.synth({ ...SETTINGS, logRetentionDays: '30' }));
    await watch.time('cdk deploy again', () => stack.deploy());
    await repairPolicies(emulator.env, 'Overdue');
  });

  describe('the removed stack', () => {
    it('leaves nothing behind when it is told to', async () => {
      await watch.time('cdk destroy', () => stack.destroy());
      expect(await leftovers()).toEqual([]);
    });
  });
}
