import { describe, it, jest } from '@jest/globals';
import { describeContract } from './describe-contract.ts';
import { installed } from './installed.ts';
import { installMoto, openMoto } from './moto.ts';

jest.setTimeout(60_000);

const programs = await installed('moto', installMoto);

describe('moto keeps the contract of AWS', () => {
  if (programs === undefined) it.skip('cannot be had here', () => undefined);
  else describeContract('moto', () => openMoto(programs));
});
