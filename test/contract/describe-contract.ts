import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHAPTERS } from './chapters.ts';
import type { Differences } from './contract.ts';
import { DIFFERENCES, NOT_ASKED, type TargetName } from './differences.ts';
import type { Target } from './target.ts';

/**
 * Every clause as a test. A clause that has a declared difference must fail as declared: a difference that is gone,
 * or another one, is told.
 */
export function describeContract(name: TargetName, open: () => Promise<Target>): void {
  const differences: Differences = DIFFERENCES[name];
  const asked = CHAPTERS.filter(({ service }) => !NOT_ASKED[name]?.includes(service));
  let target: Target;

  beforeAll(async () => {
    target = await open();
  });

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- absent when it could not be opened
  afterAll(() => target?.close());

  describe.each(asked)('$service', ({ clauses }) => {
    for (const { id, says, holds } of clauses) {
      const difference = differences[id];
      if (difference === undefined) {
        it(says, () => holds(target));
      } else {
        it(`DIFFERS from "${says}": ${difference.instead}`, async () => {
          const how: unknown = await holds(target).then(
            () => 'held: the difference is gone',
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
          );
          expect(how).toMatch(difference.fails);
        });
      }
    }
  });
}
