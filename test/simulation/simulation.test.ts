import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { MUTATIONS } from './mutations.ts';

jest.setTimeout(1_200_000);

const run = promisify(execFile);
const ROOT = `${import.meta.dirname}/../..`;

interface Ended {
  code: number;
  output: string;
}

/** The simulation in a process of its own, without the transformations of the test runner. */
async function simulate(preload: readonly string[], ...options: string[]): Promise<Ended> {
  const flags = ['--disable-warning=ExperimentalWarning', ...preload];
  try {
    const { stdout } = await run(process.execPath, [...flags, 'test/simulation/main.ts', ...options], {
      cwd: ROOT,
    });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: unknown; stdout: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout };
  }
}

/** Of how many of a hundred deadlines the oracle must allow exactly one end. */
const LEAST_DECIDED = 90;

describe('a thousand worlds in which everything goes wrong that can', () => {
  it('are as the definitions say', async () => {
    const { code, output } = await simulate([], '--seeds', '1000');
    expect(output).toMatch(/1000 seeds, \d{5,} deadlines, 0 with problems/);
    // An oracle that allows everything finds nothing.
    expect(Number(/decided by the oracle: ([\d.]+)%/.exec(output)?.[1])).toBeGreaterThan(LEAST_DECIDED);
    expect(code).toBe(0);
  });
});

/** A mutation that survives so many seeds is not noticed. Most do not survive ten. */
const SEEDS = '1000';

describe('the simulation notices that', () => {
  const lanes = [0, 1];
  const results = new Map<number, Promise<Ended>>();
  const work = async (lane: number): Promise<void> => {
    for (let number = lane; number < MUTATIONS.length; number += lanes.length) {
      const options = ['--stop', '--seeds', SEEDS, `--mutation=${number}`];
      const ended = simulate(['--import', './test/simulation/mutate.ts'], ...options);
      results.set(number, ended);
      await ended.catch(() => undefined);
    }
  };
  const all = Promise.resolve().then(() => Promise.all(lanes.map(work)));

  it.each(MUTATIONS.map(({ breaks, file }, number) => [breaks, file, number] as const))(
    '%s (%s)',
    async (_breaks, _file, number) => {
      await all;
      const { code, output } = (await results.get(number)) ?? { code: -1, output: 'not run' };
      expect({ code, told: /^seed \d+:/m.test(output) }).toEqual({ code: 1, told: true });
    },
  );
});
