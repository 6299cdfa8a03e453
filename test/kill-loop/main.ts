import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    expectations: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const findings = await run({
  kills: Number(values.kills),
  expectations: Number(values.expectations),
  seed: Number(values.seed),
  say: console.log,
});
console.log(JSON.stringify(findings, null, 2));
const { wrong, lostAlerts, unexplained } = findings;
process.exitCode = wrong.length + lostAlerts.length + unexplained.length > 0 ? 1 : 0;
