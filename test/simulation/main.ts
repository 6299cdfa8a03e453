import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runLanes } from './lanes.ts';
import { add, nothing, optionsOf, type Outcome } from './outcome.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';

/** Worlds of 20 daily expectations each that make 1,000 of them. */
const WORLDS_OF_A_YEAR = 50;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    deadlines: { type: 'string' },
    year: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
    // Read by mutate.ts.
    mutation: { type: 'string' },
    stop: { type: 'boolean', default: false },
  },
});

const kind = values.year ? 'year' : 'days';
const from = Number(values.seed ?? values.from);
const most = { seeds: seedsWanted(), deadlines: Number(values.deadlines ?? Infinity) };
const jobs = values.seed || values.mutation ? 1 : Number(values.jobs);
const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
const total = nothing();
let [seeds, failed, toldAt] = [0, 0, 0];

const problems: string[] = [];

/** Of what is left of the world when everything is taken away that the problem does not need. A year is told whole. */
async function tellStory(): Promise<void> {
  const options = optionsOf(from, kind);
  const shrunk = kind === 'days' ? await shrink(from, options) : undefined;
  const { problems: left, ...world } = shrunk ?? { ...options, problems };
  const [problem = ''] = left;
  const story = await storyOf(from, { ...options, ...world }, problem);
  const acts = shrunk ? ` (what matters of it: ${shrunk.scenario.acts.length} acts)` : '';
  console.log(`What happened${acts}: ${problem}\n  ${story.join('\n  ')}`);
}

/** @returns whether to go on */
function done(outcome: Outcome): boolean {
  seeds += 1;
  add(total, outcome);
  if (outcome.problems.length > 0) {
    failed += 1;
    problems.push(...outcome.problems);
    console.log(`seed ${outcome.seed}:\n  ${outcome.problems.slice(0, 5).join('\n  ')}`);
    const year = values.year ? ' --year' : '';
    console.log(`  again, with its story: npm run simulate -- --seed ${outcome.seed}${year}`);
  }
  if (process.stderr.isTTY || seconds() - toldAt > 30) {
    toldAt = seconds();
    process.stderr.write(
      `${process.stderr.isTTY ? '\r' : ''}${summary()}${process.stderr.isTTY ? '' : '\n'}`,
    );
  }
  if (values.stop && failed > 0) return false;
  return total.deadlines < most.deadlines;
}

function seedsWanted(): number {
  if (values.seed !== undefined) return 1;
  if (values.seeds !== undefined) return Number(values.seeds);
  if (values.deadlines !== undefined) return Infinity;
  return values.year ? WORLDS_OF_A_YEAR : 100;
}

function summary(): string {
  return `${seeds} seeds, ${total.deadlines} deadlines, ${failed} with problems, ${seconds().toFixed(1)} s`;
}

await runLanes({ kind, jobs, from, seeds: most.seeds, done });
const faults = Object.entries<number>(total.faults).map(([name, times]) => `${name} ${times}`);
const verdicts = Object.entries<number>(total.verdicts).map(([name, times]) => `${name} ${times}`);
const share = ((100 * total.decided) / Math.max(1, total.compared)).toFixed(1);
console.log(
  `${summary()}\n  decided by the oracle: ${share}% of ${total.compared} whose time came\n` +
    `  verdicts: ${verdicts.join(', ')}\n  faults: ${faults.join(', ')}`,
);
if (values.seed !== undefined && failed > 0) await tellStory();
process.exitCode = failed > 0 ? 1 : 0;
