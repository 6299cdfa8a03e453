import { describe, it, jest } from '@jest/globals';
import { installMinistack } from '../support/ministack.ts';
import { describeContract } from './describe-contract.ts';
import { installed } from './installed.ts';
import { openMinistack } from './ministack.ts';

jest.setTimeout(60_000);

const programs = await installed('ministack', installMinistack);

describe('ministack keeps the contract of AWS', () => {
  if (programs === undefined) it.skip('cannot be had here', () => undefined);
  else describeContract('ministack', () => openMinistack(programs));
});
