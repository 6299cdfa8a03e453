import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { METRICS } from '../../functions/adapters/metrics.ts';
import { synthesize } from '../../test/infra/stack.ts';
import { Bench } from './bench.ts';
import type { Call } from './meter.ts';
import { names, NOTHING, plus, priceOf, PRICES, STANDING, times, type Usage } from './prices.ts';
import { DAYS, deadline, idleDay, storm, unwanted } from './scenes.ts';

const MILLION = 1e6;
const GROUPS = [0, 1, 2, 3, 4, 5, 6, 7];
const SWEEPS_A_DAY = 288;

/** The shares of the tables by volume. */
const MIX = { met: 0.989, late: 0.01, never: 0.001 };

async function on<T>(scene: (bench: Bench) => Promise<T>): Promise<T> {
  const bench = await Bench.start();
  try {
    return await scene(bench);
  } finally {
    await bench.close();
  }
}

const { met, calls } = await on(async (bench) => {
  const used = await deadline(bench, 'met');
  return { met: used, calls: bench.calls };
});
const batched = await on((bench) => deadline(bench, 'met', 10));
const late = await on((bench) => deadline(bench, 'late'));
const never = await on((bench) => deadline(bench, 'never'));
const { swept, written } = await on(async (bench) => {
  const day = await idleDay(bench, SWEEPS_A_DAY, GROUPS);
  return { swept: times(day, 30), written: bench.written };
});
/** The canary is missed twice a day, and given up before long. */
const canary = times(late, 2 * 30);
const idle = plus(swept, canary);
const stormed = await on((bench) => storm(bench, 200));
const ignored = await on(unwanted);

const dollars = (amount: number) =>
  amount < 100 ? amount.toFixed(2) : Math.round(amount).toLocaleString('en-US');
const aMillion = (usage: Usage) => dollars(priceOf(usage) * MILLION);

function resources(): Record<keyof typeof STANDING, number> {
  const template = synthesize();
  const count = (type: string) => Object.keys(template.findResources(type)).length;
  return {
    alarm: count('AWS::CloudWatch::Alarm') + count('AWS::CloudWatch::CompositeAlarm'),
    dashboard: count('AWS::CloudWatch::Dashboard'),
    metric: written.size,
    secret: count('AWS::SecretsManager::Secret'),
    key: count('AWS::KMS::Key'),
  };
}

const standing = Object.entries(resources()).map(([name, count]) => {
  const { each, free } = STANDING[name as keyof typeof STANDING];
  return { name, count, price: count * each, afterFree: Math.max(0, count - free) * each };
});
const total = (prices: number[]) => prices.reduce((sum, price) => sum + price, 0);
const standingTotal = total(standing.map(({ price }) => price));
const standingAfterFree = total(standing.map(({ afterFree }) => afterFree));
/** Whoever has deadlines every hour pays for all metrics. */
const allMetrics = (Object.keys(METRICS).length - written.size) * STANDING.metric.each;

function month(deadlines: number): number {
  const onTime = deadlines >= 10_000 ? batched : met;
  const mixed = [times(onTime, MIX.met), times(late, MIX.late), times(never, MIX.never)].reduce(
    plus,
    NOTHING,
  );
  const metrics = deadlines === 0 ? 0 : allMetrics;
  return priceOf(mixed) * deadlines * 30 + priceOf(idle) + standingTotal + metrics;
}

const LABELS: Record<keyof Usage, string> = {
  writeUnits: 'DynamoDB write units',
  readUnits: 'DynamoDB read units',
  lambdaRequests: 'Lambda requests',
  lambdaGbSeconds: 'Lambda GB-seconds (assumed)',
  scheduleInvocations: 'Scheduler invocations',
  expressRequests: 'Express executions',
  expressGbSeconds: 'Express GB-seconds (assumed)',
  standardTransitions: 'Standard transitions',
  sqsRequests: 'SQS requests',
  s3Events: 'S3 events',
  s3Lists: 'S3 LIST',
  s3OtherRequests: 'S3 other requests',
  logGb: 'GB of logs',
};

const kinds = { 'on time': met, 'ten on time together': batched, late, never };
const columns = Object.values(kinds);
const count = (amount: number) => (amount === 0 ? '-' : Number(amount.toPrecision(3)).toString());
const own: Usage = { ...met, s3Events: 0, sqsRequests: 0, lambdaRequests: met.lambdaRequests - 1 };
const priceOfCall = ({ writeUnits, readUnits }: Call) =>
  (writeUnits * PRICES.writeUnits.each + readUnits * PRICES.readUnits.each) / DAYS;
const inOrder = [...calls].toSorted(([, one], [, other]) => priceOfCall(other) - priceOfCall(one));
const aimed: Usage = { ...NOTHING, scheduleInvocations: 1, expressRequests: 1, writeUnits: met.writeUnits };

