import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { BusEvent } from '../../../functions/core/run.ts';
import { runOf } from '../../../functions/core/sources/index.ts';
import { received, resolved, rulesOn, takes, type Nothing } from '../rules.ts';
import { EVERYTHING, HOME, MANY_ACCOUNTS, OFFICE, PLANT, resources, SHOP, synthesize } from '../stack.ts';

const FIXTURES = `${import.meta.dirname}/../../core/sources/fixtures`;
const JsonObject = z.record(z.string(), z.json());
type Event = z.output<typeof JsonObject>;

/** Documented events of the services, by file. */
const samples = new Map(
  readdirSync(FIXTURES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file.slice(0, -'.json'.length), sample(file)] as const),
);
const NOT_OF_RUNS = ['custom-succeeded', 'emr-serverless-retry'];
const ofServices = [...samples].filter(([name]) => !NOT_OF_RUNS.includes(name));
const ofStepFunctions = ofServices.filter(([name]) => name.startsWith('stepfunctions'));

function sample(file: string): Event {
  const { _from: _, ...event } = JsonObject.parse(JSON.parse(readFileSync(`${FIXTURES}/${file}`, 'utf8')));
  return event;
}

function named(name: string): Event {
  const event = samples.get(name);
  if (!event) throw new TypeError(`no sample ${name}`);
  return event;
}

const here = synthesize(EVERYTHING);
const central = synthesize(MANY_ACCOUNTS);
const OWN_BUS = '<EvidenceBus';

describe('events of jobs on the default bus', () => {
  const rules = rulesOn(here, 'default');

  it.each(ofServices)('%s: are taken by exactly one rule', (_name, event) => {
    expect(rules.filter((rule) => takes(rule, event))).toHaveLength(1);
  });

  it.each([
    ['of another type', { ...named('glue-succeeded'), 'detail-type': 'Glue Crawler State Change' }],
    ['of another service', { ...named('glue-succeeded'), source: 'acme.glue' }],
    ['of people', named('custom-succeeded')],
    ['that tell of no run', named('emr-serverless-retry')],
  ])('%s are left alone', (_what, event) => {
    expect(rules.filter((rule) => takes(rule, event))).toEqual([]);
  });

  it('of the breaches of this deployment are left alone, those of a machine with another name are not', () => {
    const place = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine';
    const of = (name: string) => {
      const event = named('stepfunctions-succeeded');
      return {
        ...event,
        detail: { ...JsonObject.parse(event['detail']), stateMachineArn: `${place}:${name}` },
      };
    };
    expect(rules.filter((rule) => takes(rule, of('Overdue-breach')))).toEqual([]);
    expect(rules.filter((rule) => takes(rule, of('Overdue-breach-2')))).toHaveLength(1);
  });

  it('are taken of the services that are switched on, and no others', () => {
    const two = rulesOn(synthesize({ 'overdue:jobSources': 'glue,batch' }), 'default');
    const taken = ofServices.filter(([, event]) => two.some((rule) => takes(rule, event)));
    expect(new Set(taken.map(([, event]) => event['source']))).toEqual(new Set(['aws.glue', 'aws.batch']));
    expect(rulesOn(synthesize({ 'overdue:jobSources': [] }), 'default')).toEqual([]);
  });
});

describe.each<[string, Nothing]>([
  ['nothing', ''],
  ['the word null', 'null'],
])('an execution, when EventBridge puts %s where there is nothing', (_what, nothing) => {
  const [rule] = rulesOn(here, 'default').filter((one) => takes(one, named('stepfunctions-running')));

  it.each(ofStepFunctions)('%s: tells the recorder of the same run', (_name, event) => {
    const arrived = BusEvent.parse(JSON.parse(received(rule!, event, nothing)));
    expect(runOf(arrived)).toEqual(runOf(BusEvent.parse(event)));
    const { detail: _whole, ...envelope } = event;
    expect(arrived).toMatchObject(envelope);
  });

  it.each(ofStepFunctions)('%s: arrives without what the job was given and gave', (_name, event) => {
    const given = {
      ...JsonObject.parse(event['detail']),
      output: 'secret',
      error: 'secret',
      cause: 'secret',
    };
    const text = received(rule!, { ...event, detail: given }, nothing);
    expect(JSON.stringify(event)).toContain('secret');
    expect(text).not.toContain('secret');
    expect(text).not.toMatch(/"(input|output|error|cause)\w*"/);
  });
});

describe("events on Overdue's own bus", () => {
  const rules = rulesOn(central, OWN_BUS);
  const from = (event: Event, { account, region }: { account: string; region: string }) => ({
    ...event,
    account,
    region,
  });
  const taking = (event: Event) => rules.filter((rule) => takes(rule, event));

  it.each<[string, Event, number]>([
    ['of people are taken, from here', from(named('custom-succeeded'), HOME), 1],
    ['of people are taken, from a source', from(named('custom-succeeded'), OFFICE), 1],
    ['of Lambda are taken, from here', from(named('lambda-failure'), HOME), 1],
    ['of Lambda are taken, from a source', from(named('lambda-failure'), OFFICE), 1],
    [
      'of a service that a rule of people sent are taken',
      { ...named('glue-succeeded'), 'detail-type': 'x' },
      1,
    ],
    ['of jobs that a source may send are taken', from(named('glue-succeeded'), SHOP), 1],
    ['of jobs that a source may send are taken', from(named('batch-runnable'), PLANT), 1],
    ['of executions that a source may send are taken', from(named('stepfunctions-running'), PLANT), 1],
    ['of jobs that a source may not send are not', from(named('glue-succeeded'), PLANT), 0],
    ['of executions that a source may not send are not', from(named('stepfunctions-running'), SHOP), 0],
    [
      'of jobs in another Region of a source are not',
      from(named('glue-succeeded'), { ...SHOP, region: 'x' }),
      0,
    ],
    ['of jobs here, which the default bus has, are not taken twice', from(named('glue-succeeded'), HOME), 0],
  ])('%s', (_what, event, times) => {
    expect(taking(event)).toHaveLength(times);
  });

  it('of executions elsewhere lose their input and output, too', () => {
    const event = from(named('stepfunctions-succeeded'), PLANT);
    const [rule] = taking(event);
    expect(received(rule!, event)).not.toContain('secret');
    expect(runOf(BusEvent.parse(JSON.parse(received(rule!, event))))).toMatchObject({
      account: PLANT.account,
    });
  });

  it('have no more rules and no longer a policy than a bus may have, with as many sources as are allowed', () => {
    const jobs = ['stepfunctions', 'glue', 'emr-serverless', 'batch', 'ecs', 'codebuild', 'redshift-data'];
    const sources = Array.from({ length: 16 }, (_, index) => ({
      ...{ account: String(100000000000 + index), region: 'ap-southeast-1', label: 'a' },
      ...{ events: ['s3', ...jobs, 'lambda', 'custom:a'], buckets: [`b${index}`] },
    }));
    const most = synthesize({ ...MANY_ACCOUNTS, 'overdue:sourceAccounts': sources });
    expect(rulesOn(most, OWN_BUS)).toHaveLength(2 + 3 * sources.length);
    const policies = resources(most, 'AWS::Events::EventBusPolicy', z.object({ Statement: z.unknown() }));
    const written = [...policies.values()].map(({ Statement }) => JSON.stringify(resolved(Statement)));
    expect(policies.size).toBe(sources.length);
    expect(written.join().length).toBeLessThan(10_240);
  });
});
