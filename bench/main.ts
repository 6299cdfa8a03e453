import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { countCalls, type Calls } from './calls.ts';
import { followUps, type FollowUps } from './follow-ups.ts';
import { openRuns, type OpenRuns } from './open-runs.ts';
import { floodOfEvents, floodOfObjects, type Flood } from './recorder.ts';
import { storm, type Storm } from './storm.ts';
import { volume, type Volume } from './volume.ts';

const { values } = parseArgs({
  options: { deadlines: { type: 'string', default: '5000' }, recorder: { type: 'boolean', default: false } },
});
const deadlines = Number(values.deadlines);
const [cpu] = cpus();

console.log(
  `Machine: ${cpus().length} x ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
);
const EXPECTATIONS = [0, 1, 1000, 100_000];
const EVENTS = 20_000;
for (const expectations of EXPECTATIONS) printFlood('event', await floodOfEvents(expectations, EVENTS));
for (const expectations of EXPECTATIONS) printFlood('object', await floodOfObjects(expectations, EVENTS));
for (const result of await followUps([0, 1000, 5000, 20_000])) printFollowUps(result);
for (const result of await openRuns([0, 500, 2000])) printOpenRuns(result);
for (const result of await volume(10_000)) printVolume(result);
if (values.recorder) process.exit();
print(await storm(deadlines, 1));
print(await storm(deadlines, 50));
printCalls('met', await countCalls('met'));
printCalls('missed', await countCalls('missed'));

function print(result: Storm): void {
  const { deadlines, teams, registered, messages, peakMb, idleMb } = result;
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  console.log(`${deadlines} check-ins missed at one instant, ${teams} team(s), one webhook channel each`);
  console.log(
    `  breaches recorded   first ${seconds(result.firstRecorded)}, last ${seconds(result.lastRecorded)} after checkAt`,
  );
  console.log(
    `  breaches announced  first ${seconds(result.firstAnnounced)}, last ${seconds(result.lastAnnounced)} after checkAt, in ${messages} messages`,
  );
  console.log(`  memory              peak ${peakMb} MB, afterwards ${idleMb} MB`);
  console.log(`  registration        ${Math.round(registered)} a second\n`);
}

function printCalls(outcome: string, calls: Calls): void {
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(calls)
    .sort()
    .map(([name, count]) => `${name} ${count}`);
  console.log(`DynamoDB calls a ${outcome} check-in: ${total.toFixed(1)} (${parts.join(', ')})`);
}

function figures({ calls, ms }: FollowUps['births']): string {
  return `${calls.toFixed(1)} calls to DynamoDB, ${ms.toFixed(1)} ms`;
}

function printOpenRuns({ open, starts, ends }: OpenRuns): void {
  console.log(`runs, ${open} open: a start ${figures(starts)}; an end ${figures(ends)}`);
}

function printFollowUps({ open, births, follows }: FollowUps): void {
  console.log(
    `follow-ups, ${open} waiting: what gives birth ${figures(births)}; what follows ${figures(follows)}`,
  );
}

function printFlood(kind: string, { expectations, unwanted, wanted, heapMb }: Flood): void {
  const figures = ({ perSecond, writes }: Flood['wanted']) => `${perSecond} a second, ${writes} writes`;
  console.log(`${EVENTS} ${kind}s, ${expectations} expectations of the place`);
  console.log(`  nobody wants: ${figures(unwanted)}; one wants: ${figures(wanted)}; heap ${heapMb} MB`);
}

function printVolume({ kind, came, kept, calls, writes, judgedBy, verdict }: Volume): void {
  console.log(
    `${came} events of ${kind}, one deadline: ${kept} kept, ${calls} calls to DynamoDB, ${writes} of them writes, ` +
      `judged by ${judgedBy} bytes: ${verdict}`,
  );
}