const page = `# Cost

Written by \`npm run cost\`, which runs the real use-cases and adapters through the AWS SDK, counts what they ask of each service, and prices it. us-east-1, on demand, no free tier, US dollars, prices of November 2026.

How it is counted: DynamoDB's units are computed from the items before and after every write, indexes included, and from what every read returns, by [AWS's rules](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html). Requests to Scheduler, Step Functions, SQS and S3 are counted as they are made. A file that is due daily, over 28 days, planning included. **Nothing ran on AWS**: how long a function runs is an assumption (10 ms of its own and 5 ms for each call, one after the other, at 512 MB). Logs are the lines that the functions really print, metrics among them, with CloudWatch's 26 bytes a line; Lambda's own lines are switched off but for failures ([infra/handler.ts](../infra/handler.ts)). Messages to people, data transfer and the API are not in it; nor is X-Ray, which by its default traces one of twenty, 0.25 a million deadlines.

## One deadline

${table(
  ['counted for one deadline', ...Object.keys(kinds)],
  names(met).map((name) => [LABELS[name], ...columns.map((usage) => count(usage[name]))]),
)}

${table(
  ['', ...Object.keys(kinds)],
  [['**US dollars a million**', ...columns.map((usage) => `**${aMillion(usage)}**`)]],
)}

On time, of this: ${names(met)
  .filter((name) => met[name] > 0)
  .map((name) => `${LABELS[name]} ${dollars(met[name] * PRICES[name].each * MILLION)}`)
  .join(', ')}.

What DynamoDB is asked for one on-time deadline whose event comes alone:

${table(
  ['call', 'times', 'write units', 'read units', 'US dollars a million'],
  inOrder.map(([purpose, call]) => [
    purpose,
    ...[call.calls, call.writeUnits, call.readUnits].map((amount) => count(amount / DAYS)),
    dollars(priceOfCall(call) * MILLION),
  ]),
)}

A new deadline is two write units, its item and its place in the list of what is to be done; the verdict is two, because it takes it off that list. No item is larger than 1 KB, which would be two units.

**The aim was 6.50, and is not met.** It was reckoned for a timer, an Express execution, a call of the checker (0.64) and six write units; on that reckoning it is ${dollars(priceOf(aimed) * MILLION + 0.64)}. What is more, and what it is for:

- S3's event, its way through SQS and the recorder: ${dollars((priceOf(met) - priceOf(own)) * MILLION)} when it comes alone. Without it a deadline would be judged by a listing, which costs 5.00, and a file that was moved away would be missed.
- Reads. All of them are strongly consistent but those of the sweep: by an older state a file would be missed that came in time.
- One write unit to claim the evidence, so that it serves no second deadline. It cannot be one write with the evidence: whose it is, is known when the deadline is judged.
- The Express execution tries again within seconds, and shows what failed. To start the function directly would save ${dollars((met.expressRequests * PRICES.expressRequests.each + met.expressGbSeconds * PRICES.expressGbSeconds.each) * MILLION)}, and be tried again after minutes.

Other cases:

- A late deadline has a breach: a Standard execution (${count(late.standardTransitions)} transitions), looks into the bucket, three messages' worth of bookkeeping. A deadline that is given up after 24 hours has reminders and looks all that time.
- **A storm**: ${aMillion(stormed)} a million deadlines that are missed at one instant and told in a few messages, until they are told.
- **A hot prefix**: an object in a watched bucket that no expectation wants costs ${aMillion(ignored)} a million, most of it S3's event and SQS. It writes nothing.

## A month

Idle: ${dollars(priceOf(swept))} for sweeps every five minutes and the empty reads of two queues; ${dollars(priceOf(canary))} for the canary; ${dollars(standingTotal)} for what stands there (${standing
  .filter(({ count: amount }) => amount > 0)
  .map(({ name, count: amount, price }) => `${amount} ${name}${amount === 1 ? '' : 's'} ${dollars(price)}`)
  .join(
    ', ',
  )}). Together ${dollars(priceOf(idle) + standingTotal)}. Every account has ten alarms, three dashboards and ten metrics of CloudWatch free, for ever; where nothing else uses them up, it is **${dollars(priceOf(idle) + standingAfterFree)}**. Where other dashboards have, \`overdue:dashboard=false\` leaves ours out: **${dollars(priceOf(idle) + standingTotal - STANDING.dashboard.each)}**, with every alarm paid for.

${table(
  ['deadlines a day', 'US dollars a month'],
  [0, 100, 10_000, 1_000_000].map((amount) => [amount.toLocaleString('en-US'), dollars(month(amount))]),
)}

Of the deadlines, ${MIX.met * 100} % on time, ${MIX.late * 100} % late, ${MIX.never * 100} % never; from 10,000 a day on, events are read ten at a time. Nothing is taken off for what is free. The history is kept for ever unless \`overdue:historyDays\` limits it: with its evidence a deadline on time leaves some 1.0 KB in the table, 0.25 a month for each million of them. With deadlines all ${Object.keys(METRICS).length} metrics are paid for, ${dollars(Object.keys(METRICS).length * STANDING.metric.each)} of each month; a metric that is written in some hours only is paid for these.

## Prices

${table(
  ['unit', 'US dollars a million', 'read at'],
  names(met).map((name) => [LABELS[name], dollars(PRICES[name].each * MILLION), PRICES[name].source]),
)}
`;

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const path = `${import.meta.dirname}/../../docs/cost.md`;
await writeFile(path, await format(page, { ...(await resolveConfig(path)), parser: 'markdown' }));
console.log(
  `on time ${aMillion(met)}, ten together ${aMillion(batched)}, late ${aMillion(late)}, never ${aMillion(never)} a million`,
);
console.log(
  `idle ${dollars(priceOf(idle) + standingTotal)} a month, ${dollars(priceOf(idle) + standingAfterFree)} after what is free; written to docs/cost.md`,
);
