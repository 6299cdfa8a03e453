import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Bench } from '../../bench/cost/bench.ts';
import { priceOf, type Usage } from '../../bench/cost/prices.ts';
import { deadline } from '../../bench/cost/scenes.ts';

jest.setTimeout(120_000);

const page = readFileSync(`${import.meta.dirname}/../../docs/cost.md`, 'utf8');

describe('a deadline of a file that comes in time', () => {
  let bench: Bench;
  let used: Usage;

  beforeAll(async () => {
    bench = await Bench.start();
    used = await deadline(bench, 'met');
  });

  afterAll(() => bench.close());

  it('costs six writes and its part of planning, and no look into the bucket', () => {
    expect(used.writeUnits).toBeLessThan(6.5);
    expect(used.s3Lists + used.s3OtherRequests + used.standardTransitions).toBe(0);
  });

  it.each([
    ['DynamoDB write units', () => used.writeUnits.toPrecision(3)],
    ['DynamoDB read units', () => used.readUnits.toPrecision(3)],
    ['**US dollars a million**', () => `**${(priceOf(used) * 1e6).toFixed(2)}**`],
  ])('costs what docs/cost.md says: %s', (name, counted) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${name} `));
    expect(row?.split('|')[2]?.trim()).toBe(counted());
  });
});
