import { random } from '../support/random.ts';
import { CALM, draw, type Profile } from './profile.ts';
import { play, type PlayOptions } from './run.ts';
import { invent, type Scenario } from './scenario.ts';
import { verify } from './verify.ts';

/** Each try plays the world once. */
const MOST_TRIES = 150;

type World = Required<Pick<PlayOptions, 'profile' | 'scenario'>>;

/** What is left of a world when all is taken away that the problem does not need. */
export interface Shrunk extends World {
  problems: string[];
}

/**
 * Takes faults, expectations and acts out of the world of a seed for as long as something still goes wrong.
 * @returns undefined when nothing goes wrong in it
 */
export async function shrink(seed: number, options: PlayOptions): Promise<Shrunk | undefined> {
  const dice = random(seed);
  const first = { profile: options.profile ?? draw(dice), scenario: options.scenario ?? invent(dice) };
  let tries = 0;
  const tried = async (world: World): Promise<Shrunk | undefined> => {
    if (tries++ >= MOST_TRIES) return undefined;
    const { problems } = await verify(await play(seed, { ...options, ...world }));
    const same = problems.filter((problem) => kinds.size === 0 || kinds.has(kindOf(problem)));
    return same.length > 0 ? { ...world, problems: same } : undefined;
  };
  const kinds = new Set<string>();
  let least = await tried(first);
  if (!least) return undefined;
  // A smaller world in which something else goes wrong explains nothing.
  kinds.add(kindOf(least.problems[0] ?? ''));
  for (const id of least.scenario.bodies.map((body) => body.id)) {
    least = (await tried({ ...least, scenario: without(least.scenario, id) })) ?? least;
  }
  for (const calmer of calmerThan(least.profile)) {
    least = (await tried({ ...least, profile: { ...least.profile, ...calmer } })) ?? least;
  }
  for (
    let size = Math.ceil(least.scenario.acts.length / 2);
    size >= 1 && tries < MOST_TRIES;
    size = size >> 1
  ) {
    for (let start = 0; start < least.scenario.acts.length;) {
      const acts = least.scenario.acts.toSpliced(start, size);
      const fewer = await tried({ ...least, scenario: { ...least.scenario, acts } });
      if (fewer) least = fewer;
      else start += size;
      if (tries >= MOST_TRIES) break;
    }
  }
  return least;
}

/** What is wrong, whenever it is. */
function kindOf(problem: string): string {
  return problem.replaceAll(/\d+/gu, '#');
}

function without({ bodies, acts, ...rest }: Scenario, id: string): Scenario {
  return {
    ...rest,
    bodies: bodies.filter((body) => body.id !== id),
    acts: acts.filter((act) => {
      if (act.do === 'put' || act.do === 'remove') return !act.key.startsWith(`in/${id}/`);
      return (act.do === 'register' ? act.body.id : act.ref.id) !== id;
    }),
  };
}

/** One kind of fault less. */
function calmerThan({ faults }: Profile): Partial<Profile>[] {
  const { faults: none, ...rest } = CALM;
  const others = Object.entries(rest).map(([name, value]): Partial<Profile> => ({ [name]: value }));
  return [
    { faults: none },
    ...Object.keys(faults).map((name) => ({ faults: { ...faults, [name]: 0 } })),
    ...others,
  ];
}
