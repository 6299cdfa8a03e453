import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Enough } from '../../functions/app/evidence/enough.ts';
import { recordEvent } from '../../functions/app/evidence/record-event.ts';
import { recordObject } from '../../functions/app/evidence/record-object.ts';
import { recordRun } from '../../functions/app/evidence/record-run.ts';
import { create } from '../../functions/app/expectations/register.ts';
import { BusEvent } from '../../functions/core/run.ts';
import { MINUTE, SECOND, toIso } from '../../functions/core/time.ts';
import { Driver } from '../support/drive.ts';
import { MemoryWorld } from '../support/memory-context.ts';

/*
 * What is not written must change nothing: the same things come twice, into a world that writes them all and into one
 * that writes until there is enough, and both must say the same of every deadline.
 */

const BEGIN = '2026-11-21T00:00:00Z';
const END = '2026-11-21T14:00:00Z';
const ref = { team: 'data', id: 'hot' };

/** One thing that comes: seconds from the beginning, and how much later it is told. */
const arrival = fc.record({
  at: fc.integer({ min: 0, max: 4 * 60 }).map((minute) => minute * 60),
  jitter: fc.constantFrom(0, 0, 0, 1, 59),
  latency: fc.constantFrom(1, 1, 1, 2, 40, 600, 5000),
  name: fc.integer({ min: 0, max: 6 }),
  size: fc.constantFrom(0, 5, 5, 5),
  inParts: fc.constantFrom(false, false, false, true),
  hour: fc.constantFrom(0, 0, 0, 1, -1),
  ended: fc.constantFrom('succeeded' as const, 'succeeded' as const, 'failed' as const),
  twice: fc.constantFrom(false, false, true),
});
type Arrival = typeof arrival extends fc.Arbitrary<infer T> ? T : never;

const rules = fc.record({
  minCount: fc.integer({ min: 1, max: 3 }),
  grace: fc.constantFrom('0s', '10m', '50m'),
  giveUpAfter: fc.constantFrom('55m', '3h'),
  window: fc.constantFrom(undefined, '20m', '1h', '150m'),
});
type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

const KINDS = {
  'files of one prefix': ({ minCount }: Rules) => ({
    file: { bucket: 'acme', key: 'in/*.csv', minCount, minBytes: 1 },
  }),
  'files that are named by their hour': ({ minCount }: Rules) => ({
    file: { bucket: 'acme', key: 'in/{yyyy-MM-dd-HH}/*.csv', minCount, minBytes: 1 },
  }),
  'runs that must succeed': ({ minCount }: Rules) => ({
    job: { source: 'custom', name: 'load', minCount },
  }),
  'runs that must begin': ({ minCount }: Rules) => ({
    job: { source: 'custom', name: 'load', minCount, mustHave: 'started' },
  }),
  events: ({ minCount }: Rules) => ({ event: { pattern: { source: ['acme'] }, minCount } }),
  'events of which there may be too many': ({ minCount }: Rules) => ({
    event: { pattern: { source: ['acme'] }, minCount, maxCount: minCount + 2 },
  }),
};
type Kind = keyof typeof KINDS;

async function tell(world: MemoryWorld, kind: Kind, index: number, one: Arrival, enough: Enough) {
  const at = Date.parse(BEGIN) + (one.at + one.jitter) * SECOND;
  if (kind.startsWith('files')) {
    const hour = toIso(at + one.hour * 60 * MINUTE)
      .slice(0, 13)
      .replace('T', '-');
    const key = kind === 'files of one prefix' ? `in/${one.name}.csv` : `in/${hour}/${one.name}.csv`;
    const etag = `e${index}${one.inParts ? '-2' : ''}`;
    await recordObject(world.ctx, { bucket: 'acme', key, size: one.size, etag, at }, enough);
  } else if (kind.startsWith('runs')) {
    const run = { source: 'custom' as const, job: 'load', run: `r${index}`, account: '1', region: 'r' };
    const startedAt = at - 7 * MINUTE;
    await recordRun(world.ctx, { ...run, state: 'running', status: 'RUNNING', startedAt }, enough);
    await recordRun(world.ctx, { ...run, state: one.ended, status: 'OVER', startedAt, endedAt: at }, enough);
  } else {
    const json = {
      ...{ id: `event ${index}`, source: 'acme', 'detail-type': 'Sold', time: toIso(at) },
      ...{ account: '', region: '', resources: [], detail: {} },
    };
    await recordEvent(world.ctx, BusEvent.parse(json), json, enough);
  }
}

/** What becomes of each deadline, and how much was written. */
async function played(kind: Kind, given: Rules, arrivals: readonly Arrival[], memory: () => Enough) {
  const world = new MemoryWorld({ now: BEGIN });
  const driver = new Driver(world);
  const grants = [{ bucket: 'acme', prefix: '' }, { events: '' }, { source: 'custom' as const, job: '' }];
  await world.teams.save({ id: 'data', grants, createdAt: 0, version: 0 });
  // Nothing is left in it: what came was moved at once.
  world.objects.createBucket('acme');
  const { grace, giveUpAfter, window } = given;
  const due = { cron: '0 * * * *', timezone: 'UTC' };
  const body = { ...ref, notify: [], due, grace, giveUpAfter, ...(window ? { window } : {}) };
  await create(world.ctx, { ...body, ...KINDS[kind](given) }, { by: 'tester' });
  const told = arrivals
    .flatMap((one, index) => {
      const at = one.at + one.jitter + one.latency;
      return [{ at, index, one }, ...(one.twice ? [{ at: at + 3000, index, one }] : [])];
    })
    .toSorted((a, b) => a.at - b.at);
  for (const { at, index, one } of told) {
    await driver.until(toIso(Date.parse(BEGIN) + at * SECOND));
    await tell(world, kind, index, one, memory());
  }
  await driver.until(END);
  const verdicts = world.deadlines.all().map(({ occurrence, status, metAt, intoGrace, ...deadline }) => {
    const { breach, correction, evidence } = deadline;
    const { status: became, lateBy, lateAtLeast, arrivedAt } = breach ?? {};
    return {
      ...{
        occurrence,
        status,
        metAt,
        intoGrace,
        became,
        reason: breach?.reason,
        lateBy,
        lateAtLeast,
        arrivedAt,
      },
      ...{ evidence, corrected: correction?.arrivedAt, proof: correction?.evidence },
    };
  });
  return { verdicts, written: world.evidence.of(ref).length };
}

describe.each(Object.keys(KINDS) as Kind[])('what is not written of %s', (kind) => {
  it('changes no verdict, no lateness and no correction', async () => {
    let [all, some] = [0, 0];
    const given = fc.tuple(rules, fc.array(arrival, { minLength: 5, maxLength: 60 }));
    await fc.assert(
      fc.asyncProperty(given, async ([rulesGiven, arrivals]) => {
        const whole = await played(kind, rulesGiven, arrivals, () => new Enough());
        const enough = new Enough(0);
        const bounded = await played(kind, rulesGiven, arrivals, () => enough);
        expect(bounded.verdicts).toEqual(whole.verdicts);
        all += whole.written;
        some += bounded.written;
      }),
      { numRuns: 30 },
    );
    // Otherwise nothing was tried.
    expect(some).toBeLessThan(all);
  }, 60_000);
});
