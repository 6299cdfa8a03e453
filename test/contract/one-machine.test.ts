import { describe, jest } from '@jest/globals';
import { describeContract } from './describe-contract.ts';
import { startOneMachine } from './one-machine.ts';

jest.setTimeout(60_000);

describe('the services of one machine keep the contract of AWS', () => {
  describeContract('one machine', startOneMachine);
});
