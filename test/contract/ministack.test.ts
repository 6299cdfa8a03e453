import { describe, it, jest } from '@jest/globals';
import { installMinistack } from '../support/ministack.ts';
import { NotHere } from '../support/python.ts';
import { describeContract } from './describe-contract.ts';
import { DIFFERENCES } from './differences.ts';
import { openMinistack } from './ministack.ts';

jest.setTimeout(60_000);

/** @returns undefined where it cannot be had */
async function install(): Promise<string | undefined> {
  try {
    return await installMinistack();
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    process.stderr.write(`SKIPPED because ministack cannot be had here: ${error.message}\n`);
    return undefined;
  }
}

const programs = await install();

describe('ministack keeps the contract of AWS', () => {
  if (programs === undefined) it.skip('cannot be had here', () => undefined);
  else describeContract(() => openMinistack(programs), DIFFERENCES.ministack);
});
