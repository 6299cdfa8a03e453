import { parseArgs } from 'node:util';
import { play } from './run.ts';
import { verify } from './verify.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    // Read by mutate.ts.
    mutation: { type: 'string' },
    stop: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const started = performance.now();
const totals: Record<string, number> = {};
let [deadlines, bad] = [0, 0];
for (let seed = first; seed < first + count; seed++) {
  const lines: string[] = [];
  const played = await play(seed, { trace: (line) => lines.push(line) });
  const problems = await verify(played);
  deadlines += played.world.deadlines.all().length;
  for (const [name, times] of Object.entries(played.machine.counts))
    totals[name] = (totals[name] ?? 0) + times;
  if (problems.length === 0) continue;
  bad += 1;
  console.log(`seed ${seed}:\n  ${problems.slice(0, 5).join('\n  ')}`);
  if (values.trace) console.log(lines.join('\n'));
  if (values.stop) break;
}
const took = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `${count} seeds, ${deadlines} deadlines, ${bad} with problems, ${took} s; ${JSON.stringify(totals)}`,
);
process.exitCode = bad > 0 ? 1 : 0;
