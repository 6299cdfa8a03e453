import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { METRICS } from '../../functions/adapters/metrics.ts';
import { lambdaFunction } from '../../functions/handlers/function.ts';

const environment = { ...process.env };
let written: unknown[];

beforeEach(() => {
  process.env = {
    ...environment,
    OVERDUE_TABLE: 't',
    OVERDUE_DEPLOYMENT: 'Blue',
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
  };
  written = [];
  const write = (text: unknown) => written.push(JSON.parse(String(text)));
  jest.spyOn(console, 'log').mockImplementation(write);
  jest.spyOn(console, 'error').mockImplementation(write);
});

afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
});

const deadline = { team: 'data', expectation: 'orders', occurrence: '2026-11-21T06:00', rev: 2 };

describe('a function on Lambda', () => {
  it('writes its metrics after the call, in the embedded format, with the deployment as the only dimension', async () => {
    const call = lambdaFunction((ctx) => async (event: unknown) => {
      ctx.metrics.count('missed');
      ctx.metrics.time('judgeLag', 1500);
      ctx.metrics.count('sweepRepairs', 0);
      return Promise.resolve(event);
    });
    expect(await call('hello')).toBe('hello');
    expect(written).toEqual([expect.objectContaining({ service: 'Blue', VerdictMissed: 1, JudgeLag: 1.5 })]);
    expect(written).toMatchObject([
      { _aws: { CloudWatchMetrics: [{ Namespace: 'Overdue', Dimensions: [['service']] }] } },
    ]);
    expect(written[0]).not.toHaveProperty(METRICS.sweepRepairs);
  });

  it('writes nothing when there was nothing to count', async () => {
    await lambdaFunction(() => () => Promise.resolve('quiet'))();
    expect(written).toEqual([]);
  });

  it('that fails says for which deadline, writes its metrics, and fails', async () => {
    const call = lambdaFunction((ctx) => (_event: unknown) => {
      ctx.metrics.count('deliveryFailed');
      return Promise.reject(new Error('broken'));
    });
    await expect(call({ deadline })).rejects.toThrow('broken');
    expect(written).toMatchObject([
      {
        level: 'ERROR',
        message: 'task failed',
        deadline: 'data/orders/2026-11-21T06:00~r2',
        error: 'Error: broken',
      },
      { DeliveryFailures: 1 },
    ]);
  });
});
